package refused

import (
	"strings"

	"github.com/why401/why401/internal/exchange"
	"github.com/why401/why401/internal/redact"
	"github.com/why401/why401/internal/rule"
	"github.com/why401/why401/internal/target"
)

var _ = Set.Add(&rule.Rule{
	ID:    "bitbucket-token-unscoped",
	Title: "The API token has no Bitbucket scopes",
	Doc: `Bitbucket Cloud takes API tokens only if they were created with scopes for Bitbucket. A classic token,
which works for Jira and Confluence, is refused with the same words as one that has expired.

The difference shows if the capture holds both: the same token was accepted by a site (the answer named the
user), and Bitbucket answered ` + "`Token is invalid, expired, or not supported for this endpoint.`" + ` Tokens are
compared as fingerprints and never shown. A site that merely answered 200 proves nothing, as it may have
answered anybody.`,
	Area: rule.Refused, Severity: rule.Error,
	// More certain than the class it belongs to, so it must come before it.
	Layer:    rule.LayerKind,
	Products: target.Bitbucket,
	Needs:    exchange.Credentials,
	Explains: []string{"bitbucket-token-refused"},
	Fix: []rule.Fix{{
		Who:        rule.Caller,
		Do:         redact.Const("Create an API token with scopes, product Bitbucket, and choose the scopes that the endpoint names"),
		Command:    redact.Const(`curl -s -o /dev/null -w "%{http_code}\n" -u "$EMAIL:$T" https://api.bitbucket.org/2.0/user`),
		PowerShell: redact.Const(pairPS + `Invoke-RestMethod -Headers $h -Uri https://api.bitbucket.org/2.0/user`),
	}},
	References: []rule.Reference{
		{Title: "avivsinai/bitbucket-cli#30", URL: "https://github.com/avivsinai/bitbucket-cli/issues/30"},
	},
	Since: "0.1",
	Over: func(p *rule.Pass, ses *rule.Session) {
		for _, s := range ses.Subjects {
			if s.Authorization == nil || s.Authorization.Masked || !s.Has(rule.Is401) || !bitbucketRefused(s) {
				continue
			}
			if !acceptedBySite(ses, s) && !acceptedAsIs(p, s) {
				continue
			}
			p.Likely(s, redact.Const("A Jira or Confluence site accepted the same token in this capture, so it lives, and Bitbucket refuses it for want of scopes."),
				s.StatusLine(redact.Const("200")), s.Body(redact.Const(notSupported)))
		}
	},
})

// acceptedBySite reports whether a site took the token of s from the same
// client, whatever user name stood before it.
func acceptedBySite(ses *rule.Session, s *rule.Subject) bool {
	secret := s.Authorization.Secret()
	for _, o := range ses.Subjects {
		if o.Is(target.CloudSite) && o.Has(rule.Recognized|rule.Is2xx) && o.Authorization != nil &&
			secret != "" && o.Authorization.Secret() == secret {
			return true
		}
	}
	return false
}

// acceptedAsIs reports whether a site took the pair of s from any client.
func acceptedAsIs(p *rule.Pass, s *rule.Subject) bool {
	r := p.Ledger.Meant(p.Ledger.Twin(s.Authorization))
	return r != nil && r.Accepted > 0 &&
		(strings.HasSuffix(r.FirstAccepted.Host, ".atlassian.net") || strings.HasSuffix(r.LastAccepted.Host, ".atlassian.net"))
}
