package encoding

import (
	"github.com/why401/why401/internal/credential"
	"github.com/why401/why401/internal/exchange"
	"github.com/why401/why401/internal/redact"
	"github.com/why401/why401/internal/rule"
	"github.com/why401/why401/internal/target"
)

var _ = Set.Add(&rule.Rule{
	ID:    "basic-non-ascii",
	Title: "User name or password has non-ASCII letters that the server reads differently",
	Doc: `The user name or the password has non-ASCII letters, such as umlauts or Cyrillic, and client and
server turn them into bytes differently. RFC 7617 leaves the character set open unless the server
names one, and none of the products does.

Two cases are reported: user name and password are not UTF-8 (an older client that uses ISO-8859-1 or
a Windows character set), and they are UTF-8 while a Data Center (self-hosted) product says that it
tried the login and failed (older versions of Jira read them as ISO-8859-1).

Both are reported only where the request fails, because either may be what the server expects.
Personal access tokens and UTF-16, whose bytes look alike, are looked for first.`,
	Area: rule.CredentialEncoding, Severity: rule.Error,
	Needs:    exchange.Credentials,
	When:     rule.OffersBasic | rule.Failing,
	Explains: rule.Refusals,
	Fix: []rule.Fix{{
		Who: rule.Caller,
		Do:  redact.Const("Use a personal access token or an API token, which are plain ASCII, or a user name and password without such letters"),
	}},
	Confirm: &rule.Confirm{
		Do:         redact.Const("Send user name and password once in the other character set, UTF-8 or ISO-8859-1, and compare the answers."),
		Command:    redact.Const(`curl -s -o /dev/null -w "%{http_code}\n" -H "Authorization: Basic $(printf '%s' "$USER:$PASSWORD" | iconv -t ISO-8859-1 | base64 | tr -d '\n')" BASE/rest/api/2/myself`),
		PowerShell: redact.Const(`Invoke-RestMethod -Headers @{Authorization="Basic " + [Convert]::ToBase64String([Text.Encoding]::GetEncoding("iso-8859-1").GetBytes("${user}:$password"))} -Uri BASE/rest/api/2/myself`),
		Outcomes: []rule.Outcome{
			{Seen: redact.Const("200 with the other character set"), Means: "basic-non-ascii"},
			{Seen: redact.Const("401 with both"), Means: "wrong-password"},
		},
	},
	References: []rule.Reference{
		{Title: "RFC 7617, section 2.1", URL: "https://www.rfc-editor.org/rfc/rfc7617#section-2.1"},
		{Title: "JRASERVER-59828", URL: "https://jira.atlassian.com/browse/JRASERVER-59828"},
		{Title: "restsharp/RestSharp#1323", URL: "https://github.com/restsharp/RestSharp/issues/1323"},
	},
	Since:    "0.1",
	Formerly: []string{"basic-non-utf8"},
	Each: func(p *rule.Pass, s *rule.Subject) {
		b := s.TextPair()
		if b == nil {
			return
		}
		if found := slipsIn(s, b, redact.Const("ASCII, or UTF-8"), credential.NonUTF8); found.evidence != nil {
			report(p, s, rule.Likely, redact.Const("User name or password has non-ASCII letters in an old character set, not UTF-8, so the server may read other letters."), found.evidence...)
			return
		}
		if !s.Is(target.DataCenter) || !s.Has(rule.LoginFailed) && !s.Says("reason : authenticated_failed") {
			return
		}
		if found := slipsIn(s, b, redact.Const("ASCII, or ISO-8859-1 for older versions"), credential.NonASCII); found.evidence != nil {
			report(p, s, rule.Likely, redact.Const("User name or password has non-ASCII letters in UTF-8, and the server says that the login failed. Older versions read ISO-8859-1."), found.evidence...)
		}
	},
})
