// Package report is what leaves the program: the diagnosis as data, and its
// views. A report is made of redact.Text, numbers and the names of rules; it
// has no field into which a part of a capture could find its way.
//
// The JSON form is a promise: its schema is why401.report/1, fields are added
// but never renamed, removed or given another meaning.
package report

import (
	"slices"

	"github.com/why401/why401/internal/diagnose"
	"github.com/why401/why401/internal/exchange"
	"github.com/why401/why401/internal/redact"
	"github.com/why401/why401/internal/rule"
)

// SchemaName names the version of the JSON form.
const SchemaName = "why401.report/1"

// A Report is a diagnosis as data.
type Report struct {
	// Schema is always why401.report/1.
	Schema   string    `json:"schema"`
	Tool     Tool      `json:"tool"`
	Captures []Capture `json:"captures"`
	// Causes are the root causes, best first; none on a healthy capture.
	Causes []*Finding `json:"causes"`
	// Findings are all findings, causes among them, warnings and remarks too.
	Findings []*Finding `json:"findings"`
	// Unchecked lists the rules that this capture cannot decide.
	Unchecked []Unchecked `json:"unchecked"`
	// Unreadable lists what could not be read, at most 100 places.
	Unreadable []Unreadable `json:"unreadable"`
	// Failed lists the failing exchanges, at most 4,096, with their best cause.
	Failed []Failed `json:"failed"`
	// Timeline is what happened in the logins, in order: at most 160 steps, of a
	// longer one the first and last 80.
	Timeline []Step `json:"timeline"`
	// Credentials are what requests offered to prove who sends them, at most 32.
	Credentials []Credential `json:"credentials"`
	// Dropped counts what did not fit into the program's bounds; absent if
	// nothing was dropped.
	Dropped *Dropped `json:"dropped,omitempty"`
}

// A Tool is the program that made the report.
type Tool struct {
	Name    string `json:"name"`
	Version string `json:"version"`
}

// A Capture is one input.
type Capture struct {
	Name     redact.Text `json:"name"`
	Format   string      `json:"format"`
	Producer redact.Text `json:"producer"`
	// Exchanges counts the requests that could be read.
	Exchanges int `json:"exchanges"`
	// Failed counts the failing ones among those to Atlassian products.
	Failed int `json:"failed"`
	// Atlassian counts the requests to Atlassian products.
	Atlassian int `json:"atlassian"`
	// NotSent counts requests that were read from a command or from settings and
	// of which no answer is known; absent if there are none.
	NotSent int    `json:"not_sent,omitempty"`
	Notes   []Note `json:"notes"`
	// TLSClients are the kinds of TLS handshakes in packets; absent if there are
	// none.
	TLSClients []TLSClient `json:"tls_clients,omitempty"`
}

// A Note is a remark on a capture as a whole.
type Note struct {
	Kind  string `json:"kind"`
	Count int    `json:"count"`
}

// A Finding is something that a rule found.
type Finding struct {
	Rule      string `json:"rule"`
	Title     string `json:"title"`
	Severity  string `json:"severity"`
	Certainty string `json:"certainty"`
	// Message says in one or two sentences what is wrong in this case.
	Message redact.Text `json:"message"`
	// AccountsFor counts the failing exchanges for which this is a root cause.
	AccountsFor int        `json:"accounts_for"`
	Exchanges   []Exchange `json:"exchanges"`
	Evidence    []Evidence `json:"evidence"`
	Fix         []Fix      `json:"fix"`
	// Alternatives are the causes that this capture cannot tell apart.
	Alternatives []string `json:"alternatives"`
	// Confirm is the one request that would settle the case.
	Confirm *Confirm `json:"confirm,omitempty"`
	// Consequences are the findings that follow from this one, by rule.
	Consequences []Consequence `json:"consequences"`
	References   []Reference   `json:"references"`
	// Tried is what came of requests that were sent again, repaired; absent
	// where that was not asked for.
	Tried []Tried `json:"tried,omitempty"`

	orElse string // see [diagnose.Cause]
}

// An Exchange points at a request of a capture.
type Exchange struct {
	Capture redact.Text `json:"capture"`
	// Index counts the exchanges of the capture from 0 in file order.
	Index  int         `json:"index"`
	Method redact.Text `json:"method"`
	URL    redact.Text `json:"url"`
	// Status is 0 if no response came, or if a log of the server does not tell it.
	Status int `json:"status"`
	// Also are the places of the same request in other captures; absent if there
	// are none.
	Also []Place `json:"also,omitempty"`
}

// A Place is one of the places of a request.
type Place struct {
	Capture redact.Text `json:"capture"`
	Index   int         `json:"index"`
}

// Evidence is a place in a capture, what was there and what belongs there.
type Evidence struct {
	Capture redact.Text `json:"capture"`
	Index   int         `json:"index"`
	Part    redact.Text `json:"part"`
	// Span is a range of bytes of the part; [0,0] is all of it.
	Span [2]int      `json:"span"`
	Saw  redact.Text `json:"saw"`
	Want redact.Text `json:"want"`
}

