package encoding

import (
	"strings"

	"github.com/why401/why401/internal/credential"
	"github.com/why401/why401/internal/exchange"
	"github.com/why401/why401/internal/redact"
	"github.com/why401/why401/internal/rule"
)

var _ = Set.Add(&rule.Rule{
	ID:    "basic-newline",
	Title: "The encoded credential contains a line break",
	Doc: `The user name, colon and token that are base64-encoded for ` + "`Authorization: Basic`" + ` hold a
line break, nearly always at their end: they were encoded with ` + "`echo`" + `, which adds one, or
read from a file. The header looks right and every client sends it, but the server compares the line
break as part of the token or password.

A password cannot contain a line break (RFC 7617, section 2), so there is no innocent case.
If the answer shows that the login was accepted, the server trimmed it, and the finding is
only a remark. A pasted command that encodes variables with echo shows it as well, whatever they hold. Of a value whose middle is hidden, the ending still tells, but less surely.

A value that is really a personal access token is left to pat-sent-as-basic, because its random bytes
may hold a line break, and the made-up password that a Kerberos module of a proxy adds
(` + "`NAME@REALM:bogus`" + `) to authorization-replaced.`,
	Area: rule.CredentialEncoding, Severity: rule.Error,
	Needs:    exchange.Credentials,
	When:     rule.OffersBasic,
	Explains: rule.Refusals,
	Fix: []rule.Fix{{
		Who:        rule.Caller,
		Do:         redact.Const("Encode user name and token again without the line break (echo adds one, printf does not), or let curl encode it with -u"),
		Command:    encodeSh,
		PowerShell: redact.Const(`[Convert]::ToBase64String([Text.Encoding]::UTF8.GetBytes(("{0}:{1}" -f $email,$t).Trim()))`),
	}},
	Repair:  repairNewline,
	Confirm: &rule.Confirm{Do: redact.Const("Send the same user name and token again, encoded without the line break.")},
	References: []rule.Reference{
		{Title: "RFC 7617, section 2", URL: "https://www.rfc-editor.org/rfc/rfc7617#section-2"},
		{Title: "JRACLOUD-72920", URL: "https://jira.atlassian.com/browse/JRACLOUD-72920"},
		{Title: "palashkulsh/jira-cmd#145", URL: "https://github.com/palashkulsh/jira-cmd/issues/145"},
		{Title: "nuxeo/nuxeo-web-ui#3368", URL: "https://github.com/nuxeo/nuxeo-web-ui/issues/3368"},
	},
	Since:    "0.1",
	Formerly: []string{"basic-trailing-lf", "basic-trailing-crlf", "basic-inner-newline"},
	Each: func(p *rule.Pass, s *rule.Subject) {
		if end := credential.MaskedEnding(s.Authorization.Param); end == credential.EndLF || end == credential.EndCRLF {
			if s.Partial(s.Authorization) {
				p.Proven(s, redact.Const("The command encodes user name and token together with a line break, which echo puts behind them. The server takes it for a part of the token or password."),
					s.Auth([2]int{}, redact.Const("base64 of a text that ends with a line break, whatever the variables hold"), redact.Const("no line break: printf '%s' or echo -n")))
				return
			}
			n := s.Authorization.ParamAt + len(s.Authorization.Param)
			p.Likely(s, redact.Const("The visible end of the encoded value is that of a text that ends with a line break."),
				s.Auth([2]int{max(n-4, s.Authorization.ParamAt), n}, redact.Const("an encoded line break at the end"), redact.Const("no line break")))
			return
		}
		b := s.TextPair()
		if b == nil || kerberos(b) {
			return
		}
		found := slipsIn(s, b, redact.Const("no line break"),
			credential.EndsLF, credential.EndsCRLF, credential.EndsCR, credential.InnerBreak)
		if found.evidence == nil {
			return
		}
		message := redact.Const("There is a line break inside the encoded user name and token, as happens when e-mail and token are read from files.")
		if _, ok := b.LineEnd(); ok {
			message = redact.Const("The encoded user name and token end with a line break, as echo adds one. The server takes it for a part of the token or password.")
		}
		report(p, s, rule.Proven, message, found.evidence...)
	},
})

// kerberos reports whether b is the pair that a Kerberos module of a proxy makes up.
func kerberos(b *credential.BasicPair) bool {
	return strings.HasPrefix(b.Password, "bogus") && strings.TrimRight(b.Password, "\r\n") == "bogus" && strings.Contains(b.User, "@")
}
