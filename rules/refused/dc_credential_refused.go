package refused

import (
	"bytes"
	"encoding/base64"
	"slices"

	"github.com/why401/why401/internal/credential"
	"github.com/why401/why401/internal/exchange"
	"github.com/why401/why401/internal/redact"
	"github.com/why401/why401/internal/rule"
	"github.com/why401/why401/internal/target"
)

var dcMembers = []string{
	"wrong-password", "password-expired", "unknown-user", "email-instead-of-username", "pat-sent-as-basic",
	"netrc-overrides-bearer", "shell-altered-credential", "basic-non-ascii-lost", "sso-authenticator-breaks-basic",
	"account-inactive",
}

var _ = Set.Add(&rule.Rule{
	ID:    "dc-credential-refused",
	Title: "Data Center refused the user name and password",
	Doc: `The server tried the user name and password, and refused them. Why, it does not say: the
password may be mistyped or expired, the user may be in another directory, or the client may have sent
something else than it was given. This finding names the possibilities and how to tell them apart.

The server says so with ` + "`X-Seraph-LoginReason: AUTHENTICATED_FAILED`" + ` (Jira and Confluence, with any status),
with the text ` + "`Basic Authentication Failure`" + `, with ` + "`Login failed`" + ` from
` + "`/rest/auth/1/session`" + `, or with the exception ` + "`IncorrectPasswordAuthenticationException`" + `
(Bitbucket). A plain 401 of the product to user name and password is a weaker sign of the same, and so is a 401 to the last
message of an NTLM handshake, by which a server in front of the product refuses the account or its password.

AUTHENTICATED_FAILED is not a CAPTCHA: there the password is not even tried. A call without any credential
is not this, nor is a bearer token (dc-token-refused), nor a session cookie that ran out, nor a 401 by a
proxy with a password of its own. Where the capture hides the credential, what the server says still holds,
but defects that only a look at it would show are possible too, and are named.`,
	Area: rule.Refused, Severity: rule.Error,
	Products: target.DataCenter,
	When:     rule.Failing | rule.Answered,
	Needs:    exchange.Credentials,
	Explains: rule.Explaining(
		[]string{"retrying-refused-credential", "captcha-required", "dc-login-denied"}, rule.AnonymousEffects),
	Alternatives: dcMembers,
	Fix: []rule.Fix{{
		Who: rule.Caller,
		Do: redact.Const("Log in once in the browser with exactly this user name and password; if that works, the client sends something else " +
			"(a .netrc file, the shell, the character set). Try no more than twice, because failed logins lock the account"),
		Command:    redact.Const("curl -u USER BASE/rest/api/2/myself   # asks for the password"),
		PowerShell: redact.Const("curl.exe -u USER BASE/rest/api/2/myself   # asks for the password"),
	}},
	Confirm: askAgain,
	References: []rule.Reference{
		{Title: "DeloitteDigitalUK/jira-agile-metrics#14", URL: "https://github.com/DeloitteDigitalUK/jira-agile-metrics/issues/14"},
		{Title: "AtlassianPS/JiraPS#107", URL: "https://github.com/AtlassianPS/JiraPS/issues/107"},
	},
	Since: "0.1",
	Each: func(p *rule.Pass, s *rule.Subject) {
		if s.Has(rule.Is401) && !s.Has(rule.Recognized) && ntlmLast(s.Authorization) {
			p.Report(s, rule.Finding{
				Certainty:    rule.Likely,
				Message:      redact.Const("The NTLM handshake came to its last message, which proves the password, and the server refused it."),
				Alternatives: ntlmMembers, Confirm: ntlmAgain, Fix: ntlmFix,
				Evidence: []rule.Evidence{s.Auth([2]int{}, redact.Const("NTLM message 3 (AUTHENTICATE)"), redact.Text{}), s.StatusLine(redact.Const("200"))},
			})
			return
		}
		if s.Authorization != nil && !pair(s) {
			return
		}
		f := rule.Finding{
			Message: redact.Const("The server tried the user name and password that were sent, and refused them."),
		}
		text, named := s.SaysText(pairRefused...)
		form := s.Request.Method == "POST" && (s.Target.API == target.Session || s.Target.API == target.Login)
		switch {
		case s.Has(rule.LoginFailed):
			f.Certainty, f.Evidence = rule.Proven, []rule.Evidence{seraphSays(s)}
		case named:
			f.Certainty, f.Evidence = rule.Proven, []rule.Evidence{s.StatusLine(redact.Const("200")), s.Body(text)}
		case s.Has(rule.Is401) && s.Target.API == target.Session && form && s.Says("login failed"):
			f.Certainty, f.Evidence = rule.Proven, []rule.Evidence{s.StatusLine(redact.Const("200")), s.Body(redact.Const("login failed"))}
		case s.Has(rule.Is401|rule.OffersBasic) && !s.Has(rule.Recognized) && !s.AnotherMatter():
			f.Certainty, f.Evidence = byProduct(p, s), []rule.Evidence{s.StatusLine(redact.Const("200"))}
		default:
			return
		}
		if form || s.PairInQuery() || s.Authorization != nil && !s.CredentialHidden() {
			p.Report(s, f)
			return
		}
		if s.Sees(exchange.Credentials|exchange.Cookies) == exchange.Shown && s.Has(rule.OffersCookie) && s.Authorization == nil {
			return // a remembered login that ran out: session-cookie-stale
		}
		f.Certainty = min(f.Certainty, rule.Likely)
		if s.CredentialHidden() {
			f.Message = redact.Const("The server says that it tried a user name and password and refused them. The capture does not show them, so a defect of their encoding is possible, too.")
			f.Alternatives = withUnseen(dcMembers)
			c := *askAgain
			c.Outcomes = append(slices.Clone(c.Outcomes), rule.Outcome{
				Seen: redact.Const("curl accepts them: export the capture again with sensitive data and look at what the client sends"),
			})
			f.Confirm = &c
		}
		p.Report(s, f)
	},
})

