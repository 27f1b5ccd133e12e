package kind

import (
	"github.com/why401/why401/internal/credential"
	"github.com/why401/why401/internal/exchange"
	"github.com/why401/why401/internal/redact"
	"github.com/why401/why401/internal/rule"
	"github.com/why401/why401/internal/target"
)

var _ = Set.Add(&rule.Rule{
	ID:    "scim-key-refused",
	Title: "User provisioning (SCIM) refused the key",
	Doc: `The provisioning of users (` + "`api.atlassian.com/scim/directory/...`" + `) takes only the key of that directory,
after the word ` + "`Bearer`" + `. It is shown once, when the directory is connected, and a new one makes the old
one useless. The id in the path must be that of the same directory.

Where the call failed with something that is certainly no directory key, such as a user name and password, an API
token or an organisation key, that is the cause. A key of the right kind has no form of its own: if it was refused
with 401 or 403, either it is dead or the id is of another directory, and one capture cannot tell which. Damage to the
key cannot be seen, either. JSON Web Tokens are not reported, as OAuth 2.0 of a service account can be set up for
SCIM, too.`,
	Area: rule.CredentialKind, Severity: rule.Error,
	Products: target.SetOf(target.SCIM),
	When:     rule.HasAuthorization | rule.Failing | rule.Answered,
	Needs:    exchange.Credentials,
	Explains: []string{"gateway-token-refused", "api-token-as-bearer", "pat-on-cloud", "retrying-refused-credential", "answered-as-anonymous"},
	Fix: []rule.Fix{{
		Who:        rule.Admin,
		Do:         redact.Const("Regenerate the key in the settings of the directory (admin.atlassian.com > Security > Identity providers) and copy the key together with the base URL, which holds the directory ID"),
		Command:    redact.Const(`curl -s -o /dev/null -w "%{http_code}\n" -H "Authorization: Bearer $SCIM_KEY" https://api.atlassian.com/scim/directory/DIRECTORY_ID/ServiceProviderConfig`),
		PowerShell: redact.Const(`Invoke-RestMethod -Headers @{Authorization="Bearer $scimKey"} -Uri https://api.atlassian.com/scim/directory/DIRECTORY_ID/ServiceProviderConfig`),
	}},
	Alternatives: []string{"key-revoked", "wrong-directory-id"},
	Confirm: &rule.Confirm{
		Do:         redact.Const("Ask for the ServiceProviderConfig of the directory with a freshly generated key."),
		Command:    redact.Const(`curl -s -o /dev/null -w "%{http_code}\n" -H "Authorization: Bearer $SCIM_KEY" https://api.atlassian.com/scim/directory/DIRECTORY_ID/ServiceProviderConfig`),
		PowerShell: redact.Const(`Invoke-RestMethod -Headers @{Authorization="Bearer $scimKey"} -Uri https://api.atlassian.com/scim/directory/DIRECTORY_ID/ServiceProviderConfig`),
		Outcomes: []rule.Outcome{
			{Seen: redact.Const("200"), Means: "key-revoked"},
			{Seen: redact.Const("403 again"), Means: "wrong-directory-id"},
		},
	},
	References: []rule.Reference{{
		Title: "User provisioning REST API: directory token authentication",
		URL:   "https://developer.atlassian.com/cloud/admin/user-provisioning/rest/intro/",
	}},
	Since:    "0.1",
	Formerly: []string{"scim-token-misused"},
	Each: func(p *rule.Pass, s *rule.Subject) {
		c := s.Authorization
		k := held(s)
		want := redact.Const("Bearer and the key of the directory")
		if c.Masked || standsIn(k) || credential.NullWord(c.Param) || !judged(s) {
			return
		}
		wrong := rule.Finding{Certainty: rule.Likely, Alternatives: []string{}, Confirm: &rule.Confirm{Do: redact.Const("Repeat the request with the key of the directory after the word Bearer.")}}
		switch {
		case k == credential.JWTToken:
		case k.MachineMade():
			wrong.Message = redact.Const("This is a token of another kind. SCIM takes only the key of the directory.")
			wrong.Evidence = []rule.Evidence{heldToken(s, k, want), s.StatusLine(redact.Text{})}
			p.Report(s, wrong)
		case s.Has(rule.OffersBasic):
			wrong.Message = redact.Const("A user name and password were sent. SCIM takes only the key of the directory, after the word Bearer.")
			wrong.Evidence = []rule.Evidence{s.Auth([2]int{}, redact.Const("Basic"), want), s.StatusLine(redact.Text{})}
			p.Report(s, wrong)
		case s.Has(rule.OffersBearer) && s.HasOne(rule.Is401|rule.Is403):
			p.Likely(s, redact.Const("SCIM refused the key: it is no longer valid, or not the key of the directory in the path."),
				s.Address(redact.Const("the id of the directory that the key is for")), s.StatusLine(redact.Text{}))
		}
	},
})
