package report

import (
	"fmt"
	"io"
	"strings"

	"github.com/mattn/go-runewidth"

	"github.com/why401/why401/internal/redact"
)

// A Style says how the report is shown on a terminal.
type Style struct {
	Width int    // columns; at least 50
	Color bool   // use ANSI colours
	Shell string // commands for this shell: sh or powershell
	ASCII bool   // no box drawing characters
	Long  bool   // all findings and what was not checked, one by one
}

// Text writes the report for people: first what is wrong, how that is known and
// what to do, then the failing requests as a table.
func (r *Report) Text(w io.Writer, st Style) error {
	p := &printer{st: st.sane(), several: len(r.Captures) > 1}
	p.captures(r)
	switch {
	case len(r.Causes) == 0:
		p.noCause(r)
	case r.notSent():
		p.line("")
		p.para("", p.paint(yellow, r.onlyRead()+". This is wrong with it:"))
	}
	for i, c := range r.Causes {
		p.cause(i+1, c)
	}
	if err := p.failed(r); err != nil {
		return err
	}
	p.rest(r)
	_, err := io.WriteString(w, p.b.String())
	return err
}

// sane returns st with a width that a table fits into.
func (st Style) sane() Style {
	st.Width = max(st.Width, 50)
	return st
}

type printer struct {
	b       strings.Builder
	st      Style
	several bool // there are several captures, so places need their name
}

