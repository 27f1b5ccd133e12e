package rule

import (
	"encoding/base64"
	"errors"
	"slices"
	"strings"

	"github.com/why401/why401/internal/credential"
	"github.com/why401/why401/internal/exchange"
	"github.com/why401/why401/internal/redact"
)

// A Repair is what has to be changed in the header of one request so that it is
// what its sender meant. It holds the credential of the request, so it must never
// reach a person; Did may.
type Repair struct {
	// Did says what was changed, so that "the same request with " can stand
	// before it: "the line break at the end removed".
	Did   redact.Text
	Edits []Edit
}

// An Edit changes one header field line.
type Edit struct {
	Field int    // index in the header of the request
	Name  string // the new name; "": as it is
	Value string // the new value
	Drop  bool   // the line is left out
}

// maxEdits bounds the edits of one repair, maxRepaired the length of a value: a
// server takes no longer ones.
const (
	maxEdits    = 4
	maxRepaired = 8 << 10
)

// Check reports what is wrong with r as a change of h: a field that is not there
// or is changed twice, a name that is no token, a value that would not stay in
// its line, or nothing that changes at all.
func (r Repair) Check(h exchange.Header) error {
	if len(r.Edits) == 0 || len(r.Edits) > maxEdits {
		return errors.New("a repair has one to four edits")
	}
	if r.Did.IsZero() {
		return errors.New("a repair says what it did")
	}
	changes := false
	for i, e := range r.Edits {
		if e.Field < 0 || e.Field >= len(h) {
			return errors.New("an edit of a field that is not there")
		}
		if slices.ContainsFunc(r.Edits[:i], func(o Edit) bool { return o.Field == e.Field }) {
			return errors.New("two edits of one field")
		}
		if !e.Drop && (!sound(e.Value) || strings.ContainsAny(e.Name, " \t\r\n:")) {
			return errors.New("an edit that would not stay in its line")
		}
		changes = changes || e.Drop || e.Value != h[e.Field].Value || e.Name != "" && e.Name != h[e.Field].Name
	}
	if !changes {
		return errors.New("a repair that changes nothing")
	}
	return nil
}

// sound reports whether v can be the value of an Authorization field: visible
// ASCII, blanks only between other characters.
func sound(v string) bool {
	if v == "" || len(v) > maxRepaired || strings.TrimSpace(v) != v {
		return false
	}
	for i := range len(v) {
		if v[i] < ' ' || v[i] > '~' {
			return false
		}
	}
	return true
}

// Authorize makes the repair that gives the one Authorization field of the
// request another value. It is false where there is not exactly one, where the
// capture and not the sender changed it, or where value is no value for it.
func (s *Subject) Authorize(value string, did redact.Text) (Repair, bool) {
	c := s.Authorization
	if c == nil || c.Masked || c.Cut || c.Field < 0 || len(s.Offers.Authorization()) != 1 || s.Request.Header[c.Field].Joined {
		return Repair{}, false
	}
	r := Repair{Did: did, Edits: []Edit{{Field: c.Field, Value: value}}}
	return r, r.Check(s.Request.Header) == nil
}

// AuthorizePair is [Subject.Authorize] with the Basic value of a pair (RFC 7617,
// section 2). It is false where pair lacks a half.
func (s *Subject) AuthorizePair(pair string, did redact.Text) (Repair, bool) {
	user, secret, ok := strings.Cut(pair, ":")
	if !ok || user == "" || secret == "" {
		return Repair{}, false
	}
	return s.Authorize("Basic "+base64.StdEncoding.EncodeToString([]byte(pair)), did)
}

// WithoutFlaws returns text without the flaws of the given kinds, which are
// flaws of it.
func WithoutFlaws(text string, flaws []credential.Flaw, kinds ...credential.FlawKind) string {
	var b strings.Builder
	at := 0
	for _, f := range flaws {
		if f.At >= at && f.End <= len(text) && slices.Contains(kinds, f.Kind) {
			b.WriteString(text[at:f.At])
			at = f.End
		}
	}
	b.WriteString(text[at:])
	return b.String()
}

// A Try is what came of a request that was sent again with a [Repair].
type Try struct {
	At  exchange.Locator // the request of the client
	Did redact.Text      // see [Repair.Did]
	// Status is that of the answer; 0: none came.
	Status int
	// Accepted is set if the server took the repaired request.
	Accepted bool
	// Given is set if the client got that answer in place of its own.
	Given bool
}

// TookIt reports whether an answer accepts the request: it is a success that is
// not one in name only, or it shows that the login was accepted whatever it says
// about the rest.
func (s *Subject) TookIt() bool {
	return s.Has(Recognized) || s.Has(Is2xx) && !s.HasOne(Failing|Troubled)
}
