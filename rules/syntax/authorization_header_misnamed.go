package syntax

import (
	"strings"

	"github.com/why401/why401/internal/credential"
	"github.com/why401/why401/internal/exchange"
	"github.com/why401/why401/internal/redact"
	"github.com/why401/why401/internal/rule"
)

var _ = Set.Add(&rule.Rule{
	ID:    "authorization-header-misnamed",
	Title: "The credential is in a header the product does not read",
	Doc: `The credential travels in a header that the product does not look at: Authorization misspelt or with a
space, quote or colon in its name, a header that other products use (X-Auth-Token, PRIVATE-TOKEN,
X-Api-Key), or Proxy-Authorization, which is for the proxy. The call counts as anonymous.

A misspelt name without an Authorization header beside it is proof. The headers of other products, and
X-Authorization, which some gateways translate, are likely the cause where the request fails.
Proxy-Authorization counts on a request to the server itself: within TLS no proxy reads it, and over
plain HTTP only a token of Atlassian's shows that it was not meant for one. Nothing is reported where
the capture does not certainly show the Authorization header.`,
	Area: rule.HeaderSyntax, Severity: rule.Error,
	Needs:    exchange.Credentials,
	Explains: rule.Explaining(rule.AnonymousEffects, []string{"no-credentials-sent"}),
	Fix: []rule.Fix{{
		Who:        rule.Caller,
		Do:         redact.Const("Send the credential in the header Authorization, spelt exactly so"),
		Command:    redact.Const(`curl -u "$EMAIL:$T" "URL"   # Basic; for a bearer token: -H "Authorization: Bearer $T"`),
		PowerShell: redact.Const(`Invoke-RestMethod -Headers @{Authorization="Bearer $t"} -Uri "URL"`),
	}},
	Repair: repairName,
	References: []rule.Reference{
		{Title: "RFC 9110, section 11.6.2", URL: "https://www.rfc-editor.org/rfc/rfc9110#section-11.6.2"},
		{Title: "RFC 9110, section 11.7", URL: "https://www.rfc-editor.org/rfc/rfc9110#section-11.7"},
		{Title: "RFC 9112, section 5.1", URL: "https://www.rfc-editor.org/rfc/rfc9112#section-5.1"},
		{Title: "monitorjbl/stash-token-auth#11", URL: "https://github.com/monitorjbl/stash-token-auth/issues/11"},
	},
	Since:    "0.1",
	Formerly: []string{"auth-header-misnamed", "auth-proxy-authorization-confusion"},
	Each: func(p *rule.Pass, s *rule.Subject) {
		if s.Authorization != nil {
			return
		}
		if list := s.Offers.In(credential.InMisnamedField); len(list) > 0 {
			c := &list[0]
			f := rule.Finding{
				Certainty: rule.Proven, Rests: exchange.Credentials,
				Message:  redact.Const("The name of the header is a misspelt Authorization, which the server does not read."),
				Evidence: []rule.Evidence{s.CredentialPart(c, [2]int{}, redact.Const("a credential"), redact.Const("the same in a header called Authorization"))},
			}
			if !slip(c.Name) {
				if !s.Has(rule.Failing) || c.Class == credential.Empty {
					return
				}
				f.Certainty = rule.Likely
				f.Message = redact.Const("The credential is in a header of another product. This one reads only Authorization.")
			}
			p.Report(s, f)
			return
		}
		list := s.Offers.In(credential.InProxyAuthorization)
		if len(list) == 0 || !s.Has(rule.Failing) || s.Status() == 407 || s.Request.Method == "CONNECT" {
			return
		}
		c := &list[0]
		if s.Target.Scheme != "https" && !atlassian(c.Class) {
			return
		}
		p.Report(s, rule.Finding{
			Certainty: rule.Likely, Rests: exchange.Credentials,
			Message:  redact.Const("The credential is in Proxy-Authorization, which is for a proxy. The product does not read it."),
			Evidence: []rule.Evidence{s.CredentialPart(c, [2]int{}, redact.Const("a credential"), redact.Const("the same in a header called Authorization"))},
		})
	},
})

// slip reports whether name was meant to be Authorization: with a blank, quote
// or colon in it, or misspelt. X-Authorization is a name of its own, which
// gateways know.
func slip(name string) bool {
	bare := strings.ToLower(strings.Trim(name, " \t\"':"))
	return strings.HasPrefix(bare, "aut") && !strings.Contains(bare, "-")
}

// atlassian reports whether a token of class k can be for nobody but Atlassian.
func atlassian(k credential.Class) bool {
	switch k {
	case credential.APIToken, credential.OrgKey, credential.ServiceToken, credential.AppPassword, credential.PAT,
		credential.BitbucketPAT, credential.AlignToken, credential.OtherToken:
		return true
	}
	return false
}
