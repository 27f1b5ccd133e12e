package report

import (
	"encoding/json"
	"fmt"
	"io"

	"github.com/why401/why401/internal/compare"
	"github.com/why401/why401/internal/redact"
)

// ComparisonSchemaName names the version of the JSON form of a comparison.
const ComparisonSchemaName = "why401.comparison/1"

// A Comparison is what differs between a request that worked and one that was
// refused.
type Comparison struct {
	Schema  string      `json:"schema"`
	Tool    Tool        `json:"tool"`
	Good    Exchange    `json:"good"`
	Bad     Exchange    `json:"bad"`
	Verdict redact.Text `json:"verdict"`
	// Explained is set if one of the differences is what the cause is about.
	Explained bool `json:"explained"`
	// Cause is the root cause of the refused request; absent if no rule finds
	// one.
	Cause *Finding `json:"cause,omitempty"`
	Rows  []Row    `json:"rows"`
}

// A Row is one property of both requests.
type Row struct {
	What     redact.Text `json:"what"`
	Good     redact.Text `json:"good"`
	Bad      redact.Text `json:"bad"`
	Same     bool        `json:"same"`
	Explains bool        `json:"explains"`

	key bool // shown even if it is the same
}

// NewComparison returns the data of a comparison.
func NewComparison(c *compare.Comparison, version string) *Comparison {
	out := &Comparison{
		Schema: ComparisonSchemaName, Tool: Tool{"why401", version}, Verdict: c.Verdict, Explained: c.Explained, Rows: []Row{},
		Good: pointAt(c.Good), Bad: pointAt(c.Bad),
	}
	if c.Cause != nil {
		out.Cause = findingOf(c.Cause)
	}
	for _, r := range c.Rows {
		out.Rows = append(out.Rows, Row{r.What, r.Good, r.Bad, r.Same, r.Explains, r.Key})
	}
	return out
}

func pointAt(r compare.Request) Exchange {
	return Exchange{Capture: redact.Name(r.At.Capture), Index: r.At.Index, Method: r.Method, URL: r.URL, Status: r.Status}
}

// JSON writes the comparison as one indented JSON object.
func (c *Comparison) JSON(w io.Writer) error {
	e := json.NewEncoder(w)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	return e.Encode(c)
}

// Text writes the comparison for people: the verdict, then what differs as a
// table, and what to do. With Long the properties that are equal are shown, too;
// the fingerprints of the credentials always are.
func (c *Comparison) Text(w io.Writer, st Style) error {
	p := &printer{st: st.sane()}
	p.para("good: ", c.Good.text())
	p.para("bad:  ", c.Bad.text())
	p.line("")
	color := yellow
	if c.Explained {
		color = red
	}
	for _, l := range wrap(c.Verdict.String(), p.st.Width) {
		p.line(p.paint(bold+color, l))
	}
	p.line("")
	var rows [][]string
	equal := 0
	for _, r := range c.Rows {
		mark := ""
		switch {
		case r.Explains:
			mark = "<- the cause"
		case r.Same:
			mark = "same"
			if !r.key {
				equal++
			}
		}
		if !r.Same || r.key || p.st.Long {
			rows = append(rows, []string{r.What.String(), r.Good.String(), r.Bad.String(), mark})
		}
	}
	if len(rows) > 0 {
		// Borders and blanks take 3 columns a cell and one more.
		room := p.st.Width - 4*3 - 1 - widest(rows, 0) - widest(rows, 3)
		for _, r := range rows {
			r[1], r[2] = middle(r[1], max(8, room/2)), middle(r[2], max(8, room-room/2))
		}
		if err := p.table([]string{"", "good", "bad", ""}, rows); err != nil {
			return err
		}
	}
	if !p.st.Long && equal > 0 {
		p.line(fmt.Sprintf("%s equal; --long shows them", map[bool]string{true: "1 property is", false: fmt.Sprintf("%d properties are", equal)}[equal == 1]))
	}
	if c.Cause != nil {
		p.line("")
		p.fixes("do", c.Cause.Fix)
	}
	_, err := io.WriteString(w, p.b.String())
	return err
}

func (e Exchange) text() string {
	status := fmt.Sprint(e.Status)
	if e.Status == 0 {
		status = "no response"
	}
	return fmt.Sprintf("%s#%d, %s %s: %s", e.Capture, e.Index, e.Method, e.URL, status)
}
