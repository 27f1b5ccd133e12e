package refused

import (
	"strings"

	"github.com/why401/why401/internal/exchange"
	"github.com/why401/why401/internal/redact"
	"github.com/why401/why401/internal/rule"
	"github.com/why401/why401/internal/target"
)

var cloudMembers = []string{
	"api-token-expired", "token-revoked", "token-not-of-this-email", "cloud-email-wrong", "cloud-user-not-email",
	"cloud-password", "scoped-token-on-site-host", "api-token-blocked-by-policy", "account-inactive",
}

var _ = Set.Add(&rule.Rule{
	ID:    "cloud-credential-refused",
	Title: "Cloud refused the e-mail address and token",
	Doc: `The request carried an e-mail address and a token, Jira or Confluence Cloud tried them, and they
are not valid here. Which of several reasons it is (expired, revoked, made by another account, made
with scopes, not a token at all) the answer does not tell, so this finding names them all and the
requests that tell them apart.

The proof is ` + "`X-Seraph-LoginReason: AUTHENTICATED_FAILED`" + `, whatever the status: Cloud serves what is open to
anybody with 200, and hides the rest with 404. Without that header a 401 to Basic counts, or a 403 of Confluence that
names ` + "`StacklessResponseStatusException`" + `.

What is wrong with the two themselves (a line break, an empty part, a user name in place of the e-mail address) has
rules of its own, and this finding becomes their consequence. An answer that gives another reason, such as a missing
scope or an IP address that is not allowed, is left to the rules about those, and so is a Bearer or Connect token.
Where the capture hides the Authorization header nothing is said here: see capture-credentials-hidden.`,
	Area: rule.Refused, Severity: rule.Error,
	Products:     target.CloudSite,
	When:         rule.Failing | rule.Answered,
	Needs:        exchange.Credentials,
	Explains:     rule.Explaining([]string{"retrying-refused-credential", "credential-stopped-working"}, rule.AnonymousEffects),
	Alternatives: cloudMembers,
	Fix: []rule.Fix{{
		Who:        rule.Caller,
		Do:         redact.Const("Check, in this order: it is an API token and not a password; the e-mail address is that of the account that made it; it has not expired and was not revoked (id.atlassian.com > Security > API tokens); it was made without scopes, else use the address of the gateway, https://api.atlassian.com/ex/jira/CLOUDID/"),
		Command:    redact.Const(cloudStatus),
		PowerShell: redact.Const(cloudStatusPS),
	}},
	Confirm: &rule.Confirm{
		Do: redact.Const("Ask who you are, first at the site and then, with its cloud ID, at the gateway, which is where tokens with scopes work."),
		Command: redact.Const(cloudStatus + `
CLOUDID=$(curl -s https://SITE.atlassian.net/_edge/tenant_info | sed 's/.*"cloudId":"\([^"]*\)".*/\1/')
curl -s -o /dev/null -w "%{http_code}\n" -u "$EMAIL:$T" "https://api.atlassian.com/ex/jira/$CLOUDID/rest/api/3/myself"`),
		PowerShell: redact.Const(cloudStatusPS + `
$id = (Invoke-RestMethod -Uri https://SITE.atlassian.net/_edge/tenant_info).cloudId
Invoke-RestMethod -Headers $h -Uri https://api.atlassian.com/ex/jira/$id/rest/api/3/myself`),
		Outcomes: []rule.Outcome{
			{Seen: redact.Const("401, then 200: the token has scopes"), Means: "scoped-token-on-site-host"},
			{Seen: redact.Const("200, then 401: token and e-mail address are right, and the failing client sends something else")},
			{Seen: redact.Const("401 twice, and the list of API tokens shows that its date has passed"), Means: "api-token-expired"},
			{Seen: redact.Const("401 twice, and the list no longer has the token"), Means: "token-revoked"},
			{Seen: redact.Const("401 twice, and the token is in the list of another account"), Means: "token-not-of-this-email"},
			{Seen: redact.Const("401 twice, and the account has another e-mail address"), Means: "cloud-email-wrong"},
			{Seen: redact.Const("401 twice, and a user name was sent in place of the e-mail address"), Means: "cloud-user-not-email"},
			{Seen: redact.Const("401 twice, and the password of the account was sent in place of a token"), Means: "cloud-password"},
			{Seen: redact.Const("401 twice, although the token is listed and in date: an administrator sees whether the organisation blocks API tokens"), Means: "api-token-blocked-by-policy"},
			{Seen: redact.Const("401 twice, and the user can no longer log in in the browser either"), Means: "account-inactive"},
		},
	},
	References: []rule.Reference{
		{Title: "brekkylab/backlot#123", URL: "https://github.com/brekkylab/backlot/issues/123"},
		{Title: "MrRefactoring/jira.js#418", URL: "https://github.com/MrRefactoring/jira.js/issues/418"},
		{Title: "tenable/integration-jira-cloud#165", URL: "https://github.com/tenable/integration-jira-cloud/issues/165"},
		{Title: "pycontribs/jira#1497", URL: "https://github.com/pycontribs/jira/issues/1497"},
	},
	Since: "0.1",
	Each: func(p *rule.Pass, s *rule.Subject) {
		if !pair(s) && !s.PairInQuery() {
			return
		}
		f := rule.Finding{
			Message:      redact.Const("The product tried the e-mail address and the token that were sent, and they are not valid on this site."),
			Alternatives: left(s, cloudMembers),
		}
		text, named := s.SaysText(cloudRefusals...)
		switch {
		case s.Has(rule.LoginFailed):
			f.Certainty, f.Evidence = rule.Proven, []rule.Evidence{seraphSays(s)}
		case s.Has(rule.Recognized), s.AnotherMatter():
			return
		case s.Has(rule.Is401) && named:
			f.Certainty, f.Evidence = rule.Likely, []rule.Evidence{s.StatusLine(redact.Const("200")), s.Body(text)}
		case s.Has(rule.Is403) && s.Is(target.Confluence) && s.Says(stackless):
			f.Certainty, f.Evidence = rule.Likely, []rule.Evidence{s.StatusLine(redact.Const("200")), s.Body(redact.Const(stackless))}
		case s.Has(rule.Is401):
			f.Certainty, f.Evidence = byProduct(p, s), []rule.Evidence{s.StatusLine(redact.Const("200"))}
		default:
			return
		}
		if s.CredentialHidden() && !s.PairInQuery() {
			f.Certainty, f.Alternatives = min(f.Certainty, rule.Likely), withUnseen(cloudMembers)
			if !s.Has(rule.LoginFailed) {
				f.Certainty = rule.Possible
			}
			f.Message = redact.Const("A credential was sent, which the capture does not show, and it was refused: it is not valid on this site, or it was damaged on the way into the header.")
		} else if acceptedByAnotherSite(p, s) {
			f.Message = redact.Const("Another site accepted the same e-mail address and token in this capture, so both are valid. This site does not take them: the account may have no access to it.")
			f.Alternatives = []string{"product-access-missing", "api-token-blocked-by-policy", "token-revoked"}
			f.Fix = []rule.Fix{
				{Who: rule.Caller, Do: redact.Const("Use the address of the site that accepted them, if that is the one that is meant")},
				{Who: rule.Admin, Do: redact.Const("Give the account access to the product on the site HOST")},
			}
			f.Confirm = &rule.Confirm{
				Do: redact.Const("Log in to this site in the browser as the same user, then send the request to the other site again."),
				Outcomes: []rule.Outcome{
					{Seen: redact.Const("the browser says that the account has no access"), Means: "product-access-missing"},
					{Seen: redact.Const("the browser gets in, and the other site still takes the token: an administrator sees whether the organisation of this site blocks API tokens"), Means: "api-token-blocked-by-policy"},
					{Seen: redact.Const("the other site refuses the token now, too"), Means: "token-revoked"},
				},
			}
		}
		p.Report(s, f)
	},
})

// acceptedByAnotherSite reports whether another Cloud site took the credential
// of s, byte for byte, in an earlier request.
func acceptedByAnotherSite(p *rule.Pass, s *rule.Subject) bool {
	if s.Authorization == nil || s.Authorization.Masked {
		return false
	}
	r := p.Ledger.Exact(p.Ledger.Print(s.Authorization))
	if r == nil || r.FirstAccepted == nil || r.FirstAccepted.Order >= s.Order {
		return false
	}
	host := r.FirstAccepted.Host
	return host != s.Target.Host && strings.HasSuffix(host, ".atlassian.net")
}

// stackless is the name of the exception in what Confluence Cloud answers to a
// credential that it cannot use.
const stackless = "stacklessresponsestatusexception"

// cloudRefusals are what Cloud says to a call that it does not take for one of
// a user.
var cloudRefusals = []redact.Text{
	redact.Const("client must be authenticated to access this resource"),
	redact.Const("you are not authenticated"),
}