// place names an exchange as the table does.
func (p *printer) place(name redact.Text, index int) string {
	if !p.several {
		return fmt.Sprintf("#%d", index)
	}
	s := name.String()
	if i := strings.LastIndexAny(s, `/\`); i >= 0 {
		s = s[i+1:]
	}
	return fmt.Sprintf("%s#%d", s, index)
}

const (
	bold   = "\x1b[1m"
	red    = "\x1b[31m"
	yellow = "\x1b[33m"
	green  = "\x1b[32m"
	faint  = "\x1b[2m"
	plain  = "\x1b[0m"
)

func (p *printer) paint(color, s string) string {
	if !p.st.Color || s == "" {
		return s
	}
	return color + s + plain
}

func (p *printer) line(s string) { p.b.WriteString(strings.TrimRight(s, " ") + "\n") }

// para writes text wrapped to the width, its first line after lead and the
// others indented to the same column.
func (p *printer) para(lead, text string) {
	indent := runewidth.StringWidth(lead)
	for i, l := range wrap(text, p.st.Width-indent) {
		if i > 0 {
			lead = strings.Repeat(" ", indent)
		}
		p.line(lead + l)
	}
}

// label writes text behind a word in the margin.
func (p *printer) label(word, text string) {
	if text == "" {
		return
	}
	const margin = 9 // of the longest word, and a blank
	lead := "   " + word + strings.Repeat(" ", max(1, margin-len(word)))
	indent := len(lead)
	for i, l := range wrap(text, p.st.Width-indent) {
		if i == 0 {
			p.line("   " + p.paint(faint, word) + lead[3+len(word):] + l)
		} else {
			p.line(strings.Repeat(" ", indent) + l)
		}
	}
}

// command writes a command; it is never wrapped, so that it can be copied.
func (p *printer) command(c string) {
	for _, l := range strings.Split(clean(c), "\n") {
		p.line(strings.Repeat(" ", 12) + p.paint(green, l))
	}
}

func (p *printer) captures(r *Report) {
	for _, c := range r.Captures {
		if c.Exchanges == 0 && r.failedToRead(c) {
			continue // the error below says it all
		}
		s := fmt.Sprintf("%s: %s", c.Name, plural(c.Exchanges, "request"))
		if c.Producer.String() != "" {
			s = fmt.Sprintf("%s (%s): %s", c.Name, c.Producer, plural(c.Exchanges, "request"))
		}
		s += fmt.Sprintf(", %d to Atlassian products, %d failed", c.Atlassian, c.Failed)
		for _, n := range c.Notes {
			s += fmt.Sprintf("; %s", noteText(n))
		}
		p.para("", s)
		if p.st.Long {
			for _, t := range c.TLSClients {
				p.para("", t.text())
			}
		}
	}
	shared := 0
	for _, f := range r.Failed {
		if len(f.Also) > 0 {
			shared++
		}
	}
	if shared > 0 {
		p.para("", fmt.Sprintf("%s seen in more than one of them, and told once.", plural(shared, "failed request")))
	}
	for _, u := range r.Unreadable {
		p.para(p.paint(red, "unreadable: "), fmt.Sprintf("%s: %s", u.place(), u.Error))
		if u.Hint.String() != "" {
			p.para("            ", u.Hint.String())
		}
	}
}

// failedToRead reports whether there is an error about c.
func (r *Report) failedToRead(c Capture) bool {
	for _, u := range r.Unreadable {
		if u.Capture == c.Name {
			return true
		}
	}
	return false
}

func (u Unreadable) place() string {
	if u.At.String() == "" {
		return u.Capture.String()
	}
	return u.Capture.String() + ", " + u.At.String()
}

// noteTexts say more than the name of a remark does.
var noteTexts = map[string]string{
	"as-configured":            "requests as configured, not as sent",
	"base64-may-wrap":          "base64 without -w0 breaks a long value into lines",
	"proxy-named":              "a proxy is named (-x), which can change requests",
	"certificates-not-checked": "certificates are not checked (-k)",
	"config-file-not-read":     "a file of options is named (-K), which was not read",
	"netrc-not-read":           "the login may be in a .netrc file, which was not read",
	"cookie-file-not-read":     "a file of cookies is named, which was not read",
	"header-file-not-read":     "a file of header lines is named, which was not read",
	"basic-in-clear":           "\"Basic user:password\" is encoded by VS Code only: write \"Basic user password\"",
	"sessions-only":            "its lines are about sessions and none about a login: hand in the log of the time at which the login failed",
	"bytes-not-shown":          "credentials not checked: --trace-ascii shows a dot for bytes that are no text; use --trace",
}

func noteText(n Note) string {
	s := strings.ReplaceAll(n.Kind, "-", " ")
	if t := noteTexts[n.Kind]; t != "" {
		return t
	}
	if n.Count > 1 {
		s += fmt.Sprintf(" (%d)", n.Count)
	}
	return s
}

func (p *printer) noCause(r *Report) {
	p.line("")
	failed, exchanges, atlassian := r.counts()
	switch {
	case failed > 0:
		p.para("", p.paint(yellow, "Requests failed, but nothing in this capture tells why."))
	case exchanges == 0 && len(r.Unreadable) > 0:
		return // which is told below
	case exchanges == 0:
		p.para("", p.paint(yellow, "There is no request in it."))
	case atlassian == 0:
		p.para("", p.paint(yellow, "No request to an Atlassian product was found."))
	case r.notSent():
		p.para("", p.paint(yellow, r.onlyRead()+"."))
	default:
		p.para("", p.paint(green, "No request was refused."))
	}
	for _, f := range r.Findings {
		if f.Severity == "info" && strings.HasPrefix(f.Rule, "capture-") {
			p.para("   ", f.Message.String())
			if f.Rule == "capture-request-not-sent" {
				p.fixes("do", f.Fix)
			}
		}
	}
}

func (p *printer) cause(n int, c *Finding) {
	p.line("")
	color := map[string]string{"error": red, "warning": yellow}[c.Severity]
	lead := fmt.Sprintf("%d. ", n)
	for i, l := range wrap(c.Title, p.st.Width-3) {
		if i == 0 {
			p.line(lead + p.paint(bold+color, l))
		} else {
			p.line("   " + p.paint(bold+color, l))
		}
	}
	explains := ""
	if c.AccountsFor > 0 {
		explains = "; explains " + plural(c.AccountsFor, "failed request")
	}
	p.para("   ", fmt.Sprintf("%s, %s%s", c.Rule, c.Certainty, explains))
	if c.Message.String() != c.Title {
		p.line("")
		p.para("   ", c.Message.String())
	}
	p.line("")
	p.tried(c)
	p.evidence(c)
	p.fixes("do", c.Fix)
	if !c.settled() {
		p.confirm(c.Confirm)
	}
	p.alternatives(c)
	p.consequences(c)
}

// alternatives names the causes that cannot be told apart, or what is left if this
// one is not it, less those that the outcomes of the request that would tell name
// anyway.
func (p *printer) alternatives(c *Finding) {
	rest := c.unnamed()
	word := "may be"
	switch {
	case c.orElse != "":
		word = "if not"
	case len(rest) < len(c.Alternatives):
		word = "or also"
	}
	p.label(word, strings.Join(rest, ", "))
}

// consequences writes what follows from a cause, each once, and then what is
// left to do when the cause is mended: a locked account stays locked.
func (p *printer) consequences(c *Finding) {
	said := map[string]bool{}
	for _, q := range c.Consequences {
		if !said[q.Rule] {
			p.label(first(len(said), "causes", false, ""), fmt.Sprintf("%s (%s)", q.Title, q.Rule))
			said[q.Rule] = true
		}
	}
	for _, q := range c.Consequences {
		if q.Lasting {
			p.fixes("then", q.Fix)
			return
		}
	}
}

// evidence writes what was seen, each thing once: equal pieces of further
// exchanges are only counted.
func (p *printer) evidence(c *Finding) {
	said, at := map[string]bool{}, map[string]bool{}
	for _, e := range c.Evidence {
		if text := e.text(); !said[text] {
			p.label(first(len(said), "proof", c.Certainty != "proven", "seen"), p.place(e.Capture, e.Index)+", "+text)
			said[text], at[p.place(e.Capture, e.Index)] = true, true
		}
	}
	if n := c.AccountsFor - len(at); n > 0 && len(said) > 0 {
		p.label("", fmt.Sprintf("and the like in %s", plural(n, "other request")))
	}
}

// first returns word, or other if use is set, for the first of a list, else "".
func first(i int, word string, use bool, other string) string {
	switch {
	case i > 0:
		return ""
	case use:
		return other
	}
	return word
}

func (e Evidence) text() string {
	s := e.Part.String()
	if e.Span != [2]int{} {
		s += fmt.Sprintf(", bytes %d-%d", e.Span[0], e.Span[1])
	}
	s += ": " + e.Saw.String()
	if e.Want.String() != "" {
		s += "; a working request has " + e.Want.String()
	}
	return s
}

// fixes shows what to do, with the commands for the shell of the reader where
// there are any, else those for the shell of the client.
func (p *printer) fixes(word string, fixes []Fix) {
	last := ""
	for _, f := range fixes {
		if f.Shell != "" && f.Shell != p.st.Shell && has(fixes, f, p.st.Shell) {
			continue
		}
		if do := f.Do.String(); do != last {
			p.label(word, do+actor(f.Who))
			last, word = do, ""
		}
		if c := f.Command.String(); c != "" {
			p.command(c)
		}
	}
}

// has reports whether the fix f also comes with a command for shell.
func has(fixes []Fix, f Fix, shell string) bool {
	for _, g := range fixes {
		if g.Do == f.Do && g.Shell == shell {
			return true
		}
	}
	return false
}

func actor(who string) string {
	switch who {
	case "admin":
		return " [an administrator can do this]"
	case "network":
		return " [the network team can do this]"
	case "atlassian":
		return " [Atlassian support can do this]"
	}
	return ""
}

func (p *printer) confirm(c *Confirm) {
	if c == nil {
		return
	}
	p.label("to tell", c.Do.String())
	cmd := c.Command
	if p.st.Shell == "powershell" && !c.PowerShell.IsZero() {
		cmd = c.PowerShell
	}
	if !cmd.IsZero() {
		p.command(cmd.String())
	}
	for _, o := range c.Outcomes {
		s := o.Seen.String()
		if o.Means != "" {
			s += ": " + o.Means
		}
		p.para(strings.Repeat(" ", 12)+"- ", s)
	}
}

func (p *printer) rest(r *Report) {
	other := 0
	for _, f := range r.others() {
		other++
		if p.st.Long {
			if other == 1 {
				p.line("")
				p.line(p.paint(bold, "Other findings"))
			}
			p.para("- ", fmt.Sprintf("%s, %s %s: %s", f.Rule, f.Certainty, f.Severity, f.Message))
		}
	}
	if p.st.Long {
		p.unchecked(r)
		return
	}
	if len(r.Unchecked) > 0 {
		p.line("")
		u := r.Unchecked[0]
		p.para("", fmt.Sprintf("Not checked: %s, because %s. To decide them, record %s.",
			plural(len(r.Unchecked), "rule"), u.Reason, u.CaptureWith))
	}
	if other > 0 && len(r.Causes) > 0 {
		p.line("")
		p.para("", fmt.Sprintf("%s more with --long; why401 explain RULE tells more about a rule.", plural(other, "finding")))
	}
}

func (p *printer) unchecked(r *Report) {
	for i, u := range r.Unchecked {
		if i == 0 {
			p.line("")
			p.line(p.paint(bold, "Not checked"))
		}
		p.para("- ", fmt.Sprintf("%s: %s; record %s", u.Rule, u.Reason, u.CaptureWith))
	}
}

func plural(n int, one string) string {
	if n == 1 {
		return "1 " + one
	}
	return fmt.Sprintf("%d %ss", n, one)
}

// wrap breaks text at blanks into lines of at most width columns; a word that
// is longer stays whole unless it is very long.
func wrap(text string, width int) []string {
	width = max(width, 20)
	var lines []string
	for _, par := range strings.Split(clean(text), "\n") {
		line, w := "", 0 // the line so far and its width
		for _, word := range strings.Fields(par) {
			n := runewidth.StringWidth(word)
			if w > 0 && w+1+n > width {
				lines = append(lines, line)
				line, w = "", 0
			}
			for n > width && !strings.Contains(word, "://") { // an address must stay whole
				head := runewidth.Truncate(word, width, "")
				lines = append(lines, head)
				word = word[len(head):]
				n = runewidth.StringWidth(word)
			}
			if w > 0 {
				line += " "
				w++
			}
			line += word
			w += n
		}
		lines = append(lines, line)
	}
	return lines
}
