package compare

import (
	"slices"
	"strings"

	"github.com/why401/why401/internal/credential"
	"github.com/why401/why401/internal/exchange"
	"github.com/why401/why401/internal/redact"
	"github.com/why401/why401/internal/rule"
)

var none = redact.Const("none")

// rows returns the properties that matter for a login, in the order in which a
// request goes wrong: address, credential, cookies, client, connection, answer.
func rows(g, b *rule.Subject) []Row {
	var out []Row
	add := func(what redact.Text, good, bad redact.Text, same bool, layers ...rule.Layer) {
		out = append(out, Row{What: what, Good: good, Bad: bad, Same: same, layers: layers})
	}
	both := func(what redact.Text, of func(*rule.Subject) redact.Text, layers ...rule.Layer) {
		x, y := of(g), of(b)
		add(what, x, y, x == y, layers...)
	}
	both(redact.Const("method"), func(s *rule.Subject) redact.Text { return redact.Method(s.Request.Method) }, rule.LayerURL, rule.LayerPermission)
	both(redact.Const("product"), func(s *rule.Subject) redact.Text { return redact.Label(s.Target.Product.String()) }, rule.LayerURL, rule.LayerKind)
	both(redact.Const("address"), func(s *rule.Subject) redact.Text { return redact.URL(s.Target.Base()) }, rule.LayerDNS, rule.LayerURL, rule.LayerFront)
	both(redact.Const("path"), func(s *rule.Subject) redact.Text { return redact.Path(s.Target.Resource) }, rule.LayerURL, rule.LayerPermission)
	credentialRows(g, b, add, both, func() { out[len(out)-1].Key = true })
	both(redact.Const("session cookies"), cookies, rule.LayerLock, rule.LayerAbsent)
	for _, name := range []string{"X-Atlassian-Token", "Origin", "Content-Type"} {
		both(redact.Sprintf("header %s", redact.HeaderName(name)), func(s *rule.Subject) redact.Text { return sent(s, name) }, rule.LayerPermission)
	}
	both(redact.Const("client"), client, rule.LayerLock, rule.LayerFront, rule.LayerPermission)
	both(redact.Const("headers only here"), func(s *rule.Subject) redact.Text { return extra(s, other(s, g, b)) })
	both(redact.Const("TLS"), tlsVersion, rule.LayerTLS)
	both(redact.Const("answer"), answer)
	both(redact.Const("login reason"), func(s *rule.Subject) redact.Text {
		if v := s.Answer("X-Seraph-LoginReason"); v != "" {
			return redact.HeaderValue("X-Seraph-LoginReason", v)
		}
		return none
	})
	return out
}

func other(s, g, b *rule.Subject) *rule.Subject {
	if s == g {
		return b
	}
	return g
}

// credentialRows compares what the requests offer. The tags show equality and
// nothing else: as sent, and without blanks, line breaks, quotes and encoding.
func credentialRows(
	g, b *rule.Subject,
	add func(what redact.Text, good, bad redact.Text, same bool, layers ...rule.Layer),
	both func(what redact.Text, of func(*rule.Subject) redact.Text, layers ...rule.Layer),
	key func(),
) {
	both(redact.Const("credential"), place, rule.LayerAbsent)
	both(redact.Const("scheme"), scheme, rule.LayerSyntax, rule.LayerKind)
	both(redact.Const("kind of secret"), kind, rule.LayerKind)
	cg, cb := g.Offers.Main(), b.Offers.Main()
	if cg == nil && cb == nil {
		return
	}
	exact := func(c *credential.Credential) string { return c.Raw }
	meant := (*credential.Credential).Normalized
	user := func(c *credential.Credential) string {
		if c.Basic == nil {
			return ""
		}
		return strings.TrimSpace(c.Basic.User)
	}
	tag := func(what redact.Text, of func(*credential.Credential) string, show func(string) redact.Text, layers ...rule.Layer) {
		x, y := "", ""
		if cg != nil {
			x = of(cg)
		}
		if cb != nil {
			y = of(cb)
		}
		if x == "" && y == "" {
			return
		}
		add(what, shownAs(g, x, show), shownAs(b, y, show), x == y, layers...)
	}
	tag(redact.Const("credential as sent"), exact, redact.Secret, rule.LayerEncoding, rule.LayerSyntax, rule.LayerRefused)
	key()
	tag(redact.Const("credential as meant"), meant, redact.Secret, rule.LayerRefused)
	key()
	tag(redact.Const("token or password"), (*credential.Credential).Secret, redact.Secret, rule.LayerRefused)
	layers := []rule.Layer{rule.LayerPermission, rule.LayerRefused}
	if cg != nil && cb != nil && cg.Scheme == cb.Scheme {
		// With another scheme that there is no user says nothing by itself.
		layers = append(layers, rule.LayerKind)
	}
	tag(redact.Const("user"), user, redact.User, layers...)
}

