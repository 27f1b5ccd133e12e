package report

import (
	"fmt"
	"strings"

	"github.com/mattn/go-runewidth"
	"github.com/olekukonko/tablewriter"
	"github.com/olekukonko/tablewriter/renderer"
	"github.com/olekukonko/tablewriter/tw"
)

// maxRows is the number of failing requests that the table shows.
const maxRows = 20

// failed writes the table of failing requests, fitted to the width.
func (p *printer) failed(r *Report) error {
	if len(r.Failed) == 0 {
		return nil
	}
	p.line("")
	p.line(p.paint(bold, "Failed requests"))
	rows, left := p.rows(r)
	// Borders and blanks take 3 columns a cell and one more.
	room := p.st.Width - 4*3 - 1 - widest(rows, 0) - widest(rows, 1)
	cause := min(widest(rows, 3), max(8, room/2))
	url := max(8, room-cause)
	for _, row := range rows {
		row[2] = middle(row[2], url)
		row[3] = middle(row[3], cause)
	}
	if err := p.table([]string{"entry", "status", "request", "cause"}, rows); err != nil {
		return err
	}
	if left > 0 {
		p.line(fmt.Sprintf("and %d more; --long shows all", left))
	}
	return nil
}

// table draws a table whose cells are cut to fit already.
func (p *printer) table(header []string, rows [][]string) error {
	symbols := tw.NewSymbols(tw.StyleRounded)
	if p.st.ASCII {
		symbols = tw.NewSymbols(tw.StyleASCII)
	}
	t := tablewriter.NewTable(&p.b,
		tablewriter.WithRenderer(renderer.NewBlueprint(tw.Rendition{Symbols: symbols})),
		tablewriter.WithHeaderAutoFormat(tw.Off), // it would rewrite the words of a heading
		tablewriter.WithHeaderAlignment(tw.AlignLeft),
		tablewriter.WithRowAlignment(tw.AlignLeft),
	)
	t.Header(header)
	if err := t.Bulk(rows); err != nil {
		return err
	}
	return t.Render()
}

// rows makes one row of failing requests that are equal but for their place,
// and returns how many requests had no room.
func (p *printer) rows(r *Report) (rows [][]string, left int) {
	at := map[string]int{}
	var times []int
	for _, f := range r.Failed {
		row := p.row(f)
		key := strings.Join(append(row[1:], f.Capture.String()), "\x00")
		i, ok := at[key]
		switch {
		case ok:
			times[i]++
		case len(rows) == maxRows && !p.st.Long:
			left++
		default:
			at[key] = len(rows)
			rows, times = append(rows, row), append(times, 1)
		}
	}
	for i, n := range times {
		if n > 1 {
			rows[i][0] += fmt.Sprintf(" (%dx)", n)
		}
	}
	return rows, left
}

func (p *printer) row(f Failed) []string {
	entry := p.place(f.Capture, f.Index)
	if name, index, ok := strings.Cut(entry, "#"); ok {
		entry = middle(name, 16) + "#" + index
	}
	status := fmt.Sprint(f.Status)
	if f.Status == 0 {
		status = "none"
	}
	cause := f.Cause
	if cause == "" {
		cause = "?"
	}
	url := strings.TrimPrefix(strings.TrimPrefix(f.URL.String(), "https://"), "http://")
	return []string{oneLine(entry), status, oneLine(strings.TrimSpace(f.Method.String() + " " + url)), oneLine(cause)}
}

func widest(rows [][]string, col int) int {
	w := len("status")
	for _, r := range rows {
		w = max(w, runewidth.StringWidth(r[col]))
	}
	return w
}

// middle cuts s to at most width columns, in its middle, because the ends of
// addresses and names say most.
func middle(s string, width int) string {
	if runewidth.StringWidth(s) <= width {
		return s
	}
	tail := (width - 2) / 2
	head := width - 2 - tail
	return runewidth.Truncate(s, head, "") + ".." + runewidth.TruncateLeft(s, runewidth.StringWidth(s)-tail, "")
}
