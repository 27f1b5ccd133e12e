package rule

import (
	"strings"

	"github.com/why401/why401/internal/exchange"
	"github.com/why401/why401/internal/redact"
	"github.com/why401/why401/internal/target"
)

// Meant reports whether the request was for a product of Atlassian, as far as
// its address tells. It is for requests that never got to a server that could
// show what it is: their host may be misspelt, or only its name may point to a
// product. Atlassian's own web sites, which are full of analytics, do not count.
func (s *Subject) Meant() bool {
	t := &s.Target
	switch {
	case s.Misspelt() != "":
		return true
	case t.Product == target.AtlassianOther:
		return false
	case t.Known():
		return true
	}
	return t.NamedAfter() != target.NoFamily && t.API != target.Static
}

// Misspelt returns the host that was likely meant by one that is almost one of
// Atlassian's; "" if there is none.
func (s *Subject) Misspelt() string {
	return s.Target.Misspelt(s.Failure != nil && s.Failure.Phase == exchange.DNS)
}

// FailedWith returns the first of the codes that the exchange failed with, as
// evidence, and whether there is one. The codes stand without the "net::" of
// Chromium.
func (s *Subject) FailedWith(codes ...redact.Text) (Evidence, bool) {
	if s.Failure == nil || s.Failure.Code == "" {
		return Evidence{}, false
	}
	code := strings.TrimPrefix(s.Failure.Code, "net::")
	for _, c := range codes {
		if c.String() == code {
			return s.Part(redact.Const("error of the client"), c, redact.Const("an answer")), true
		}
	}
	return Evidence{}, false
}

// Lookup returns what packets show of the look-up of the host; nil: nothing.
func (s *Subject) Lookup() *exchange.Lookup {
	if s.Conn == nil {
		return nil
	}
	return s.Conn.Lookup
}

// Handshake returns what packets show of the TLS handshake; nil: nothing.
func (s *Subject) Handshake() *exchange.Handshake {
	if s.Conn == nil {
		return nil
	}
	return s.Conn.Handshake
}

// Alert returns the first fatal alert with one of the codes that the side sent,
// any code if none is given.
func (s *Subject) Alert(from exchange.Side, codes ...uint8) (exchange.Alert, bool) {
	h := s.Handshake()
	if h == nil {
		return exchange.Alert{}, false
	}
	for _, a := range h.Alerts {
		if !a.Fatal || a.From != from {
			continue
		}
		if len(codes) == 0 {
			return a, true
		}
		for _, c := range codes {
			if a.Code == c {
				return a, true
			}
		}
	}
	return exchange.Alert{}, false
}
