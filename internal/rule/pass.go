package rule

import (
	"github.com/why401/why401/internal/exchange"
	"github.com/why401/why401/internal/redact"
)

// A Pass is one call of one rule. It takes what the rule finds.
type Pass struct {
	rule   *Rule
	report func(*Subject, Finding)
	// Ledger knows how each credential fared in the captures read so far.
	Ledger *Ledger
}

// NewPass returns a pass of rule r that hands each finding to report, together
// with the exchange it is about (nil: the capture as a whole).
func NewPass(r *Rule, l *Ledger, report func(*Subject, Finding)) *Pass {
	return &Pass{rule: r, report: report, Ledger: l}
}

// Report reports a finding about s; nil for a finding about a whole capture.
func (p *Pass) Report(s *Subject, f Finding) {
	f.Rule = p.rule
	if f.Message.IsZero() {
		f.Message = redact.Name(p.rule.Title)
	}
	if f.Fix == nil {
		f.Fix = p.rule.Fix
	}
	if f.Alternatives == nil {
		f.Alternatives = p.rule.Alternatives
	}
	if f.Confirm == nil {
		f.Confirm = p.rule.Confirm
	}
	p.report(s, f)
}

// Proven reports a finding that the evidence proves.
func (p *Pass) Proven(s *Subject, message redact.Text, e ...Evidence) {
	p.Report(s, Finding{Certainty: Proven, Message: message, Evidence: e})
}

// Likely reports a finding that has no common innocent explanation.
func (p *Pass) Likely(s *Subject, message redact.Text, e ...Evidence) {
	p.Report(s, Finding{Certainty: Likely, Message: message, Evidence: e})
}

// Possible reports a finding that is one of several causes.
func (p *Pass) Possible(s *Subject, message redact.Text, e ...Evidence) {
	p.Report(s, Finding{Certainty: Possible, Message: message, Evidence: e})
}

// A Session is the exchanges of one client in one capture, in order. It is
// bounded: exchanges that tell nothing about a login are left out first, then
// the oldest; Dropped counts the latter.
type Session struct {
	From     *exchange.Capture
	Client   string // untrusted text; see [exchange.Exchange]
	Subjects []*Subject
	Dropped  int
}

// A Capture is what is known of one capture after it was read.
type Capture struct {
	*exchange.Capture
	Atlassian  int // exchanges with an Atlassian product
	Failed     int // failing ones among them
	Troubled   int // those that went wrong in another way
	Recognized int // those whose answer shows an accepted login
	Judged     int // those with an answer, or of which it is known how they failed

	// NotSent counts requests, to any host, that were read from a command or from
	// settings and of which no answer is known.
	NotSent int

	// CredentialsSeen counts exchanges with a credential of any kind.
	CredentialsSeen int
	// Hiding holds, at most [HidingKept], failing exchanges whose source does
	// not certainly show the credentials.
	Hiding []*Subject
	// FailedNoBody holds, at most [HidingKept], failing exchanges without
	// response body in the capture although there was one.
	FailedNoBody []*Subject
	// Masked holds, at most [HidingKept], exchanges in which the capture
	// replaced a credential by other text.
	Masked []*Subject
	// Provisional holds, at most [HidingKept], exchanges with provisional
	// headers only.
	Provisional []*Subject
	// Unreadable is the number of exchanges that could not be read, First the
	// first of those errors.
	Unreadable int
	First      *exchange.Unreadable
}

// HidingKept is the number of exchanges kept in each list of a [Capture].
const HidingKept = 64
