package encoding

import (
	"strings"

	"github.com/why401/why401/internal/credential"
	"github.com/why401/why401/internal/exchange"
	"github.com/why401/why401/internal/redact"
	"github.com/why401/why401/internal/rule"
	"github.com/why401/why401/internal/target"
)

var _ = Set.Add(&rule.Rule{
	ID:    "basic-token-only",
	Title: "Only the token follows Basic; the user name is missing",
	Doc: `After Basic belongs the base64 encoding of a user name, a colon and a token. Here is only
the token: as it is, or encoded without user name and colon.

Recognised are tokens of known shape that are not encoded, encoded text without a colon, and, less surely, a value
that decodes to bytes that are no text, as a raw password or a token of unknown shape does.

A personal access token of Jira or Confluence is left to pat-sent-as-basic, a JSON Web Token to oauth-token-as-basic,
and an encoded e-mail address or name without a token to basic-part-missing. A short value can be a real user name and
password by chance: one that decodes to a readable name and a colon is taken for that.`,
	Area: rule.CredentialEncoding, Severity: rule.Error,
	Needs:    exchange.Credentials,
	When:     rule.OffersBasic,
	Products: target.Atlassian &^ target.SetOf(target.Align),
	Explains: rule.Explaining(rule.Refusals, unreadUser),
	Fix: []rule.Fix{{
		Who:        rule.Caller,
		Do:         redact.Const("Encode e-mail address, colon and token together; a personal access token of Data Center goes after Bearer instead, as it is"),
		Command:    encodeSh,
		PowerShell: encodePS,
	}},
	References: []rule.Reference{
		{Title: "RFC 7617, section 2", URL: "https://www.rfc-editor.org/rfc/rfc7617#section-2"},
		{Title: "danshumaker/jira-cli#48", URL: "https://github.com/danshumaker/jira-cli/issues/48"},
	},
	Since:    "0.1",
	Formerly: []string{"basic-param-is-raw-token", "basic-param-encodes-token-only"},
	Each: func(p *rule.Pass, s *rule.Subject) {
		c, b := s.Authorization, s.Basic()
		if extra, _, _ := c.Extra(); c.Masked || c.Param == "" || extra != credential.NoExtra {
			return
		}
		want := redact.Const("the base64 encoding of user name, colon and token")
		switch {
		case b.IsToken():
			if b.ParamClass == credential.PAT || othersToken(b.ParamClass) {
				return
			}
			p.Report(s, rule.Finding{
				Certainty: rule.Proven, Fix: fixFor(b.ParamClass),
				Message:  redact.Const("The token itself stands after Basic, not encoded and without a user name."),
				Evidence: []rule.Evidence{s.Auth([2]int{}, redact.Const("a token as it was issued"), want)},
			})
		case rule.Binary(b):
			p.Likely(s, redact.Const("What stands after Basic does not decode to text: it seems to be a password or token as it is, without a user name."),
				s.Decoded([2]int{}, redact.Const("bytes that are no text"), want))
		case b.TokenOnly() && !othersToken(b.UserClass) && !namesUser(b):
			p.Report(s, rule.Finding{
				Certainty: rule.Proven, Fix: fixFor(b.UserClass),
				Message:  redact.Const("The encoded text has no colon: it is only the token, without a user name."),
				Evidence: []rule.Evidence{s.Decoded([2]int{}, redact.Const("no colon"), want)},
			})
		}
	},
})

// othersToken reports whether a text of class k in place of a pair is the
// business of another rule.
func othersToken(k credential.Class) bool {
	switch k {
	case credential.JWTToken, credential.Placeholder, credential.Masked, credential.Empty:
		return true
	}
	return false
}

// fixFor returns the fix for a token that does not go after Basic at all; nil:
// that of the rule.
func fixFor(k credential.Class) []rule.Fix {
	switch k {
	case credential.PAT, credential.BitbucketPAT, credential.OrgKey, credential.ServiceToken:
		return []rule.Fix{{
			Who: rule.Caller, Do: redact.Const("Send this kind of token after Bearer, as it is, without a user name"),
			Command:    redact.Const(`curl -s -o /dev/null -w "%{http_code}\n" -H "Authorization: Bearer $T" "URL"`),
			PowerShell: redact.Const(`Invoke-RestMethod -Headers @{Authorization="Bearer $t"} -Uri "URL"`),
		}}
	}
	return nil
}

// namesUser reports whether the encoded text, which has no colon, is a user
// name rather than a token: an e-mail address, DOMAIN\name, or a word of small
// letters as login names are.
func namesUser(b *credential.BasicPair) bool {
	t := strings.TrimSpace(b.User)
	switch {
	case b.HasColon || b.UserClass.MachineMade():
		return false
	case strings.ContainsAny(t, `@\`):
		return true
	case t == "" || len(t) > 20:
		return false
	}
	return strings.Trim(t, "abcdefghijklmnopqrstuvwxyz._-") == ""
}
