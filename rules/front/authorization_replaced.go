package front

import (
	"github.com/why401/why401/internal/credential"
	"github.com/why401/why401/internal/exchange"
	"github.com/why401/why401/internal/redact"
	"github.com/why401/why401/internal/rule"
	"github.com/why401/why401/internal/target"
)

var _ = Set.Add(&rule.Rule{
	ID:    "authorization-replaced",
	Title: "A proxy on the way removes or replaces Authorization",
	Doc: `Between client and product stands a proxy that does not hand the Authorization header on as it is: it drops it, puts a
token of its own in its place, or makes up a user name and password from a Kerberos login. The product then judges
something else than what the caller sent.

Proof is the user name and password ` + "`NAME@REALM:bogus`" + ` in a capture from the side of the product: the
Kerberos module of nginx makes them up for the server behind it. It is likely where a JSON Web Token stands in
Authorization of a refused request to Data Center (self-hosted), while a personal access token travels in another
header; and where a whole user name and password were sent as Basic, and the product answers with success for
` + "`anonymous`" + ` and without ` + "`X-Seraph-LoginReason`" + `, which it writes whenever it sees such a login.
With a refusal in place of the success it is only possible, because an SSO plug-in leaves the header out as well.

That the header was there on one side and gone on the other is certain only if both sides were recorded: compare the
two captures (` + "`why401 compare`" + `). A value that does not decode to user name, colon and password is ignored by
the product itself, and belongs to the rules about syntax and encoding.`,
	Area: rule.RedirectAndFront, Severity: rule.Error,
	Products: behind,
	When:     rule.HasAuthorization | rule.Failing | rule.Answered,
	Needs:    exchange.Credentials,
	Explains: rule.Explaining(
		[]string{"dc-token-refused", "dc-credential-refused", "basic-newline", "email-instead-of-username", "no-credentials-sent", "retrying-refused-credential"},
		rule.AnonymousEffects),
	Fix: []rule.Fix{{
		Who: rule.Network,
		Do:  redact.Const("Let the proxy hand Authorization on unchanged (nginx: proxy_set_header Authorization $http_authorization;), or turn its own token into one of the product. A Kerberos module must not add a made-up user name and password"),
	}},
	Confirm: &rule.Confirm{
		Do: redact.Const("Record the same request on both sides of the proxy and compare the Authorization headers, or ask the product directly, past the proxy."),
		Outcomes: []rule.Outcome{
			{Seen: redact.Const("past the proxy it works: the proxy changes the header")},
			{Seen: redact.Const("past the proxy it fails in the same way: look at the credential"), Means: "dc-credential-refused"},
		},
	},
	References: []rule.Reference{
		{Title: "ngx_http_proxy_module, proxy_set_header", URL: "https://nginx.org/en/docs/http/ngx_http_proxy_module.html#proxy_set_header"},
		{Title: "sooperset/mcp-atlassian#1451", URL: "https://github.com/sooperset/mcp-atlassian/issues/1451"},
		{Title: "stnoonan/spnego-http-auth-nginx-module#25", URL: "https://github.com/stnoonan/spnego-http-auth-nginx-module/issues/25"},
	},
	Since:    "0.1",
	Formerly: []string{"reverse-proxy-strips-authorization"},
	Each: func(p *rule.Pass, s *rule.Subject) {
		c := s.Authorization
		switch {
		case c.Masked:
		case madeUp(s):
			p.Proven(s, redact.Const("The user name and password are made up by the Kerberos module of a proxy. The product has no such password."),
				s.Decoded([2]int{}, redact.Const("a name with a realm, and the word that stands for no password"), redact.Const("the credential of the caller, or none")))
		case s.Has(rule.OffersBearer) && !s.Has(rule.Recognized) && c.JWT() != nil && c.JWT().Malformed == "":
			if name := otherToken(s); name != "" {
				p.Likely(s, redact.Const("A JSON Web Token of another issuer stands in Authorization, and a personal access token travels in another header, where the product does not look."),
					s.Auth([2]int{}, redact.Const("a JSON Web Token"), redact.Const("the personal access token")),
					s.Part(redact.Sprintf("request header %s", redact.HeaderName(name)), redact.Const("a personal access token"), redact.Const("none")))
			}
		case s.Has(rule.OffersBasic) && unseen(s):
			e := []rule.Evidence{
				s.Auth([2]int{}, redact.Const("user name and password as Basic"), redact.Text{}),
				s.AnswerField("X-AUSERNAME", redact.Const("the user of that login")),
				s.AnswerField("X-Seraph-LoginReason", redact.Const("OK or AUTHENTICATED_FAILED")),
			}
			if s.Has(rule.Is2xx) {
				p.Likely(s, redact.Const("The product answers as to an anonymous caller and does not say what became of the login, so it seems not to have seen the user name and password that were sent."), e...)
				return
			}
			p.Possible(s, redact.Const("The product refuses the request as that of an anonymous caller and does not say what became of the login. Something on the way may have taken user name and password out."), e...)
		}
	},
})

// madeUp reports whether the Basic pair is NAME@REALM:bogus.
func madeUp(s *rule.Subject) bool {
	b := s.Basic()
	if b == nil || !b.HasColon || b.Password != "bogus" {
		return false
	}
	for i := range b.User {
		if b.User[i] == '@' && i > 0 {
			return true
		}
	}
	return false
}

// otherToken returns the name of a request field other than Authorization that
// holds a personal access token; "" if there is none.
func otherToken(s *rule.Subject) string {
	for i := range s.Request.Header {
		f := &s.Request.Header[i]
		if len(f.Name) == len("Authorization") || len(f.Value) < len("BBDC-") {
			continue
		}
		switch credential.ClassOf(f.Value) {
		case credential.PAT, credential.BitbucketPAT:
			return f.Name
		}
	}
	return ""
}

// unseen reports whether the answer is that of Jira or Confluence to nobody,
// although a whole pair was sent.
func unseen(s *rule.Subject) bool {
	b := s.TextPair()
	return b != nil && b.HasColon && b.User != "" && b.Password != "" && b.Encoding == credential.Strict &&
		s.Is(target.SetOf(target.JiraDC, target.ConfluenceDC)) && s.Target.API == target.REST &&
		s.Anonymous && s.Reasons == 0 && s.HasOne(rule.Is2xx|rule.Is401) && !s.AsksOwnBasic()
}