// shownAs shows a part of a credential, or that the capture hides it.
func shownAs(s *rule.Subject, part string, show func(string) redact.Text) redact.Text {
	switch {
	case part != "":
		return show(part)
	case hidden(s):
		return redact.Const("not shown by the capture")
	}
	return none
}

func place(s *rule.Subject) redact.Text {
	if c := s.Offers.Main(); c != nil {
		return rule.CredentialPlace(c)
	}
	switch s.Sees(exchange.Credentials) {
	case exchange.Shown:
		return none
	default:
		return redact.Const("not shown by the capture")
	}
}

func scheme(s *rule.Subject) redact.Text {
	c := s.Authorization
	switch {
	case c == nil && hidden(s):
		return redact.Const("not shown by the capture")
	case c == nil:
		return none
	case c.Word == "":
		return redact.Const("no scheme word")
	}
	return redact.OneOf(c.Word, "Basic", "Bearer", "JWT", "OAuth", "Negotiate", "NTLM", "Digest", "GenieKey")
}

func kind(s *rule.Subject) redact.Text {
	c := s.Offers.Main()
	switch {
	case c == nil && hidden(s):
		return redact.Const("not shown by the capture")
	case c == nil:
		return none
	}
	return rule.ClassName(c.Class)
}

func cookies(s *rule.Subject) redact.Text {
	var out []redact.Text
	for _, c := range s.Offers.In(credential.InCookie) {
		out = append(out, redact.Sprintf("%s %s", redact.HeaderName(c.Name), redact.Secret(c.Raw)))
	}
	if out == nil {
		if s.Sees(exchange.Cookies) != exchange.Shown {
			return redact.Const("not shown by the capture")
		}
		return none
	}
	return redact.Join(", ", out...)
}

func sent(s *rule.Subject, name string) redact.Text {
	v, ok := s.Request.Header.Get(name)
	if !ok {
		return none
	}
	return redact.HeaderValue(name, v)
}

// client shows the product part of a User-Agent (RFC 9110, section 10.1.5):
// what follows is longer than useful.
func client(s *rule.Subject) redact.Text {
	v := s.Sent("User-Agent")
	if v == "" {
		return none
	}
	v, _, _ = strings.Cut(v, " ")
	return redact.Label(v)
}

// extra names the headers that s has and o has not.
func extra(s, o *rule.Subject) redact.Text {
	var names []string
	for _, f := range s.Request.Header {
		if !strings.HasPrefix(f.Name, ":") && !o.Request.Header.Has(f.Name) {
			names = append(names, strings.ToLower(f.Name))
		}
	}
	slices.Sort(names)
	var out []redact.Text
	for _, n := range slices.Compact(names) {
		out = append(out, redact.HeaderName(n))
	}
	if len(out) > 12 {
		out = append(out[:12], redact.Const("..."))
	}
	if out == nil {
		return none
	}
	return redact.Join(", ", out...)
}

func tlsVersion(s *rule.Subject) redact.Text {
	if s.Conn == nil || s.Conn.TLS == nil || s.Conn.TLS.Version == "" {
		return redact.Const("not shown by the capture")
	}
	return redact.Label(s.Conn.TLS.Version)
}

func answer(s *rule.Subject) redact.Text {
	switch {
	case s.Status() == 0:
		return redact.Const("no response")
	case s.Has(rule.Recognized):
		return redact.Sprintf("%s, logged in", redact.Int(s.Status()))
	case s.Anonymous:
		return redact.Sprintf("%s, anonymous", redact.Int(s.Status()))
	}
	return redact.Int(s.Status())
}
