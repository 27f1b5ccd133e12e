package syntax

import (
	"strings"

	"github.com/why401/why401/internal/credential"
	"github.com/why401/why401/internal/exchange"
	"github.com/why401/why401/internal/redact"
	"github.com/why401/why401/internal/rule"
	"github.com/why401/why401/internal/target"
)

var _ = Set.Add(&rule.Rule{
	ID:    "auth-scheme-unknown",
	Title: "The word before the credential is not one this server takes",
	Doc: `The word before the credential names the scheme. The products take Basic and Bearer (and
OAuth and JWT from apps); a misspelt word, a colon after it, or the word of another product, such
as Token or ApiKey, is ignored, and the call counts as anonymous.

A word close to a known one, or a known one with a colon, is proof; any other is likely the cause. Scheme words may be
written in any case (RFC 9110, section 11.1), with one exception that was measured: sites on atlassian.net ignore
bearer in another case than Bearer, or with more than one space after it.

Not reported: GenieKey toward Opsgenie and OAuth keys toward Statuspage and Trello, where they are right. Negotiate
and NTLM toward Data Center (self-hosted), which single sign-on in front of it may take, are only a possibility,
reported only where the request fails and nothing asked for them.`,
	Area: rule.HeaderSyntax, Severity: rule.Error,
	Needs:    exchange.Credentials,
	When:     rule.HasAuthorization,
	Explains: rule.Explaining(rule.Refusals, rule.BearerRefusals, unread),
	Fix: []rule.Fix{{
		Who:        rule.Caller,
		Do:         redact.Const("Write exactly Basic or Bearer, one space, and the credential"),
		Command:    redact.Const(`curl -u "$EMAIL:$T" "URL"   # Basic; for a bearer token: -H "Authorization: Bearer $T"`),
		PowerShell: redact.Const(`Invoke-RestMethod -Headers @{Authorization="Bearer $t"} -Uri "URL"`),
	}},
	Repair: repairWord,
	References: []rule.Reference{
		{Title: "RFC 9110, section 11.1", URL: "https://www.rfc-editor.org/rfc/rfc9110#section-11.1"},
		{Title: "brekkylab/backlot#134", URL: "https://github.com/brekkylab/backlot/pull/134"},
	},
	Since:    "0.1",
	Formerly: []string{"auth-scheme-misspelt", "auth-scheme-unsupported"},
	Each: func(p *rule.Pass, s *rule.Subject) {
		c := s.Authorization
		if extra, _, _ := c.Extra(); c.Masked || extra == credential.HeaderName || extra == credential.CurlOption {
			return
		}
		want := redact.Const("Basic or Bearer and one space")
		word := func() rule.Evidence {
			at, saw := len(c.Lead()), redact.Sprintf("scheme word: %s", schemeName(c.Word))
			return s.Auth([2]int{at, at + len(c.Word)}, saw, want)
		}
		switch c.Scheme {
		case credential.Bearer:
			if target.CloudSite.Has(s.Target.Product) && c.Param != "" && (c.Word != "Bearer" || strings.Trim(c.Gap, " ") == "" && c.Gap != " ") {
				p.Likely(s, redact.Const("Sites on atlassian.net ignore the word Bearer unless it is written exactly so, with one space after it."),
					s.Auth([2]int{len(c.Lead()), c.ParamAt}, redact.Const("other letters, or more than one space"), redact.Const("Bearer and one space")))
			}
		case credential.UnknownScheme:
			if near(c.Word) {
				p.Proven(s, redact.Const("The scheme word is misspelt, so the server does not know it."), word())
				return
			}
			p.Likely(s, redact.Const("The server does not know the word before the credential and ignores both."), word())
		case credential.Digest:
			p.Likely(s, redact.Const("The server does not take Digest authentication."), word())
		case credential.GenieKey:
			if s.Target.Product != target.Opsgenie {
				p.Likely(s, redact.Const("GenieKey is the word of Opsgenie; this server ignores it."), word())
			}
		case credential.OAuthKey:
			if s.Target.Product != target.Statuspage && s.Target.Product != target.Trello {
				p.Likely(s, redact.Const("After OAuth belong the signed parameters of OAuth 1.0a; a token goes after Bearer."), word())
			}
		case credential.Negotiate, credential.NTLM:
			windows(p, s, word())
		}
	},
})

// near reports whether a word is a known scheme word with a slip in it, or with
// a colon after it.
func near(word string) bool {
	bare := strings.TrimSuffix(word, ":")
	if len(bare) < len(word) && credential.SchemeOf(bare) != credential.UnknownScheme {
		return true
	}
	switch _, slips := credential.NearestScheme(bare); {
	case slips == 1:
		return len(bare) >= 3
	default:
		return slips == 2 && len(bare) >= 4 && strings.ContainsAny(bare[:1], "bB")
	}
}

// windows judges Negotiate and NTLM, which only a single sign-on in front of a
// product takes.
func windows(p *rule.Pass, s *rule.Subject, word rule.Evidence) {
	if s.Is(target.Cloud | target.Bitbucket | target.Identity) {
		p.Likely(s, redact.Const("Atlassian's cloud does not take the login of Windows (Negotiate or NTLM)."), word)
		return
	}
	if !s.Has(rule.Failing|rule.Is401) || s.Response == nil {
		return
	}
	for _, challenge := range s.Response.Header.All("WWW-Authenticate") {
		scheme, _ := credential.LeadingScheme(challenge + " ")
		if scheme == credential.Negotiate || scheme == credential.NTLM {
			return
		}
	}
	p.Possible(s, redact.Const("The client offers the login of Windows (Negotiate or NTLM), but the server did not ask for it."), word)
}
