// Package url holds the rules about which product and which address a request is for.
package url

import (
	"strings"

	"github.com/why401/why401/internal/credential"
	"github.com/why401/why401/internal/exchange"
	"github.com/why401/why401/internal/redact"
	"github.com/why401/why401/internal/rule"
	"github.com/why401/why401/internal/target"
)

// Set is the rules of this area.
var Set rule.Set

// Commands that several rules give, and sources that they name.
var (
	cloudID = redact.Const(`curl -s https://YOUR-SITE.atlassian.net/_edge/tenant_info`)

	cloudIDPowerShell = redact.Const(`(Invoke-RestMethod -Uri https://YOUR-SITE.atlassian.net/_edge/tenant_info).cloudId`)

	manageTokens = rule.Reference{
		Title: "Manage API tokens for your Atlassian account",
		URL:   "https://support.atlassian.com/atlassian-account/docs/manage-api-tokens-for-your-atlassian-account/",
	}
	serviceAccount401 = rule.Reference{
		Title: "401 when a service account accesses the Jira or Confluence API",
		URL:   "https://support.atlassian.com/atlassian-cloud/kb/401-unauthorized-error-when-service-account-accesses-jira-or-confluence-api",
	}
	rfc7617Clear = rule.Reference{Title: "RFC 7617, section 4", URL: "https://www.rfc-editor.org/rfc/rfc7617#section-4"}
)

// pairPowerShell encodes a pair for the commands that follow it.
const pairPowerShell = `$h = @{Authorization = "Basic " + [Convert]::ToBase64String([Text.Encoding]::UTF8.GetBytes("${email}:$t"))}` + "\n"

func isGateway(host string) bool { return host == "api.atlassian.com" }

func isSite(host string) bool { return strings.HasSuffix(host, ".atlassian.net") }

// wrong reports whether s went wrong in any way.
func wrong(s *rule.Subject) bool { return s.HasOne(rule.Failing | rule.Troubled) }

// pair returns the pair of the Authorization field if both of its halves are
// there in plain text; nil otherwise.
func pair(s *rule.Subject) *credential.BasicPair {
	b := s.Basic()
	if b == nil || s.Authorization.Masked || b.IsToken() || !b.HasColon || b.User == "" || b.Password == "" ||
		b.UTF16 != "" || b.Twice != "" || b.PasswordPair != "" {
		return nil
	}
	return b
}

// apiToken returns the pair of the Authorization field if its second half is an
// API token of Cloud that says so itself.
func apiToken(s *rule.Subject) *credential.BasicPair {
	b := pair(s)
	if b == nil || b.PasswordClass != credential.APIToken && b.PasswordClass != credential.ServiceToken {
		return nil
	}
	return b
}

// intact reports whether nothing is wrong with the Authorization field as far
// as its bytes tell: an API token with its right checksum, after an e-mail
// address.
func intact(s *rule.Subject) bool {
	c, b := s.Authorization, apiToken(s)
	return b != nil && c.Checksum == credential.ChecksumRight && b.Encoding == credential.Strict &&
		strings.Contains(b.User, "@") && c.Gap == " " && len(c.Flaws()) == 0 && len(b.Flaws()) == 0
}

// tokenShape is evidence of the token in a Basic pair.
func tokenShape(s *rule.Subject, b *credential.BasicPair, want redact.Text) rule.Evidence {
	saw := redact.Const("an API token, ATATT3...")
	if b.PasswordClass == credential.ServiceToken {
		saw = redact.Const("the token of a service account, ATSTT3...")
	}
	return s.Decoded([2]int{len(b.User) + 1, len(b.Decoded)}, saw, want)
}

// acceptedAt looks for an exchange in which a host for which where holds
// accepted the token of s: the same pair from any client, or the same token
// under another name or scheme from the same client.
func acceptedAt(p *rule.Pass, ses *rule.Session, s *rule.Subject, where func(host string) bool) (rule.Evidence, bool) {
	part := redact.Const("request header Authorization")
	if u := p.AcceptedAt(s, where); u != nil {
		return rule.Evidence{At: u.At, Part: part, Saw: redact.Sprintf("the same credential, accepted by %s", redact.Host(u.Host))}, true
	}
	secret := s.Authorization.Secret()
	for _, o := range ses.Subjects {
		if secret != "" && o.Has(rule.Recognized) && where(o.Target.Host) && o.Authorization != nil && !o.Authorization.Masked &&
			o.Authorization.Secret() == secret {
			return rule.Evidence{At: o.At, Part: part, Saw: redact.Sprintf("the same token, accepted by %s", redact.Host(o.Target.Host))}, true
		}
	}
	return rule.Evidence{}, false
}

// tenant returns the cloud id that an answer of /_edge/tenant_info names.
func tenant(s *rule.Subject) string {
	if s.Target.Path != "/_edge/tenant_info" || !s.Has(rule.Is2xx|rule.HasBody) {
		return ""
	}
	_, rest, _ := strings.Cut(string(s.Response.Body.Head), `"cloudId"`)
	_, rest, _ = strings.Cut(rest, `"`)
	id, _, _ := strings.Cut(rest, `"`)
	if credential.ClassOf(id) != credential.UUIDKey {
		return ""
	}
	return strings.ToLower(id)
}

// asksAPI reports whether the request is one of a program for data.
func asksAPI(s *rule.Subject) bool {
	return s.Target.API == target.REST || s.Target.API == target.Session
}

// bodySeen reports whether the capture shows what the answer says.
func bodySeen(s *rule.Subject) bool {
	return s.Has(rule.HasBody) || s.Sees(exchange.Bodies) == exchange.Shown
}
