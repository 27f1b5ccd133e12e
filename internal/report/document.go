package report

import (
	"fmt"
	"net/url"
	"strings"
)

// A document is a report or comparison as text formats have it: [Report.Markdown],
// [Report.Jira] and [Report.ADF] render the same one, each with its own escaping.
type document []block

// A block is a heading, a paragraph, a list, code or a table.
type block struct {
	kind  blockKind
	level int        // of a heading, from 2
	text  []span     // of a heading or paragraph
	items [][]span   // of a list
	code  string     // may hold line feeds
	shell string     // language of the code: sh or powershell
	head  []string   // of a table
	rows  [][][]span // of a table
}

type blockKind uint8

const (
	heading blockKind = iota
	paragraph
	list
	code
	table
)

// A span is a run of text in one style.
type span struct {
	text  string
	style style
	href  string // of a link: the address of a reference, never one of a capture
}

type style uint8

const (
	normal style = iota
	strong
	mono // only for names that the program itself gave
)

func (d *document) heading(level int, text string) {
	*d = append(*d, block{kind: heading, level: level, text: []span{say(text)}})
}

func (d *document) para(spans ...span) {
	*d = append(*d, block{kind: paragraph, text: spans})
}

func (d *document) list(items [][]span) {
	if len(items) > 0 {
		*d = append(*d, block{kind: list, items: items})
	}
}

func (d *document) command(c, shell string) {
	if c != "" {
		*d = append(*d, block{kind: code, code: clean(c), shell: shell})
	}
}

func (d *document) table(head []string, rows [][][]span) {
	if len(rows) > 0 {
		*d = append(*d, block{kind: table, head: head, rows: rows})
	}
}

func say(s string) span  { return span{text: strings.Join(strings.Fields(clean(s)), " ")} }
func loud(s string) span { t := say(s); t.style = strong; return t }

// id is a span for the name of a rule.
func id(s string) span {
	t := say(s)
	if ruleName(s) {
		t.style = mono
	}
	return t
}

// ruleName reports whether s has the form of the name of a rule.
func ruleName(s string) bool {
	for i := 0; i < len(s); i++ {
		if c := s[i]; (c < 'a' || c > 'z') && (c < '0' || c > '9') && c != '-' {
			return false
		}
	}
	return s != ""
}

// source is a link to a reference of a rule, or its title where the address is
// not one that a ticket should link to.
func source(r Reference) span {
	t := say(r.Title)
	if u, err := url.Parse(r.URL); err == nil && u.Scheme == "https" && u.Host != "" && plainAddress(r.URL) {
		t.href = r.URL
	}
	return t
}

// plainAddress reports whether a URL means nothing else in any markup.
func plainAddress(s string) bool {
	for i := 0; i < len(s); i++ {
		c := s[i]
		if (c < 'a' || c > 'z') && (c < 'A' || c > 'Z') && (c < '0' || c > '9') && strings.IndexByte("-._/:?=&%#+,", c) < 0 {
			return false
		}
	}
	return true
}

// What of a long report a ticket has room for; the rest is counted.
const (
	docCauses     = 20
	docEvidence   = 8
	docFailed     = 20
	docFindings   = 50
	docUnreadable = 20
	docReferences = 8
)

// document returns the report as a ticket has it.
func (r *Report) document() document {
	var d document
	p := &printer{several: len(r.Captures) > 1}
	d.heading(2, r.verdict())
	var lines [][]span
	for _, c := range r.Captures {
		lines = append(lines, []span{loud(c.Name.String()), say(c.line())})
	}
	d.list(lines)
	d.unreadable(r)
	for i, c := range r.Causes {
		if i == docCauses {
			d.more(len(r.Causes)-i, "cause")
			break
		}
		d.cause(p, i+1, c)
	}
	d.failed(p, r)
	d.others(r)
	d.unchecked(r)
	for _, s := range r.Dropped.texts() {
		d.para(say("Beyond a bound of why401: " + s + "."))
	}
	d.para(say(fmt.Sprintf("Made by why401 %s. Secrets and accounts are shown only as tags: equal tags in one report mean equal values.", r.Tool.Version)))
	return d
}

func (d *document) more(n int, what string) {
	if n > 0 {
		d.para(say(fmt.Sprintf("And %s more, which the JSON form lists.", plural(n, what))))
	}
}

func (d *document) unreadable(r *Report) {
	var items [][]span
	for i, u := range r.Unreadable {
		if i == docUnreadable {
			break
		}
		items = append(items, []span{loud("Unreadable:"), say(u.place() + ": " + u.Error.String() + hint(u))})
	}
	d.list(items)
	d.more(len(r.Unreadable)-len(items), "unreadable place")
}

func hint(u Unreadable) string {
	if u.Hint.IsZero() {
		return ""
	}
	return "; " + u.Hint.String()
}

