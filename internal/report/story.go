package report

import (
	"fmt"

	"github.com/why401/why401/internal/diagnose"
	"github.com/why401/why401/internal/redact"
)

// A Step is one exchange of a login, or several in a row that are alike.
type Step struct {
	Exchange
	Host redact.Text `json:"host"`
	// Kind is ok, redirect, challenge (401 or 407 to a request without
	// credential), refused, captcha, failed, error (not about the login) or
	// unanswered.
	Kind string `json:"kind"`
	// After is the milliseconds since the first step of the capture, and Took how
	// long the answer took; -1: unknown.
	After int64 `json:"after_ms"`
	Took  int64 `json:"took_ms"`
	// Reason is the header field in which the answer says what became of the
	// login; may be empty.
	Reason redact.Text `json:"reason"`
	// To is where a redirect leads.
	To redact.Text `json:"to"`
	// Times counts the exchanges in a row that are alike.
	Times int `json:"times"`
}

func stepOf(s diagnose.Step) Step {
	out := Step{
		Exchange: exchangeOf(s.Line), Host: s.Host, Kind: string(s.Kind), After: -1, Took: -1,
		Reason: s.Reason, To: s.To, Times: s.Times,
	}
	if s.After >= 0 {
		out.After = s.After.Milliseconds()
	}
	if s.Took >= 0 {
		out.Took = s.Took.Milliseconds()
	}
	return out
}

// A Credential is what may be told of something that a request offered to prove
// who sends it. The value is nowhere in it.
type Credential struct {
	Capture redact.Text `json:"capture"`
	// Index is the exchange that offered it first.
	Index int `json:"index"`
	// Place is where it stood, such as request header Authorization.
	Place  redact.Text `json:"place"`
	Scheme redact.Text `json:"scheme"`
	// Class is the kind of secret that it has the form of.
	Class redact.Text `json:"class"`
	// Length is told only of secrets that machines make; else it is empty.
	Length redact.Text `json:"length"`
	// User is a tag, or the account name where those are shown.
	User redact.Text `json:"user"`
	// Fingerprint is equal for equal credentials of a report, Trimmed for those
	// that differ only by blanks, quotes, line breaks and encoding.
	Fingerprint redact.Text `json:"fingerprint"`
	Trimmed     redact.Text `json:"fingerprint_trimmed"`
	// Checksum is right, wrong, or empty where the form has none.
	Checksum redact.Text `json:"checksum"`
	Defects  []Defect    `json:"defects"`
	// Uses counts the requests that offered it; of these Accepted and Refused are
	// those whose answer tells.
	Uses     int `json:"uses"`
	Accepted int `json:"accepted"`
	Refused  int `json:"refused"`
}

// A Defect is something in a credential that nobody can have meant to send.
type Defect struct {
	What redact.Text `json:"what"`
	// Part is where it is; Span the bytes of the part, [0,0] where that would tell
	// how long a password is.
	Part redact.Text `json:"part"`
	Span [2]int      `json:"span"`
}

func credentialOf(c diagnose.Card) Credential {
	out := Credential{
		Capture: redact.Name(c.At.Capture), Index: c.At.Index, Place: c.Place, Scheme: c.Scheme, Class: c.Class,
		Length: c.Length, User: c.User, Fingerprint: c.Tag, Trimmed: c.Trimmed, Defects: []Defect{},
		Checksum: c.Checksum, Uses: c.Uses, Accepted: c.Accepted, Refused: c.Refused,
	}
	for _, f := range c.Flaws {
		out.Defects = append(out.Defects, Defect(f))
	}
	return out
}

// Bytes names the range of a defect, or is empty.
func (d Defect) Bytes() string {
	if d.Span == [2]int{} {
		return ""
	}
	return fmt.Sprintf("bytes %d-%d", d.Span[0], d.Span[1])
}
