// Package edge holds the rules about the edge of Atlassian's cloud, proxies, firewalls and the network.
package edge

import (
	"strings"

	"github.com/why401/why401/internal/exchange"
	"github.com/why401/why401/internal/redact"
	"github.com/why401/why401/internal/rule"
	"github.com/why401/why401/internal/target"
)

// Set is the rules of this area.
var Set rule.Set

// behind is the products that customers run themselves, mostly behind a server
// or firewall of their own.
const behind = target.DataCenter | 1<<target.Crowd

// untested is what follows where something refused the request before the
// product saw it: its credential was not tested by anybody.
var untested = rule.Explaining([]string{
	"response-not-from-product", "dc-login-denied", "dc-credential-refused", "dc-token-refused", "cloud-credential-refused",
	"no-credentials-sent", "no-preemptive-auth", "permission-missing", "sso-or-2sv-enforced",
}, rule.AnonymousEffects)

// A mark is a sign by which a box on the way is known.
type mark struct {
	name      redact.Text // of the box
	server    string      // start of the Server field, lower case; "" any
	field     string      // name of an answer field that must be there; "" none
	body      redact.Text // text of the page, lower case; zero: none
	more      string      // a further text of the page
	certainty rule.Certainty
}

// seen reports whether the answer bears the mark, and what shows it.
func (m *mark) seen(s *rule.Subject) ([]rule.Evidence, bool) {
	var e []rule.Evidence
	if m.server != "" {
		if !startsFold(s.Answer("Server"), m.server) {
			return nil, false
		}
		e = append(e, s.AnswerField("Server", redact.Text{}))
	}
	if m.field != "" {
		if !s.Response.Header.Has(m.field) {
			return nil, false
		}
		e = append(e, s.AnswerField(m.field, redact.Const("none")))
	}
	if !m.body.IsZero() {
		if !s.Says(m.body.String()) || m.more != "" && !s.Says(m.more) {
			return nil, false
		}
		e = append(e, s.Body(m.body))
	}
	return e, true
}

// firstMark returns the first of marks that the answer bears.
func firstMark(s *rule.Subject, marks []mark) (*mark, []rule.Evidence) {
	for i := range marks {
		if e, ok := marks[i].seen(s); ok {
			return &marks[i], e
		}
	}
	return nil, nil
}

func startsFold(s, lower string) bool {
	return len(s) >= len(lower) && strings.EqualFold(s[:len(lower)], lower)
}

// fromProduct reports whether the product certainly wrote the answer.
func fromProduct(s *rule.Subject) bool {
	return target.FromProduct(s.Target, s.Response) == target.Yes
}

// refusedByBox reports whether an answer that is not the product's turns the
// request away.
func refusedByBox(s *rule.Subject) bool {
	return s.HasOne(rule.Failing|rule.Troubled) && !s.Has(rule.Recognized) && !fromProduct(s)
}

// broken is evidence of the error that the client met.
func broken(s *rule.Subject, what redact.Text) rule.Evidence {
	return s.Part(redact.Const("error of the client"), what, redact.Const("an answer"))
}

// tcp returns what a packet source knows of the connection; nil: nothing.
func tcp(s *rule.Subject) *exchange.TCP {
	if s.Conn == nil {
		return nil
	}
	return s.Conn.TCP
}
