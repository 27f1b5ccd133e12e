package report

import (
	_ "embed"
	"fmt"
	"html/template"
	"io"
	"slices"
	"strings"
	"sync"
)

//go:embed page.html
var pageText string

//go:embed comparison.html
var comparisonText string

// page is parsed when the first page is written: every start of the program
// would pay for it.
var page = sync.OnceValue(func() *template.Template {
	return template.Must(template.New("page").Funcs(template.FuncMap{
		"clean":  func(v any) string { return clean(fmt.Sprint(v)) },
		"actor":  func(who string) string { return strings.Trim(actor(who), " []") },
		"plural": plural,
		"share":  func(n int) string { return fmt.Sprintf("%d.%d%%", n/10, n%10) },
	}).Parse(pageText + comparisonText))
})

// What of a long report a page has room for; the rest is counted and said.
const (
	htmlCauses     = 40
	htmlEvidence   = 12
	htmlExchanges  = 12
	htmlFailed     = 1000
	htmlFindings   = 4000
	htmlUnchecked  = 400
	htmlUnreadable = 100
	htmlCards      = 12
	htmlSteps      = 160
)

// A sheet is what the page shows.
type sheet struct {
	*Report
	Verdict string
	Tone    string // bad, unsure or good
	Tiles   []tile
	Inputs  []input
	Chart   *chart
	Login   *picture
	Cases   []dossier
	Cards   []Credential
	Refused [][]string
	Others  []*Finding
	Skipped []Unchecked
	Broken  []Unreadable
	Left    []string // what was left out
}

type tile struct {
	N    int
	What string
}

type input struct{ Name, Line string }

// A dossier is a cause with what a page makes of it.
type dossier struct {
	*Finding
	N         int
	Seen      []sight
	Fixes     []remedy
	Settled   bool
	Maybe     []string
	MaybeLead string
	Then      []remedy
	Follows   []Consequence
	Requests  []Exchange
	More      int
	Links     []span
	Tries     []string
}

type sight struct{ Place, Part, Bytes, Saw, Want string }

// A remedy is a thing to do, with a command for each shell.
type remedy struct {
	Do, Who  string
	Commands []command
}

type command struct{ Shell, Text string }

// HTML writes the report as one page that loads nothing from anywhere, can be
// read without JavaScript, in light and dark, on a phone and on paper.
func (r *Report) HTML(w io.Writer) error { return page().ExecuteTemplate(w, "page", r.sheet()) }

// HTML writes the comparison as [Report.HTML] does.
func (c *Comparison) HTML(w io.Writer) error {
	s := struct {
		*Comparison
		GoodLine, BadLine string
		Head, Rest        string // of the verdict
		Differ, Equal     []Row
		Do                []remedy
	}{Comparison: c, GoodLine: c.Good.text(), BadLine: c.Bad.text()}
	s.Head, s.Rest, _ = strings.Cut(c.Verdict.String(), ". ")
	if s.Rest != "" {
		s.Head += "."
	}
	for _, r := range c.Rows {
		if r.Same && !r.key {
			s.Equal = append(s.Equal, r)
		} else {
			s.Differ = append(s.Differ, r)
		}
	}
	if c.Cause != nil {
		s.Do = remedies(c.Cause.Fix)
	}
	return page().ExecuteTemplate(w, "comparison", s)
}