// pairRefused are what Confluence and Bitbucket write of a pair that they tried
// and refused.
var pairRefused = []redact.Text{
	redact.Const("reason : authenticated_failed"),
	redact.Const("incorrectpasswordauthenticationexception"),
}

// askAgain is how to tell the possibilities apart.
var askAgain = &rule.Confirm{
	Do:         redact.Const("Log in once in the browser with the same user name and password, then ask from the same machine who you are; curl asks for the password."),
	Command:    redact.Const("curl -u USER BASE/rest/api/2/myself"),
	PowerShell: redact.Const("curl.exe -u USER BASE/rest/api/2/myself"),
	Outcomes: []rule.Outcome{
		{Seen: redact.Const("the browser refuses them, too"), Means: "wrong-password"},
		{Seen: redact.Const("the browser asks for a new password"), Means: "password-expired"},
		{Seen: redact.Const("the browser refuses them, and an administrator finds no such user"), Means: "unknown-user"},
		{Seen: redact.Const("the browser refuses them, and an administrator finds the user inactive"), Means: "account-inactive"},
		{Seen: redact.Const("they work in the browser only with the user name, not with the e-mail address"), Means: "email-instead-of-username"},
		{Seen: redact.Const("browser and curl accept the password, and the client is given a personal access token"), Means: "pat-sent-as-basic"},
		{Seen: redact.Const("browser and curl accept them, and a .netrc file names this host"), Means: "netrc-overrides-bearer"},
		{Seen: redact.Const("browser and curl accept them, and the password holds $, ! or a backslash"), Means: "shell-altered-credential"},
		{Seen: redact.Const("browser and curl accept them, and the password holds non-ASCII letters"), Means: "basic-non-ascii-lost"},
		{Seen: redact.Const("the browser accepts them and curl is refused: an SSO plug-in is in the way"), Means: "sso-authenticator-breaks-basic"},
	},
}

// NTLM proves the password of an account that a directory holds; where it fails,
// fewer things can have gone wrong than with a pair.
var (
	ntlmMembers = []string{"wrong-password", "password-expired", "unknown-user", "account-inactive"}
	ntlmFix     = []rule.Fix{{
		Who: rule.Caller,
		Do: redact.Const("Log in once by hand with the same domain, user name and password; if that works, the client is configured with others. " +
			"Try no more than twice, because failed logins lock the account"),
		Command:    redact.Const(`curl --ntlm -u 'DOMAIN\USER' BASE/rest/api/2/myself   # asks for the password`),
		PowerShell: redact.Const(`curl.exe --ntlm -u 'DOMAIN\USER' BASE/rest/api/2/myself   # asks for the password`),
	}}
	ntlmAgain = &rule.Confirm{
		Do:         redact.Const("Ask from the same machine who you are, with the same account; curl asks for the password."),
		Command:    ntlmFix[0].Command,
		PowerShell: ntlmFix[0].PowerShell,
		Outcomes: []rule.Outcome{
			{Seen: redact.Const("curl is let in: the client has another password or domain"), Means: "wrong-password"},
			{Seen: redact.Const("curl is refused, and Windows asks for a new password at the next login"), Means: "password-expired"},
			{Seen: redact.Const("curl is refused, and an administrator of the domain finds no such user"), Means: "unknown-user"},
			{Seen: redact.Const("curl is refused, and an administrator finds the account locked or disabled"), Means: "account-inactive"},
		},
	}
)

// ntlmLast reports whether c is the last message of an NTLM handshake, alone or in
// one of Negotiate: AUTHENTICATE_MESSAGE ([MS-NLMP], section 2.2.1.3).
func ntlmLast(c *credential.Credential) bool {
	if c == nil || c.Scheme != credential.NTLM && c.Scheme != credential.Negotiate {
		return false
	}
	b, err := base64.StdEncoding.DecodeString(c.Param[:min(len(c.Param), credential.MaxValue)&^3])
	return err == nil && bytes.Contains(b, []byte("NTLMSSP\x00\x03\x00\x00\x00"))
}
