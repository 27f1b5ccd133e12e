package syntax

import (
	"github.com/why401/why401/internal/credential"
	"github.com/why401/why401/internal/exchange"
	"github.com/why401/why401/internal/redact"
	"github.com/why401/why401/internal/rule"
)

var _ = Set.Add(&rule.Rule{
	ID:    "curl-option-in-header",
	Title: "A piece of a curl command was pasted as the header value",
	Doc: `The value of the Authorization header is a piece of a command line, such as
` + "`-u me@example.com:TOKEN`" + `: an example for curl was copied into a field that takes a header
value. To curl, -u means "make a Basic value of this"; a server knows nothing of it.

An option of curl, or its name, at the start of the value or of what follows the scheme word is
proof: no credential begins so.`,
	Area: rule.HeaderSyntax, Severity: rule.Error,
	Needs:    exchange.Credentials,
	When:     rule.HasAuthorization,
	Explains: rule.Explaining(rule.Refusals, rule.BearerRefusals, unread),
	Fix: []rule.Fix{{
		Who:        rule.Caller,
		Do:         redact.Const("Put only the value there: Basic, a space and the base64 encoding of user name, colon and token, or Bearer, a space and the token"),
		Command:    encodeSh,
		PowerShell: encodePS,
	}},
	Repair: repairOption,
	References: []rule.Reference{
		{Title: "AxisCommunications/backstage-plugins#121", URL: "https://github.com/AxisCommunications/backstage-plugins/issues/121"},
		{Title: "RFC 9110, section 11.6.2", URL: "https://www.rfc-editor.org/rfc/rfc9110#section-11.6.2"},
	},
	Since:    "0.1",
	Formerly: []string{"auth-curl-option-pasted"},
	Each: func(p *rule.Pass, s *rule.Subject) {
		extra, at, end := s.Authorization.Extra()
		if extra != credential.CurlOption {
			return
		}
		p.Proven(s, redact.Const("A piece of a command line stands in the header value."),
			s.Auth([2]int{at, end}, redact.Const("an option of curl"), redact.Const("Basic or Bearer, a space and the credential")))
	},
})
