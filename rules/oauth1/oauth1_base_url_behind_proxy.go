package oauth1

import (
	"net/url"
	"strings"

	"github.com/why401/why401/internal/exchange"
	"github.com/why401/why401/internal/redact"
	"github.com/why401/why401/internal/rule"
	"github.com/why401/why401/internal/target"
)

var _ = Set.Add(&rule.Rule{
	ID:    "oauth1-base-url-behind-proxy",
	Title: "The server checks the signature for another URL",
	Doc: `The URL that was asked is part of what OAuth 1.0a signs. A server behind a proxy sees another one, such as http and
port 8080 in place of https, unless the proxy passes the Host header on and the connector of the product (server.xml:
scheme, proxyName, proxyPort, secure) and its base URL say what the clients use. Then no signature is ever right.

It is recognised by ` + "`oauth_problem=signature_invalid`" + ` together with the base string that the server sends along: if
scheme, host or port in it are not those of the request, or not those that the proxy says were asked
(X-Forwarded-Proto, X-Forwarded-Host), it is proven. If only the realm of the challenge, which is the base URL,
differs, it is likely. Default ports do not count.`,
	Area: rule.OAuth1, Severity: rule.Error, Layer: rule.LayerFront,
	Products: target.DataCenter,
	When:     rule.Answered,
	Needs:    exchange.Credentials,
	Explains: rule.Explaining([]string{"oauth1-signature-invalid"}, rule.AnonymousEffects),
	Fix: []rule.Fix{{
		Who: rule.Admin,
		Do:  redact.Const("Make the base URL of the product, the connector in server.xml (scheme, proxyName, proxyPort, secure) and the Host header that the proxy sends agree with the URL that clients use"),
	}},
	References: []rule.Reference{
		troubleshooting,
		{Title: "RFC 5849, section 3.4.1.2", URL: "https://www.rfc-editor.org/rfc/rfc5849#section-3.4.1.2"},
	},
	Since: "0.1",
	Each: func(p *rule.Pass, s *rule.Subject) {
		if code, _ := s.OAuth1Problem(); code != "signature_invalid" {
			return
		}
		asked := origin{s.Target.Scheme, s.Target.Host, s.Target.Port}
		if v := firstOf(s.Sent("X-Forwarded-Proto")); v == "http" || v == "https" {
			if asked.scheme != v {
				asked.scheme, asked.port = v, 0
			}
		}
		if v := firstOf(s.Sent("X-Forwarded-Host")); v != "" {
			u := target.ParseURL(asked.scheme + "://" + v)
			asked.host, asked.port = u.Host, u.Port
		}
		want := asked.text()
		if base, ok := baseString(s); ok {
			if base != asked.norm() {
				p.Proven(s, redact.Const("The server checked the signature for another URL than the one that the client asked and signed: scheme, host or port differ."),
					s.Part(redact.Const("answer, oauth_signature_base_string"), base.text(), want), s.Address(redact.Text{}))
			}
			return
		}
		if base, ok := realm(s); ok && base != asked.norm() {
			p.Likely(s, redact.Const("The server calls itself by another URL than the one that the client asked and signed, and finds the signature wrong."),
				s.Part(redact.Const("response header WWW-Authenticate, realm"), base.text(), want), s.Address(redact.Text{}))
		}
	},
})

// An origin is scheme, host and port of an address.
type origin struct {
	scheme, host string
	port         int // 0: that of the scheme
}

// norm drops a port that the scheme implies.
func (o origin) norm() origin {
	if o.scheme == "https" && o.port == 443 || o.scheme == "http" && o.port == 80 {
		o.port = 0
	}
	return o
}

func (o origin) text() redact.Text {
	u := redact.Sprintf("%s://%s", redact.OneOf(o.scheme, "http", "https"), redact.Host(o.host))
	if o = o.norm(); o.port != 0 {
		u = redact.Sprintf("%s:%s", u, redact.Int(o.port))
	}
	return u
}

func originOf(address string) (origin, bool) {
	u := target.ParseURL(address)
	o := origin{u.Scheme, u.Host, u.Port}.norm()
	return o, (u.Scheme == "http" || u.Scheme == "https") && u.Host != "" && u.Flaws == 0
}

// baseString reads the address out of METHOD&address&parameters, the second part
// being percent-encoded.
func baseString(s *rule.Subject) (origin, bool) {
	parts := strings.Split(s.OAuth1Echo("oauth_signature_base_string"), "&")
	if len(parts) < 2 {
		return origin{}, false
	}
	address, err := url.QueryUnescape(parts[1])
	if err != nil {
		return origin{}, false
	}
	return originOf(address)
}

// realm reads the base URL of the product out of the challenge.
func realm(s *rule.Subject) (origin, bool) {
	v := s.Answer("WWW-Authenticate")
	if len(v) < 6 || !strings.EqualFold(v[:6], "OAuth ") {
		return origin{}, false
	}
	return originOf(rule.OAuth1Member(v, "realm"))
}

// firstOf returns the first of the values of a list that proxies make.
func firstOf(list string) string {
	v, _, _ := strings.Cut(list, ",")
	return strings.ToLower(strings.TrimSpace(v))
}