func (r *Report) sheet() *sheet {
	failed, exchanges, atlassian := r.counts()
	s := &sheet{Report: r, Verdict: r.verdict(), Tone: "good"}
	switch {
	case len(r.Causes) > 0 && r.Causes[0].Severity == "error":
		s.Tone = "bad"
	case failed > 0 || len(r.Causes) > 0 || exchanges == 0:
		s.Tone = "unsure"
	}
	s.Tiles = []tile{
		{exchanges, word(exchanges, "request")},
		{atlassian, "to Atlassian products"},
		{failed, "failed"},
		{len(r.Causes), word(len(r.Causes), "root cause")},
	}
	for _, c := range r.Captures {
		s.Inputs = append(s.Inputs, input{c.Name.String(), c.line()})
	}
	s.Chart, s.Login = r.chart(), r.login()
	p := &printer{several: len(r.Captures) > 1}
	for i, c := range r.Causes {
		if i < htmlCauses {
			s.Cases = append(s.Cases, c.dossier(p, i+1))
		}
	}
	p.st.Long = true
	s.Refused, _ = p.rows(r)
	s.Cards, s.Others, s.Skipped, s.Broken = r.Credentials, r.apart(), r.Unchecked, r.Unreadable
	s.left("cause", len(r.Causes)-len(s.Cases))
	s.Refused = bound(s, s.Refused, htmlFailed, "row of failed requests", "rows of failed requests")
	s.Cards = bound(s, s.Cards, htmlCards, "credential", "credentials")
	s.Others = bound(s, s.Others, htmlFindings, "other finding", "other findings")
	s.Skipped = bound(s, s.Skipped, htmlUnchecked, "rule that was not checked", "rules that were not checked")
	s.Broken = bound(s, s.Broken, htmlUnreadable, "unreadable place", "unreadable places")
	s.Left = append(s.Left, r.Dropped.texts()...)
	return s
}

func (s *sheet) left(what string, n int) {
	if n > 0 {
		s.Left = append(s.Left, plural(n, what))
	}
}

// bound cuts a list and notes what was cut.
func bound[T any](s *sheet, list []T, most int, one, many string) []T {
	if n := len(list) - most; n > 0 {
		if n > 1 {
			one = many
		}
		s.Left = append(s.Left, fmt.Sprintf("%d %s", n, one))
		return list[:most]
	}
	return list
}

func (f *Finding) dossier(p *printer, n int) dossier {
	d := dossier{Finding: f, N: n, Settled: f.settled(), Maybe: f.unnamed(), MaybeLead: f.maybe(), Fixes: remedies(f.Fix)}
	said := map[string]bool{}
	for _, e := range f.Evidence {
		if text := e.text(); !said[text] && len(d.Seen) < htmlEvidence {
			said[text] = true
			x := sight{Place: p.place(e.Capture, e.Index), Part: e.Part.String(), Saw: e.Saw.String(), Want: e.Want.String()}
			if e.Span != [2]int{} {
				x.Bytes = fmt.Sprintf("bytes %d-%d", e.Span[0], e.Span[1])
			}
			d.Seen = append(d.Seen, x)
		}
	}
	for _, t := range f.Tried {
		if text := t.text().String(); !slices.Contains(d.Tries, text) {
			d.Tries = append(d.Tries, text)
		}
	}
	follows := map[string]bool{}
	for _, q := range f.Consequences {
		if !follows[q.Rule] {
			follows[q.Rule] = true
			d.Follows = append(d.Follows, q)
		}
		if q.Lasting && d.Then == nil {
			d.Then = remedies(q.Fix)
		}
	}
	d.Requests = f.Exchanges[:min(len(f.Exchanges), htmlExchanges)]
	d.More = len(f.Exchanges) - len(d.Requests)
	for _, ref := range f.References {
		d.Links = append(d.Links, source(ref))
	}
	return d
}

// Text and Href serve the template.
func (s span) Text() string { return s.text }

// Href is the address of a link, or empty.
func (s span) Href() string { return s.href }

// remedies puts the commands of one thing to do together.
func remedies(fixes []Fix) []remedy {
	var out []remedy
	for _, f := range fixes {
		if n := len(out); n == 0 || out[n-1].Do != f.Do.String() {
			out = append(out, remedy{Do: f.Do.String(), Who: f.Who})
		}
		if !f.Command.IsZero() {
			last := &out[len(out)-1]
			last.Commands = append(last.Commands, command{f.Shell, f.Command.String()})
		}
	}
	return out
}

func word(n int, one string) string {
	if n == 1 {
		return one
	}
	return one + "s"
}
