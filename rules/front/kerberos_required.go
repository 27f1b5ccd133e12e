package front

import (
	"github.com/why401/why401/internal/redact"
	"github.com/why401/why401/internal/rule"
)

var _ = Set.Add(&rule.Rule{
	ID:    "kerberos-required",
	Title: "A server in front of the product takes only Kerberos",
	Doc: `The answer to a request with a user name and password or a token is 401 with ` + "`WWW-Authenticate: Negotiate`" + ` and
no other challenge: the server that answers, mostly one in front of the product, lets in only those who log in by Kerberos
(SPNEGO, perhaps NTLM). The credential of the caller is not even looked at.

It is likely where Negotiate, or Negotiate and NTLM, is all that the server asks for, and the request offers
Basic or Bearer. With OAuth or Basic beside it there is another way in. Negotiate that is followed by success is an
ordinary handshake, and no failure. A 407 is the demand of an outgoing proxy: see proxy-auth-required.`,
	Area: rule.RedirectAndFront, Severity: rule.Error,
	Products: behind,
	When:     rule.Failing | rule.Is401 | rule.HasAuthorization,
	Explains: rule.Explaining([]string{
		"response-not-from-product", "dc-credential-refused", "dc-token-refused", "retrying-refused-credential", "email-instead-of-username",
	}, rule.AnonymousEffects),
	Fix: []rule.Fix{{
		Who:        rule.Caller,
		Do:         redact.Const("Log in with Kerberos, with a ticket of the account"),
		Command:    redact.Const(`kinit USER && curl --negotiate -u : BASE/rest/api/2/myself`),
		PowerShell: redact.Const(`Invoke-RestMethod -UseDefaultCredentials -Uri BASE/rest/api/2/myself`),
	}, {
		Who: rule.Network,
		Do:  redact.Const("Exempt /rest/ from Kerberos on the server in front of the product, so that tokens reach the product"),
	}},
	References: []rule.Reference{
		{Title: "pycontribs/jira#174", URL: "https://github.com/pycontribs/jira/issues/174"},
		{Title: "RFC 4559, section 4", URL: "https://www.rfc-editor.org/rfc/rfc4559#section-4"},
	},
	Since: "0.1",
	Each: func(p *rule.Pass, s *rule.Subject) {
		if s.HasOne(rule.OffersBasic|rule.OffersBearer) && !s.Has(rule.LoginFailed) && onlyNegotiate(s) {
			p.Likely(s, redact.Const("The server asks for a Kerberos login and nothing else, so the credential that was sent is not looked at."),
				s.AnswerField("WWW-Authenticate", redact.Const("a challenge that fits the credential")), s.StatusLine(redact.Const("200")))
		}
	},
})

// onlyNegotiate reports whether Negotiate, with or without NTLM, is all that
// the answer asks for.
func onlyNegotiate(s *rule.Subject) bool {
	negotiate := false
	for _, v := range s.Response.Header.All("WWW-Authenticate") {
		for _, c := range splitChallenges(v) {
			switch schemeWord(c) {
			case "negotiate", "kerberos":
				negotiate = true
			case "ntlm":
			default:
				return false
			}
		}
	}
	return negotiate
}