func (d *document) cause(p *printer, n int, c *Finding) {
	d.heading(3, fmt.Sprintf("%d. %s", n, c.Title))
	about := ", " + c.Certainty
	if c.AccountsFor > 0 {
		about += "; explains " + plural(c.AccountsFor, "failed request")
	}
	d.para(id(c.Rule), say(about))
	if m := c.Message.String(); m != c.Title {
		d.para(say(m))
	}
	d.tried(c)
	d.evidence(p, c)
	d.fixes("What to do", c.Fix)
	if !c.settled() {
		d.confirm(c.Confirm)
	}
	if rest := c.unnamed(); len(rest) > 0 {
		d.para(loud(c.maybe()), say(strings.Join(rest, ", ")))
	}
	d.consequences(c)
	var refs []span
	for i, ref := range c.References {
		if i == docReferences {
			break
		}
		lead := ";"
		if i == 0 {
			refs = append(refs, loud("Sources"))
			lead = ""
		}
		if lead != "" {
			refs = append(refs, say(lead))
		}
		refs = append(refs, source(ref))
	}
	if len(refs) > 0 {
		d.para(refs...)
	}
}

func (d *document) tried(c *Finding) {
	said := map[string]bool{}
	for _, t := range c.Tried {
		if text := t.text().String(); !said[text] && len(said) < docEvidence {
			said[text] = true
			d.para(say(text + "."))
		}
	}
}

func (d *document) evidence(p *printer, c *Finding) {
	said, at := map[string]bool{}, map[string]bool{}
	var items [][]span
	for _, e := range c.Evidence {
		text := e.text()
		if said[text] || len(items) == docEvidence {
			continue
		}
		place := p.place(e.Capture, e.Index)
		items = append(items, []span{say(place + ", " + text)})
		said[text], at[place] = true, true
	}
	if len(items) == 0 {
		return
	}
	if n := c.AccountsFor - len(at); n > 0 {
		items = append(items, []span{say(fmt.Sprintf("and the like in %s", plural(n, "other request")))})
	}
	word := "What was seen"
	if c.Certainty == "proven" {
		word = "Proof"
	}
	d.para(loud(word))
	d.list(items)
}

func (d *document) fixes(word string, fixes []Fix) {
	last := ""
	for _, f := range fixes {
		if do := f.Do.String(); do != last {
			if last == "" {
				d.para(loud(word))
			}
			d.para(say(do + actor(f.Who)))
			last = do
		}
		d.command(f.Command.String(), f.Shell)
	}
}

func (d *document) confirm(c *Confirm) {
	if c == nil {
		return
	}
	d.para(loud("To tell for sure"), say(c.Do.String()))
	d.command(c.Command.String(), "sh")
	d.command(c.PowerShell.String(), "powershell")
	var items [][]span
	for _, o := range c.Outcomes {
		item := []span{say(o.Seen.String())}
		if o.Means != "" {
			item = []span{say(o.Seen.String() + ":"), id(o.Means)}
		}
		items = append(items, item)
	}
	d.list(items)
}

func (d *document) consequences(c *Finding) {
	said := map[string]bool{}
	var items [][]span
	for _, q := range c.Consequences {
		if !said[q.Rule] {
			said[q.Rule] = true
			items = append(items, []span{id(q.Rule), say(q.Title)})
		}
	}
	if len(items) > 0 {
		d.para(loud("What follows from it"))
		d.list(items)
	}
	for _, q := range c.Consequences {
		if q.Lasting {
			d.fixes("Then", q.Fix)
			return
		}
	}
}

func (d *document) failed(p *printer, r *Report) {
	var rows [][][]span
	list, left := p.rows(r)
	for _, row := range list {
		rows = append(rows, [][]span{{say(row[0])}, {say(row[1])}, {say(row[2])}, {id(row[3])}})
	}
	if len(rows) == 0 {
		return
	}
	d.heading(3, "Failed requests")
	d.table([]string{"entry", "status", "request", "cause"}, rows)
	d.more(left, "failed request")
}

func (d *document) others(r *Report) {
	var items [][]span
	n := 0
	for _, f := range r.apart() {
		if n++; n <= docFindings {
			items = append(items, []span{id(f.Rule), say(fmt.Sprintf("%s %s: %s", f.Certainty, f.Severity, f.Message))})
		}
	}
	if n > 0 {
		d.heading(3, "Other findings")
		d.list(items)
		d.more(n-len(items), "finding")
	}
}

func (d *document) unchecked(r *Report) {
	if len(r.Unchecked) > 0 {
		u := r.Unchecked[0]
		d.para(say(fmt.Sprintf("Not checked: %s, because %s. To decide them, record %s.",
			plural(len(r.Unchecked), "rule"), u.Reason, u.CaptureWith)))
	}
}

// document returns the comparison as a ticket has it.
func (c *Comparison) document() document {
	var d document
	d.heading(2, c.Verdict.String())
	d.list([][]span{{loud("good:"), say(c.Good.text())}, {loud("bad:"), say(c.Bad.text())}})
	var rows [][][]span
	equal := 0
	for _, r := range c.Rows {
		mark := ""
		switch {
		case r.Explains:
			mark = "the cause"
		case r.Same && r.key:
			mark = "the same"
		case r.Same:
			equal++
			continue
		}
		rows = append(rows, [][]span{{say(r.What.String())}, {say(r.Good.String())}, {say(r.Bad.String())}, {loud(mark)}})
	}
	d.table([]string{"", "good", "bad", ""}, rows)
	if equal > 0 {
		d.para(say(fmt.Sprintf("%s equal.", map[bool]string{true: "1 property is", false: fmt.Sprintf("%d properties are", equal)}[equal == 1])))
	}
	if c.Cause != nil {
		d.fixes("What to do", c.Cause.Fix)
	}
	d.para(say(fmt.Sprintf("Made by why401 %s. Secrets and accounts are shown only as tags.", c.Tool.Version)))
	return d
}
