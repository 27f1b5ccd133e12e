package rule

import (
	"net/http"
	"strings"
	"time"

	"github.com/why401/why401/internal/credential"
	"github.com/why401/why401/internal/exchange"
	"github.com/why401/why401/internal/redact"
	"github.com/why401/why401/internal/target"
)

// A Subject is an exchange with the facts that rules ask for, worked out once.
// It dies with the exchange, unless a [Session] keeps it.
type Subject struct {
	*exchange.Exchange
	Target target.Target

	// Offers is everything the request offers to prove who sends it.
	Offers credential.All
	// Authorization is the first Authorization credential; nil if there is none.
	Authorization *credential.Credential

	Traits Trait

	// Order counts the exchanges of a run, over all captures.
	Order int

	// Reasons are the values of X-Seraph-LoginReason.
	Reasons Reasons
	// User is the account that the answer says it is for; "" if it says none.
	// It is an account name: show it through redact.User only.
	User string
	// Anonymous is set if the answer says that it is for nobody.
	Anonymous bool

	// OAuth is what a call of the OAuth 2.0 dance says; nil for any other.
	OAuth *OAuthCall

	// What is worked out when the first rule asks for it.
	lower string // start of the response body in lower case
	pair  *credential.BasicPair
	time  time.Time
	shown redact.Text // the URL of the request
	asked asked

	brief bool
}

// Brief has the methods that make evidence about s leave out what it says, or
// again tell it. It saves most of the work of a rule whose finding is one of many
// that say the same, of which the evidence of the first ones is shown.
func (s *Subject) Brief(on bool) { s.brief = on }

// asked tells which of the facts that are worked out late are there.
type asked uint8

const (
	askedPair asked = 1 << iota
	askedTime
	askedShown
	askedMatter
	anotherMatter // what the answer to askedMatter was
)

// Prepare works out the facts about x that take longest and depend on its
// request and response alone, and leaves them in x.Facts for [NewSubject].
// Readers call it on all processors, before the exchange is complete.
func Prepare(x *exchange.Exchange) {
	x.Facts = &Subject{Exchange: x, Target: target.Of(x), Offers: credential.Of(&x.Request)}
}

// NewSubject works out the facts about x. Memory says what the user and other
// exchanges told about its host; it may be nil.
func NewSubject(x *exchange.Exchange, m *target.Memory) *Subject {
	if x.Facts == nil {
		Prepare(x)
	}
	s := x.Facts.(*Subject)
	x.Facts = nil                               // another subject of the same exchange is not this one
	if s.Target.Scheme == "" && x.Conn != nil { // which was not known then
		s.Target = target.Of(x)
	}
	if m != nil {
		m.Learn(s.Target)
		s.Target = m.Recall(s.Target)
	}
	if list := s.Offers.Authorization(); len(list) > 0 {
		s.Authorization = &list[0]
	}
	s.offered()
	s.answered()
	s.oauth()
	return s
}

// With returns a copy of s about x, an exchange that differs from its own only
// in what was left out of it.
func (s *Subject) With(x *exchange.Exchange) *Subject {
	c := *s
	c.Exchange, c.lower = x, ""
	c.asked &^= askedMatter | anotherMatter
	return &c
}

// offered sets the traits that tell what the request offers.
func (s *Subject) offered() {
	if c := s.Authorization; c != nil {
		s.Traits |= HasAuthorization | OffersAny
		switch c.Scheme {
		case credential.Basic:
			s.Traits |= OffersBasic
		case credential.Bearer:
			s.Traits |= OffersBearer
		default:
			s.Traits |= OffersOther
		}
	}
	if len(s.Offers.In(credential.InCookie)) > 0 {
		s.Traits |= OffersCookie | OffersAny
	}
	if len(s.Offers.List()) > 0 {
		s.Traits |= OffersAny
	}
}

// Has reports whether s has all traits of t.
func (s *Subject) Has(t Trait) bool { return s.Traits&t == t }

