package encoding

import (
	"encoding/base64"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/why401/why401/internal/credential"
	"github.com/why401/why401/internal/exchange"
	"github.com/why401/why401/internal/redact"
	"github.com/why401/why401/internal/rule"
	"github.com/why401/why401/internal/target"
)

var _ = Set.Add(&rule.Rule{
	ID:    "token-damaged",
	Title: "The token was cut or altered on the way",
	Doc: `The token does not have the form that it was given: its end is missing, its letters
changed case, a character was replaced, or a JSON Web Token does not have its three parts. The
usual reasons are a field or variable that is too short (API tokens have about 192 characters,
many tools stop at 100 or 255) and programs that correct what they think is text.

An encoded user name and token is also looked at: a base64 text cannot have one character more than a multiple of
four.

API tokens of Atlassian end in a checksum. That is not documented, so a wrong one is only a possibility, reported only
where the request fails and nothing else is wrong with the token; once a token with a wrong checksum was accepted, the
checksum is not looked at any more. No length is required of a token, because Atlassian promises none. Opaque tokens,
masked values and the tokens of Jira Align (align-token-mangled) are not reported; spaces, quotes and percent escapes
around or in a token have rules of their own. A JSON Web Token without signature may have lost it when the capture was
cleaned, and a signature of the wrong length may have been put there then; on the wire neither is so. One that reads
as text was certainly put there and says nothing.`,
	Area: rule.CredentialEncoding, Severity: rule.Error,
	Needs:    exchange.Credentials,
	When:     rule.HasAuthorization,
	Products: target.Atlassian &^ target.SetOf(target.Align),
	Explains: rule.Explaining(rule.Refusals, rule.BearerRefusals),
	Fix: []rule.Fix{{
		Who: rule.Caller,
		Do:  redact.Const("Copy the whole token again, and check that no field or variable limits its length and that nothing changes its case or its characters"),
	}},
	References: []rule.Reference{
		{Title: "Manage API tokens for your Atlassian account", URL: "https://support.atlassian.com/atlassian-account/docs/manage-api-tokens-for-your-atlassian-account/"},
		{Title: "RFC 4648, section 4", URL: "https://www.rfc-editor.org/rfc/rfc4648#section-4"},
		{Title: "RFC 7519, section 7.2", URL: "https://www.rfc-editor.org/rfc/rfc7519#section-7.2"},
		{Title: "praetorian-inc/noseyparker, rule for Atlassian tokens", URL: "https://github.com/praetorian-inc/noseyparker"},
	},
	Since:    "0.1",
	Formerly: []string{"basic-param-truncated", "token-checksum-mismatch", "token-case-or-char-damage", "jwt-malformed"},
	Each: func(p *rule.Pass, s *rule.Subject) {
		c := s.Authorization
		if c.Masked || c.Cut || otherSlip(s) {
			return
		}
		if d, ok := credential.DamageOf(c.Token); ok && damaged(p, s, d) {
			return
		}
		if j := c.JWT(); j != nil && jwtDamaged(p, s, j) {
			return
		}
		if b := s.TextPair(); b != nil && b.Encoding == credential.Impossible {
			p.Likely(s, redact.Const("The encoded user name and token have a length that no base64 text can have: their end was cut off, or a character was added."),
				s.Auth([2]int{}, redact.Const("one character more than a multiple of four"), redact.Const("base64 as it was made")))
			return
		}
		if c.Checksum == credential.ChecksumWrong && s.Has(rule.Failing) && !p.Ledger.ChecksumDoubt {
			p.Possible(s, redact.Const("The checksum at the end of the token does not fit the rest of it: a character may have been changed or lost."),
				s.Auth([2]int{}, redact.Const("a checksum that does not fit"), redact.Const("the token as it was made")))
		}
	},
})

