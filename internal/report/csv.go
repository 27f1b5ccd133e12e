package report

import (
	"encoding/csv"
	"io"
	"strconv"
	"strings"
)

// csvHeader are the columns of the CSV form. A row is a cause, another finding,
// a failed request or an unreadable place; the first column says which.
var csvHeader = [...]string{
	"type", "rule", "title", "severity", "certainty", "accounts_for", "capture", "entry", "method", "url", "status", "message", "fix",
}

// CSV writes the report for spreadsheets: UTF-8, RFC 4180, a header first. A cell
// that a spreadsheet would take for a formula begins with an apostrophe.
func (r *Report) CSV(w io.Writer) error {
	c, row := cellWriter(w)
	row(csvHeader[:]...)
	finding := func(kind string, f *Finding) {
		var x Exchange
		entry := ""
		if len(f.Exchanges) > 0 {
			x = f.Exchanges[0]
			entry = strconv.Itoa(x.Index)
		}
		row(kind, f.Rule, f.Title, f.Severity, f.Certainty, strconv.Itoa(f.AccountsFor),
			x.Capture.String(), entry, x.Method.String(), x.URL.String(), statusText(x.Status), f.Message.String(), f.fixText())
	}
	for _, f := range r.Causes {
		finding("cause", f)
	}
	for _, f := range r.others() {
		finding("finding", f)
	}
	for _, f := range r.Failed {
		row("failed", f.Cause, "", "", "", "", f.Capture.String(), strconv.Itoa(f.Index), f.Method.String(), f.URL.String(), statusText(f.Status), "", "")
	}
	for _, u := range r.Unreadable {
		row("unreadable", "", u.At.String(), "", "", "", u.Capture.String(), "", "", "", "", u.Error.String(), u.Hint.String())
	}
	c.Flush()
	return c.Error()
}

// cellWriter returns a writer, and what writes a row to it.
func cellWriter(w io.Writer) (c *csv.Writer, row func(cells ...string)) {
	c = csv.NewWriter(w)
	return c, func(cells ...string) {
		for i := range cells {
			cells[i] = cellText(cells[i])
		}
		_ = c.Write(cells) // Flush and Error tell
	}
}

// CSV writes the comparison as [Report.CSV] does, a row for each property. The last
// column is cause, same or differs; the first two rows are the requests
// and the verdict.
func (c *Comparison) CSV(w io.Writer) error {
	o, row := cellWriter(w)
	row("property", "good", "bad", "result")
	row("request", c.Good.text(), c.Bad.text(), "")
	row("verdict", "", c.Verdict.String(), "")
	for _, r := range c.Rows {
		result := "differs"
		switch {
		case r.Explains:
			result = "cause"
		case r.Same:
			result = "same"
		}
		row(r.What.String(), r.Good.String(), r.Bad.String(), result)
	}
	o.Flush()
	return o.Error()
}

// fixText is what to do, in one text, without commands.
func (f *Finding) fixText() string {
	var out []string
	for _, x := range f.Fix {
		if do := x.Do.String() + actor(x.Who); len(out) == 0 || out[len(out)-1] != do {
			out = append(out, do)
		}
	}
	return strings.Join(out, "\n")
}

func statusText(n int) string {
	if n == 0 {
		return ""
	}
	return strconv.Itoa(n)
}

// cellText makes a cell that is text for every spreadsheet: full-width signs
// count in Japanese ones, and blanks before a sign are skipped by some.
func cellText(s string) string {
	s = clean(s)
	if t := strings.TrimLeft(s, " \n\u3000\u00a0"); t != "" && strings.ContainsRune("=+-@＝＋－＠", []rune(t)[0]) {
		return "'" + s
	}
	return s
}
