package encoding

import (
	"bytes"
	"strings"

	"github.com/why401/why401/internal/credential"
	"github.com/why401/why401/internal/exchange"
	"github.com/why401/why401/internal/redact"
	"github.com/why401/why401/internal/rule"
	"github.com/why401/why401/internal/target"
)

var _ = Set.Add(&rule.Rule{
	ID:    "authorization-line-break",
	Title: "A line break sits inside or after the Authorization value",
	Doc: `Some encoders wrap their output: ` + "`base64`" + ` after 76 characters, ` + "`openssl base64`" + `
after 64; others end it with a line break. A line break in a header value ends the header line: the
rest of the credential becomes a stray line, or the value arrives with the break in it, or with a
space where it was.

Recognised are a line break (raw, or written out as \n or %0A) or a space inside the value, a line
break at its end, a following header line that is the rest of the encoded text, and, less surely, a
value that stops at exactly 64 or 76 characters in the middle of a token.

Values into which the capture itself joined several header lines prove nothing and are not reported,
nor are user name and password in clear (basic-not-encoded), where a backslash may belong to a Windows
user name. Most browsers trim a break at the end by themselves; then the call works, and the finding
is only a remark.`,
	Area: rule.CredentialEncoding, Severity: rule.Error,
	Needs:    exchange.Credentials,
	When:     rule.HasAuthorization,
	Explains: rule.Explaining([]string{"token-damaged"}, rule.Refusals, rule.BearerRefusals),
	Fix: []rule.Fix{{
		Who:        rule.Caller,
		Do:         redact.Const("Encode on one line and send the value without a line break at its end (GNU base64 -w0, openssl base64 -A)"),
		Command:    encodeSh,
		PowerShell: encodePS,
	}},
	Repair: repairBreak,
	References: []rule.Reference{
		{Title: "RFC 4648, section 3.1", URL: "https://www.rfc-editor.org/rfc/rfc4648#section-3.1"},
		{Title: "RFC 2045, section 6.8", URL: "https://www.rfc-editor.org/rfc/rfc2045#section-6.8"},
		{Title: "RFC 9112, section 5.2", URL: "https://www.rfc-editor.org/rfc/rfc9112#section-5.2"},
		{Title: "gnustavo/JIRA-REST#23", URL: "https://github.com/gnustavo/JIRA-REST/issues/23"},
		{Title: "ahungry/org-jira#160", URL: "https://github.com/ahungry/org-jira/issues/160"},
		{Title: "JetBrains/youtrack-rest-python-library#43", URL: "https://github.com/JetBrains/youtrack-rest-python-library/issues/43"},
	},
	Since:    "0.1",
	Formerly: []string{"basic-param-wrapped", "auth-header-obs-fold"},
	Each: func(p *rule.Pass, s *rule.Subject) {
		c := s.Authorization
		clear := c.Basic != nil && c.Basic.Plain
		if extra, _, _ := c.Extra(); c.Masked || c.Field >= 0 && s.Request.Header[c.Field].Joined || extra == credential.CurlOption {
			return
		}
		for _, f := range c.Flaws() {
			switch f.Kind {
			case credential.EndsLF, credential.EndsCRLF, credential.EndsCR:
				report(p, s, rule.Proven, redact.Const("The header value ends with a line break, which ends the header before its time or is refused."), inValue(s, f, redact.Const("nothing after the credential")))
				return
			case credential.InnerBreak:
				if next, _ := credential.LeadingScheme(c.Raw[f.End:]); next != credential.NoScheme {
					return // authorization-duplicated: the capture joined two lines
				}
				report(p, s, rule.Proven, redact.Const("There is a line break inside the header value. The server reads the credential only up to there."), inValue(s, f, redact.Const("one line")))
				return
			case credential.EscapedBreak:
				if !clear && !s.Is(target.SetOf(target.Align)) && c.Class != credential.AlignToken {
					report(p, s, rule.Proven, redact.Const("A line break is written out as text inside the header value."), inValue(s, f, redact.Const("nothing there")))
					return
				}
			case credential.StrayBlank:
				if b := s.TextPair(); b != nil && b.Encoding == credential.Sloppy && b.HasColon {
					report(p, s, rule.Proven, redact.Const("There is a space inside the encoded user name and token, where an encoder wrapped the line. The server reads the credential only up to there."), inValue(s, f, redact.Const("one unbroken text")))
					return
				}
			}
		}
		if rest, ok := strayRest(s); ok {
			p.Proven(s, redact.Const("The encoded user name and token go on in the next header line: the encoder wrapped them. The server reads only the first line."), rest)
			return
		}
		if width := len(c.Param); c.Scheme == credential.Basic && (width == 64 || width == 76) && c.WrapWidth() == width {
			// A line break at the end is that of echo: there the text ended.
			ended := c.Basic != nil && bytes.HasSuffix(c.Basic.Decoded, []byte("\n"))
			if d, ok := credential.DamageOf(c.Token); ok && d.NoTail && !ended {
				report(p, s, rule.Likely, redact.Const("The encoded user name and token stop where encoders wrap their lines, in the middle of the token: the rest was on the next line."),
					s.Auth([2]int{}, redact.Sprintf("the value stops after %s characters, inside the token", redact.Int(width)), redact.Const("all of it on one line")))
			}
		}
	},
})

// strayRest looks for the rest of a wrapped pair in the name of the next field:
// that is what parsers make of a line without a colon.
func strayRest(s *rule.Subject) (rule.Evidence, bool) {
	c := s.Authorization
	h := s.Request.Header
	if c.Scheme != credential.Basic || c.Field < 0 || c.Field+1 >= len(h) || len(c.Param) < 60 || h[c.Field+1].Value != "" {
		return rule.Evidence{}, false
	}
	name := strings.TrimSpace(h[c.Field+1].Name)
	if name == "" || strings.ContainsAny(name, "-:") {
		return rule.Evidence{}, false
	}
	if _, ok := credential.EncodedPair(c.Param + name); !ok {
		return rule.Evidence{}, false
	}
	return s.Part(redact.Const("request header line after Authorization"),
		redact.Const("the rest of the encoded text"), redact.Const("no such line")), true
}
