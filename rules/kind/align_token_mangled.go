package kind

import (
	"strings"

	"github.com/why401/why401/internal/credential"
	"github.com/why401/why401/internal/exchange"
	"github.com/why401/why401/internal/redact"
	"github.com/why401/why401/internal/rule"
	"github.com/why401/why401/internal/target"
)

var _ = Set.Add(&rule.Rule{
	ID:    "align-token-mangled",
	Title: "The Jira Align token was changed by the shell or the script",
	Doc: `A token of Jira Align is the whole text ` + "`user:ID|...`" + ` of the profile page. Its second part holds any symbol
but quotation marks. A shell takes many of them for its own: without single quotes the bar starts
another command, ` + "`#`" + ` a comment, ` + "`$`" + ` a variable, ` + "`&`" + ` a background job, ` + "`!`" + ` looks up the history. What is
left of the token is refused with 401 or 400.

A value after ` + "`bearer`" + ` that ends at the bar, lacks the bar, or has it escaped (` + "`\\|`" + `) or percent-encoded
(` + "`%7C`" + `) proves it. A value that is nothing like ` + "`user:ID|...`" + `, or has next to nothing after the bar, is
likely cut. Doubled slashes and backslashes before symbols may belong to the token and are only
possible. So is a token with less than half of the forty symbols that Atlassian's example has after the
bar. A token of the right form that is refused may have been changed where nobody can see it, or may be
no longer valid: possible, too, unless the answer is 400 and says in its body what is wrong with the
request.

Atlassian's article advises to double slashes for Python. Python needs no such thing: the doubled slash
is sent and is wrong.

Empty values, placeholders and quotes around the token have rules of their own.`,
	Area: rule.CredentialKind, Severity: rule.Error,
	Products: target.SetOf(target.Align),
	When:     rule.OffersBearer | rule.Answered,
	Needs:    exchange.Credentials,
	Explains: rule.Explaining([]string{"token-damaged", "basic-credential-as-bearer", "credential-percent-encoded", "retrying-refused-credential"}, rule.AnonymousEffects),
	Fix: []rule.Fix{{
		Who:        rule.Caller,
		Do:         redact.Const("Copy the whole text user:ID|... from the profile and put it in single quotes, or read it from a file, so that the shell leaves its symbols alone"),
		Command:    redact.Const(`curl -s -o /dev/null -w "%{http_code}\n" -H "Authorization: bearer $(cat token.txt)" "URL"`),
		PowerShell: redact.Const(`Invoke-RestMethod -Headers @{Authorization="bearer $((Get-Content -Raw token.txt).Trim())"} -Uri "URL"`),
	}},
	References: []rule.Reference{
		{Title: "API token triggers error 400 on Jira Align connector", URL: "https://confluence.atlassian.com/jakb/api-token-triggers-error-400-on-jira-align-connector-1318881421.html"},
		{Title: "When using the Jira Align REST API an HTTP 401 error is reported", URL: "https://support.atlassian.com/jira-align/kb/when-using-the-jira-align-rest-api-an-http-401-error-is-reported"},
	},
	Since:    "0.1",
	Formerly: []string{"align-token-shape"},
	Each: func(p *rule.Pass, s *rule.Subject) {
		c := s.Authorization
		if c.Masked || c.Cut || standsIn(c.Class) || credential.NullWord(c.Param) || c.Class == credential.JWTToken ||
			strings.ContainsAny(c.Param, "\"'") || !judged(s) || !s.HasOne(rule.Is401|rule.Is403) && s.Status() != 400 {
			return
		}
		span := [2]int{c.ParamAt, c.ParamAt + len(c.Param)}
		e := func(saw redact.Text) rule.Evidence { return s.Auth(span, saw, redact.Const("user:ID|TOKEN")) }
		status := s.StatusLine(redact.Text{})
		head, secret := alignParts(c.Param)
		switch {
		case head && secret == "":
			p.Proven(s, redact.Const("The token ends after the number: what follows the bar was lost, as happens when a shell takes the bar for its own."), e(redact.Const("user:ID and nothing else")), status)
		case head && strings.HasPrefix(secret, `\|`):
			p.Proven(s, redact.Const("There is a backslash before the bar of the token: it was escaped once too often."), e(redact.Const(`user:ID\|...`)), status)
		case head && strings.HasPrefix(strings.ToLower(secret), "%7c"):
			p.Proven(s, redact.Const("The bar of the token is percent-encoded, as in a URL. A header takes it as it is."), e(redact.Const("user:ID%7C...")), status)
		case head && secret[0] != '|':
			p.Proven(s, redact.Const("The bar between number and secret is missing from the token."), e(redact.Const("user:ID without a bar")), status)
		case head && len(secret) < 9:
			p.Likely(s, redact.Const("Next to nothing follows the bar of the token: the rest was lost, as happens when a shell takes a symbol in it for its own."), e(redact.Const("user:ID| and very little")), status)
		case !head && c.Class.MachineMade():
			p.Likely(s, redact.Const("This is a token of another product. Jira Align takes only its own, user:ID|TOKEN."), e(shape(c.Class, c.Token)), status)
		case !head:
			p.Likely(s, redact.Const("The value after bearer does not begin with user:ID and a bar, so it is not the whole token."), e(redact.Const("no user:ID| at the start")), status)
		case strings.Contains(secret, "//"), escapes(secret):
			p.Possible(s, redact.Const("There are doubled slashes, or backslashes before symbols, in the token. If the profile page shows it without, a script changed it."), e(redact.Const("doubled slashes or backslashes before symbols")), status)
		case len(secret) < 20 && !s.Has(rule.Is403):
			p.Possible(s, redact.Const("The token has less than half of the symbols of the example in the documentation. A shell may have cut it at a symbol that it takes for its own."), e(redact.Const("user:ID| and a short secret")), status)
		case s.Has(rule.Is401), s.Status() == 400 && !s.Has(rule.HasBody) && s.Sees(exchange.Bodies) == exchange.Shown:
			p.Report(s, rule.Finding{
				Certainty:    rule.Possible,
				Message:      redact.Const("The token has the right form and is refused. A symbol in it may have been lost on the way, or it is no longer valid: a new token makes the old one useless."),
				Evidence:     []rule.Evidence{e(redact.Const("user:ID|...")), status},
				Alternatives: []string{"token-revoked", "token-expired"},
			})
		}
	},
})

// alignParts splits a token after "user:" and its number; head is false if it
// does not begin with them.
func alignParts(token string) (head bool, secret string) {
	const user = "user:"
	if len(token) <= len(user) || !strings.EqualFold(token[:len(user)], user) {
		return false, ""
	}
	secret = strings.TrimLeft(token[len(user):], "0123456789")
	return len(secret) < len(token)-len(user), secret
}

// escapes reports whether there is a backslash before one of the symbols that
// people escape for a shell.
func escapes(secret string) bool {
	for i := 0; i+1 < len(secret); i++ {
		if secret[i] == '\\' && strings.IndexByte("$#!&|`\\", secret[i+1]) >= 0 {
			return true
		}
	}
	return false
}