// damaged reports what is wrong with a token of Atlassian's.
func damaged(p *rule.Pass, s *rule.Subject, d credential.Damage) bool {
	c := s.Authorization
	place := func(saw, want redact.Text) rule.Evidence {
		if c.Basic == nil || c.Basic.IsToken() {
			return s.Auth([2]int{}, saw, want)
		}
		return s.Decoded([2]int{}, saw, want)
	}
	switch {
	case d.PrefixCase || d.TailCase:
		p.Likely(s, redact.Const("Letters of the token changed between upper and lower case."),
			place(redact.Const("small letters where the token has capitals"), redact.Const("the token as it was made")))
	case d.Foreign >= 0:
		p.Likely(s, redact.Const("There is a character in the token that no token has."),
			place(redact.Const("a character other than letters, digits, -, _ and ="), redact.Const("the token as it was made")))
	case d.NoTail && (c.Class == credential.APIToken || c.Class == credential.OrgKey):
		saw := redact.Const("no checksum at the end")
		if n := len(c.Param); n == 100 || n == 128 || n == 255 || n == 256 {
			saw = redact.Sprintf("no checksum at the end; the value has exactly %s characters", redact.Int(n))
		}
		p.Likely(s, redact.Const("The end of the token is missing: it was cut, as happens in fields that are too short."),
			place(saw, redact.Const("the whole token")))
	default:
		return false
	}
	return true
}

// jwtDamaged reports what is wrong with a JSON Web Token.
func jwtDamaged(p *rule.Pass, s *rule.Subject, j *credential.Claims) bool {
	certainty, message := rule.Proven, redact.Const("The value begins like a JSON Web Token but is none: it was cut or altered.")
	if j.Parts < 2 { // an opaque token may begin like one
		certainty, message = rule.Likely, redact.Const("The value begins like a JSON Web Token but has one part only: the rest was cut off.")
	}
	switch {
	case j.Malformed != "":
		p.Report(s, rule.Finding{
			Certainty: certainty,
			Message:   message,
			Evidence: []rule.Evidence{s.Auth([2]int{}, redact.OneOf(j.Malformed,
				"header is empty", "header is not base64url", "header is cut or not base64url", "header is not a JSON object",
				"header is base64 but not base64url", "payload is empty", "payload is not base64url",
				"payload is cut or not base64url", "payload is not a JSON object", "payload is base64 but not base64url",
				"one part instead of three", "two parts instead of three", "not three parts", "five parts, but not encrypted",
			), redact.Const("three parts joined by dots"))},
		})
	case j.SignatureCut && !replaced(s.Authorization.Token):
		certainty = rule.Likely // a capture may have been cleaned, what is on the wire was not
		if s.Sees(exchange.Wire) == exchange.Shown {
			certainty = rule.Proven
		}
		p.Report(s, rule.Finding{
			Certainty: certainty,
			Message:   redact.Const("The signature of the JSON Web Token is incomplete: its end was cut off."),
			Evidence: []rule.Evidence{s.Auth([2]int{}, redact.Const("a signature that is too short or too long for its algorithm"),
				redact.Const("the whole signature"))},
		})
	case j.Unsigned:
		p.Likely(s, redact.Const("The JSON Web Token has no signature, so no server can trust it."),
			s.Auth([2]int{}, redact.Const("no signature"), redact.Const("a signed token")))
	default:
		return false
	}
	return true
}

// replaced reports whether the signature of a JSON Web Token was put there by
// somebody who cleaned the capture: it is a word, or decodes to readable text. A
// real one is random bytes.
func replaced(token string) bool {
	sig := strings.TrimRight(token[strings.LastIndexByte(token, '.')+1:], " \t\r\n\"'")
	if len(sig) < 20 && strings.Trim(strings.ToLower(sig), "abcdefghijklmnopqrstuvwxyz_-") == "" {
		return true
	}
	dec, err := base64.RawURLEncoding.DecodeString(sig)
	return err == nil && !slices.ContainsFunc(dec, func(b byte) bool { return b < 0x20 || b > 0x7E })
}

// otherSlip reports whether the token holds something that another rule is
// about and that makes it look damaged.
func otherSlip(s *rule.Subject) bool {
	c := s.Authorization
	others := []credential.FlawKind{
		credential.InnerBreak, credential.EscapedBreak, credential.Percent, credential.Invisible, credential.NoBreakSpace,
		credential.Control, credential.ByteOrderMark, credential.CurlyQuote,
	}
	has := func(list []credential.Flaw) bool {
		return slices.ContainsFunc(list, func(f credential.Flaw) bool { return slices.Contains(others, f.Kind) })
	}
	if has(c.Flaws()) || c.Basic != nil && has(c.Basic.Flaws()) {
		return true
	}
	// Letters beyond ASCII in a bearer value that is no token of Atlassian's.
	if _, ok := credential.DamageOf(c.Token); !ok {
		return !utf8.ValidString(c.Token) || strings.IndexFunc(c.Token, func(r rune) bool { return r > 0x7F }) >= 0
	}
	return false
}