// A Fix is something to do, and who can do it.
type Fix struct {
	Who     string      `json:"who"`
	Do      redact.Text `json:"do"`
	Command redact.Text `json:"command"`
	// Shell is the shell that the command is for: sh or powershell; empty
	// without a command.
	Shell string `json:"shell"`
}

// A Confirm is a request that separates causes which the capture cannot.
type Confirm struct {
	Do         redact.Text `json:"do"`
	Command    redact.Text `json:"command"`
	PowerShell redact.Text `json:"powershell"`
	Outcomes   []Outcome   `json:"outcomes"`
}

// An Outcome says what a result means.
type Outcome struct {
	Seen  redact.Text `json:"seen"`
	Means string      `json:"means"`
}

// A Consequence is a finding that follows from another.
type Consequence struct {
	Rule    string      `json:"rule"`
	Title   string      `json:"title"`
	Message redact.Text `json:"message"`
	Fix     []Fix       `json:"fix"`
	// Lasting is set for a state that stays when the cause is mended, such as a
	// locked account: then Fix is to be done, too, after that of the cause.
	Lasting bool `json:"lasting"`
}

// A Reference is a source.
type Reference struct {
	Title string `json:"title"`
	URL   string `json:"url"`
}

// An Unchecked is a rule that the capture cannot decide.
type Unchecked struct {
	Rule        string      `json:"rule"`
	Reason      redact.Text `json:"reason"`
	CaptureWith redact.Text `json:"capture_with"`
}

// An Unreadable is something that could not be read.
type Unreadable struct {
	Capture redact.Text `json:"capture"`
	// At is the place: entry, line, column, byte and JSON pointer.
	At    redact.Text `json:"at"`
	Error redact.Text `json:"error"`
	Hint  redact.Text `json:"hint"`
}

// A Failed is a failing exchange.
type Failed struct {
	Exchange
	Product string `json:"product"`
	// Cause is the rule that the failure is put down to; empty if unexplained.
	Cause string `json:"cause"`
}

// Dropped counts what did not fit into the bounds of the program.
type Dropped struct {
	Correlated  int `json:"correlated"`
	Clients     int `json:"clients"`
	Credentials int `json:"credentials"`
	Exchanges   int `json:"exchanges"`
	Unreadable  int `json:"unreadable"`
	// Timeline counts steps left out of [Report.Timeline], Cards credentials left
	// out of [Report.Credentials].
	Timeline int `json:"timeline,omitempty"`
	Cards    int `json:"cards,omitempty"`
	// Sightings counts requests that would not be recognised in another capture.
	Sightings int `json:"sightings,omitempty"`
}

// New returns the report on a diagnosis.
func New(d *diagnose.Diagnosis, version string) *Report {
	r := &Report{
		Schema: SchemaName, Tool: Tool{"why401", version},
		Captures: []Capture{}, Causes: []*Finding{}, Findings: []*Finding{},
		Unchecked: []Unchecked{}, Unreadable: []Unreadable{}, Failed: []Failed{},
		Timeline: []Step{}, Credentials: []Credential{},
	}
	for _, c := range d.Captures {
		r.Captures = append(r.Captures, captureOf(c))
	}
	made := map[*diagnose.Cause]*Finding{}
	for _, c := range d.Findings {
		made[c] = findingOf(c)
		r.Findings = append(r.Findings, made[c])
		if c.IsCause() {
			r.Causes = append(r.Causes, made[c])
		}
	}
	for _, u := range d.Unchecked {
		r.Unchecked = append(r.Unchecked, Unchecked{u.Rule.ID, u.Reason, u.CaptureWith})
	}
	for _, u := range d.Unreadable {
		r.Unreadable = append(r.Unreadable, unreadableOf(u))
	}
	for _, f := range d.Failing {
		g := Failed{Exchange: exchangeOf(f.Line), Product: f.Product.String()}
		if f.Cause != nil {
			g.Cause = f.Cause.Rule.ID
		}
		r.Failed = append(r.Failed, g)
	}
	for _, s := range d.Steps {
		r.Timeline = append(r.Timeline, stepOf(s))
	}
	for _, c := range d.Cards {
		r.Credentials = append(r.Credentials, credentialOf(c))
	}
	drop := Dropped{
		Correlated: d.Dropped.Correlated, Clients: d.Dropped.Clients, Credentials: d.Dropped.Credentials,
		Exchanges: d.Dropped.Exchanges, Unreadable: d.UnreadableTotal - len(d.Unreadable),
		Timeline: d.Dropped.Steps, Cards: d.Dropped.Cards,
		Sightings: sightings(d),
	}
	if drop != (Dropped{}) {
		r.Dropped = &drop
	}
	return r
}

// sightings is what the engine did not remember, where it would have mattered.
func sightings(d *diagnose.Diagnosis) int {
	if len(d.Captures) < 2 {
		return 0
	}
	return d.Dropped.Sightings
}

func captureOf(c diagnose.Capture) Capture {
	out := Capture{
		Name: redact.Name(c.Name), Format: c.Format, Producer: redact.Label(c.Producer),
		Exchanges: c.Exchanges, Failed: c.Failed, Atlassian: c.Atlassian, NotSent: c.NotSent, Notes: []Note{},
		TLSClients: tlsClients(c.Handshakes),
	}
	for _, n := range c.Notes {
		out.Notes = append(out.Notes, Note{string(n.Kind), n.N})
	}
	return out
}

