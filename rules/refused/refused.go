// Package refused holds the rules about credentials that the server looked at and refused, where one capture cannot tell why.
package refused

import (
	"slices"
	"strings"

	"github.com/why401/why401/internal/credential"
	"github.com/why401/why401/internal/redact"
	"github.com/why401/why401/internal/rule"
	"github.com/why401/why401/internal/target"
)

// Set is the rules of this area.
var Set rule.Set

// unseenDefects are the defects of a pair that a look at the credential would
// have shown. Where the capture hides it, each of them can be the reason for
// the refusal.
var unseenDefects = []string{
	"basic-newline", "basic-utf16", "basic-not-encoded", "basic-double-encoded", "basic-stray-blank",
	"basic-base64-variant", "basic-non-ascii", "basic-part-missing", "placeholder-not-replaced",
}

// withUnseen returns members, followed by the defects that nobody could look for.
func withUnseen(members []string) []string { return slices.Concat(members, unseenDefects) }

// left returns members without those that the credential, where the capture shows
// it, is not: a token that a machine made is no password, and of one kind only.
func left(s *rule.Subject, members []string) []string {
	c := s.Authorization
	if c == nil || s.CredentialHidden() || s.Partial(c) {
		return members
	}
	made := c.Class.MachineMade()
	return slices.DeleteFunc(slices.Clone(members), func(id string) bool {
		switch id {
		case "cloud-user-not-email":
			return c.Basic != nil && strings.Contains(c.Basic.User, "@")
		case "cloud-password", "basic-credential-as-bearer", "placeholder-not-replaced":
			return made
		case "api-token-as-bearer":
			return made && c.Class != credential.APIToken && c.Class != credential.ServiceToken
		case "pat-on-cloud":
			return made && c.Class != credential.PAT && c.Class != credential.BitbucketPAT
		case "oauth-token-on-site-host":
			return made && c.Class != credential.JWTToken
		}
		return false
	})
}

// first returns members with the given ones moved to the front.
func first(members []string, ids ...string) []string {
	out := slices.Clone(ids)
	for _, m := range members {
		if !slices.Contains(ids, m) {
			out = append(out, m)
		}
	}
	return out
}

// pair reports whether the Authorization field is, or was meant to be, a user
// name and a password: anything but a token under a scheme word of its own.
func pair(s *rule.Subject) bool {
	c := s.Authorization
	if c == nil {
		return false
	}
	switch c.Scheme {
	case credential.Bearer, credential.JWT, credential.OAuth1, credential.Negotiate, credential.NTLM, credential.Digest:
		return false
	}
	return true
}

// byProduct is the certainty of a refusal of which the answer says no more than
// its status: Likely if the product certainly wrote it, and no other request to
// the host with the very same credential was accepted before.
func byProduct(p *rule.Pass, s *rule.Subject) rule.Certainty {
	if target.FromProduct(s.Target, s.Response) != target.Yes || acceptedBefore(p, s) {
		return rule.Possible
	}
	return rule.Likely
}

// acceptedBefore reports whether the host accepted the very same credential
// before: then a plain 401 is more likely about something else, such as an
// address that takes no tokens.
func acceptedBefore(p *rule.Pass, s *rule.Subject) bool {
	r := p.Ledger.Exact(p.Ledger.Print(s.Authorization))
	return s.Authorization != nil && r != nil && r.Accepted > 0 && r.LastAccepted.Host == s.Target.Host
}

// seraphSays is evidence of what the product says of the login.
func seraphSays(s *rule.Subject) rule.Evidence {
	return s.AnswerField("X-Seraph-LoginReason", redact.Const("OK"))
}

const (
	cloudStatus = `curl -s -o /dev/null -w "%{http_code}\n" -u "$EMAIL:$T" https://SITE.atlassian.net/rest/api/3/myself`
	// The PowerShell commands print the status of a refusal as an error.
	pairPS        = `$h = @{Authorization = "Basic " + [Convert]::ToBase64String([Text.Encoding]::UTF8.GetBytes("${email}:$t"))}` + "\n"
	cloudStatusPS = pairPS + `Invoke-RestMethod -Headers $h -Uri https://SITE.atlassian.net/rest/api/3/myself`
)