// HasOne reports whether s has one of the traits of t.
func (s *Subject) HasOne(t Trait) bool { return s.Traits&t != 0 }

// Is reports whether the request is for one of the products.
func (s *Subject) Is(products target.Set) bool { return products.Has(s.Target.Product) }

// Basic returns the Basic pair of the Authorization field, or nil.
func (s *Subject) Basic() *credential.BasicPair {
	if s.Authorization == nil {
		return nil
	}
	return s.Authorization.Basic
}

// Partial reports whether only parts of c are known: its field has a variable of
// a shell in it, say. Then [exchange.Unknown] stands in it.
func (s *Subject) Partial(c *credential.Credential) bool {
	return c != nil && c.Field >= 0 && c.Field < len(s.Request.Header) && s.Request.Header[c.Field].Partial
}

// Status returns the response status; 0: none.
func (s *Subject) Status() int {
	if s.Response == nil {
		return 0
	}
	return s.Response.Status
}

// Answer returns the value of a response field; "" if there is none.
func (s *Subject) Answer(name string) string {
	if s.Response == nil {
		return ""
	}
	return s.Response.Header.Value(name)
}

// Sent returns the value of a request field; "" if there is none.
func (s *Subject) Sent(name string) string { return s.Request.Header.Value(name) }

// maxSaid is how much of a body that is no HTML page is searched for what the
// server says: such error messages are short. Pages begin with long heads, so
// all that is kept of them is searched.
const maxSaid = 8 << 10

// Says reports whether the start of the response body holds text, in any case.
// The text must be in lower case.
func (s *Subject) Says(text string) bool {
	if s.lower == "" {
		if !s.Has(HasBody) {
			return false
		}
		head := s.Response.Body.Head
		if len(head) > maxSaid && !s.HTML() {
			head = head[:maxSaid]
		}
		s.lower = strings.ToLower(string(head))
	}
	return strings.Contains(s.lower, text)
}

// SaysOne is [Subject.Says] for one of several texts; it returns the first that
// is there.
func (s *Subject) SaysOne(texts ...string) (string, bool) {
	for _, t := range texts {
		if s.Says(t) {
			return t, true
		}
	}
	return "", false
}

// HTML reports whether the response is an HTML page.
func (s *Subject) HTML() bool {
	return strings.HasPrefix(strings.ToLower(strings.TrimSpace(s.Answer("Content-Type"))), "text/html")
}

// Shown is the URL of the request, fit to be shown.
func (s *Subject) Shown() redact.Text {
	if s.asked&askedShown == 0 {
		s.Show(redact.URL(s.Request.URL))
	}
	return s.shown
}

// Show tells s what [redact.URL] makes of its URL, to somebody who knows it.
func (s *Subject) Show(url redact.Text) { s.shown, s.asked = url, s.asked|askedShown }

// Time is the time of the exchange as the server tells it (RFC 9110, section
// 6.6.1), or the capture if the server does not; zero: unknown.
func (s *Subject) Time() time.Time {
	if s.asked&askedTime == 0 {
		s.time, s.asked = s.timeOf(), s.asked|askedTime
	}
	return s.time
}

func (s *Subject) timeOf() time.Time {
	if d := s.Answer("Date"); d != "" {
		// The first is what servers send, and needs no look-up of the zone.
		for _, layout := range [...]string{http.TimeFormat, time.RFC1123} {
			if t, err := time.Parse(layout, d); err == nil {
				return t
			}
		}
	}
	return s.Start
}

// Agent is the User-Agent of the request in lower case.
func (s *Subject) Agent() string { return strings.ToLower(s.Sent("User-Agent")) }

// Browser reports whether the User-Agent is that of a browser.
func (s *Subject) Browser() bool { return strings.HasPrefix(s.Agent(), "mozilla/") }

// PathHas reports whether the path of the URL holds part, in any case. The
// part must be in lower case.
func (s *Subject) PathHas(part string) bool {
	return strings.Contains(strings.ToLower(s.Target.Path), part)
}