func findingOf(c *diagnose.Cause) *Finding {
	f := &Finding{
		Rule: c.Rule.ID, Title: c.Rule.Title, Severity: c.Severity.String(), Certainty: c.Certainty.String(),
		Message: c.Message, AccountsFor: c.AccountsFor,
		Exchanges: []Exchange{}, Evidence: []Evidence{}, Fix: fixesOf(c.Fix, c.Exchanges),
		Alternatives: without(c.Alternatives, c.Rule.ID), orElse: c.OrElse, Confirm: confirmOf(c.Confirm, c.Exchanges),
		Consequences: []Consequence{}, References: []Reference{},
	}
	for _, l := range c.Exchanges {
		f.Exchanges = append(f.Exchanges, exchangeOf(l))
	}
	for _, e := range c.Evidence {
		f.Evidence = append(f.Evidence, Evidence{
			Capture: redact.Name(e.At.Capture), Index: e.At.Index, Part: e.Part, Span: e.Span, Saw: e.Saw, Want: e.Want,
		})
	}
	for _, q := range c.Consequences {
		f.Consequences = append(f.Consequences, Consequence{
			q.Rule.ID, q.Rule.Title, q.Message, fixesOf(q.Fix, c.Exchanges), q.Rule.Lasting,
		})
	}
	for _, t := range c.Tried {
		f.Tried = append(f.Tried, triedOf(t))
	}
	for _, ref := range c.Rule.References {
		f.References = append(f.References, Reference(ref))
	}
	return f
}

func exchangeOf(l diagnose.Line) Exchange {
	x := Exchange{Capture: redact.Name(l.At.Capture), Index: l.At.Index, Method: l.Method, URL: l.URL, Status: l.Status}
	for _, at := range l.Also {
		x.Also = append(x.Also, Place{redact.Name(at.Capture), at.Index})
	}
	return x
}

// fixesOf makes one entry for each command, so that a reader of the JSON picks
// by shell.
func fixesOf(fixes []rule.Fix, at []diagnose.Line) []Fix {
	out := []Fix{}
	for _, f := range fixes {
		do := address(f.Do, at)
		if f.Command.IsZero() && f.PowerShell.IsZero() {
			out = append(out, Fix{Who: f.Who.String(), Do: do})
		}
		if !f.Command.IsZero() {
			out = append(out, Fix{f.Who.String(), do, fill(f.Command, at), "sh"})
		}
		if !f.PowerShell.IsZero() {
			out = append(out, Fix{f.Who.String(), do, fill(f.PowerShell, at), "powershell"})
		}
	}
	return out
}

func confirmOf(c *rule.Confirm, at []diagnose.Line) *Confirm {
	if c == nil {
		return nil
	}
	out := &Confirm{address(c.Do, at), fill(c.Command, at), fill(c.PowerShell, at), []Outcome{}}
	for _, o := range c.Outcomes {
		out.Outcomes = append(out.Outcomes, Outcome{o.Seen, o.Means})
	}
	return out
}

// fill puts the first exchange into the template of a command.
func fill(t redact.Text, at []diagnose.Line) redact.Text {
	if len(at) == 0 {
		return t
	}
	return address(t, at).FillWord("URL", at[0].Address)
}

// address is fill for prose, in which URL is a word like any other.
func address(t redact.Text, at []diagnose.Line) redact.Text {
	if len(at) == 0 {
		return t
	}
	l := at[0]
	if !l.WhoAmI.IsZero() {
		t = t.Fill("https://SITE.atlassian.net/rest/api/3/myself", l.WhoAmI).Fill("BASE/rest/api/2/myself", l.WhoAmI)
	}
	return t.FillWord("SITE.atlassian.net", l.Site).FillWord("BASE", l.Base).FillWord("HOST", l.Host)
}

func unreadableOf(u *exchange.Unreadable) Unreadable {
	out := Unreadable{
		Capture: redact.Name(u.At.Capture), Error: redact.Label(u.Reason), Hint: redact.Name(u.Hint),
	}
	var at []redact.Text
	if u.At.Index >= 0 {
		at = append(at, redact.Sprintf("entry %s", redact.Int(u.At.Index)))
	}
	if u.Line > 0 {
		at = append(at, redact.Sprintf("line %s, column %s", redact.Int(u.Line), redact.Int(u.Column)))
	}
	if u.Line > 0 || u.At.Offset > 0 {
		at = append(at, redact.Sprintf("byte %s", redact.Int(int(u.At.Offset))))
	}
	if u.Pointer != "" {
		at = append(at, redact.Label(u.Pointer))
	}
	out.At = redact.Join(", ", at...)
	return out
}

// without returns ids without one. A finding that is one form of what cannot be told
// apart lists itself among the rest.
func without(ids []string, id string) []string {
	return slices.DeleteFunc(append([]string{}, ids...), func(a string) bool { return a == id })
}
