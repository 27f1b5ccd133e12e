package permission

import (
	"strings"

	"github.com/why401/why401/internal/exchange"
	"github.com/why401/why401/internal/redact"
	"github.com/why401/why401/internal/rule"
	"github.com/why401/why401/internal/target"
)

var _ = Set.Add(&rule.Rule{
	ID:    "permission-missing",
	Title: "The login works, but this account lacks the permission",
	Doc: `The server knows who calls and refuses what is asked for. No other credential of the same account will help:
the account needs a permission, in the project, in the space, or as an administrator.

The proof is a 403 (Jira Align and Bitbucket Data Center (self-hosted) use 401, too) whose answer names the user:
` + "`X-AACCOUNTID`" + `, ` + "`X-AUSERNAME`" + ` other than anonymous, ` + "`X-Seraph-LoginReason: OK`" + `,
` + "`X-OAuth-Scopes`" + `; or the words ` + "`user does not have the relevant permissions`" + `. A
` + "`PermissionException`" + ` of Confluence with ` + "`\"authorized\":false,\"valid\":true`" + ` makes it likely, and so
does a 403 that the product wrote to a credential that the same host accepted before. A 403 at an endpoint for
administrators is a hint.

An answer that gives another reason (XSRF, WebSudo, an allowlist, a scope, a licence) is left to the rule about that,
a 403 of an app without a reason to app-endpoint-refused, and one that names nobody may be the work of a firewall.
Where the capture lacks the body, which could give such a reason, it is no proof.`,
	Area: rule.Permission, Severity: rule.Error,
	When:     rule.Failing | rule.Answered,
	Explains: []string{"hidden-or-missing", "app-endpoint-refused"},
	Fix: []rule.Fix{
		{
			Who:        rule.Admin,
			Do:         redact.Const("Give the account the permission that the endpoint needs, such as BROWSE_PROJECTS for a project or ADMINISTER for administration, or the group that has it"),
			Command:    redact.Const(`curl -s -u "$EMAIL:$T" "BASE/rest/api/2/mypermissions?permissions=BROWSE_PROJECTS"`),
			PowerShell: redact.Const(`curl.exe -s -u "${email}:$t" "BASE/rest/api/2/mypermissions?permissions=BROWSE_PROJECTS"`),
		},
		{
			Who: rule.Caller,
			Do:  redact.Const("Or use a credential of an account that has the permission"),
		},
	},
	Confirm: &rule.Confirm{
		Do:         redact.Const("Ask the product, with the same credential, what the account may do (Jira)."),
		Command:    redact.Const(`curl -s -u "$EMAIL:$T" "BASE/rest/api/2/mypermissions?permissions=BROWSE_PROJECTS"`),
		PowerShell: redact.Const(`curl.exe -s -u "${email}:$t" "BASE/rest/api/2/mypermissions?permissions=BROWSE_PROJECTS"`),
		Outcomes: []rule.Outcome{
			{Seen: redact.Const("\"havePermission\":false: that permission is missing")},
			{Seen: redact.Const("\"havePermission\":true: the endpoint needs another one")},
		},
	},
	References: []rule.Reference{
		{Title: "cristibaluta/Jit#10", URL: "https://github.com/cristibaluta/Jit/issues/10"},
		{Title: "Get my permissions", URL: "https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-permissions/"},
		{Title: "aws-securityhub#9"},
	},
	Since:    "0.1",
	Formerly: []string{"authenticated-but-forbidden", "admin-only-endpoint"},
	Each: func(p *rule.Pass, s *rule.Subject) {
		if s.HasOne(rule.LoginFailed|rule.LoginDenied) || s.Reasons&rule.ReasonUnauthorised != 0 || s.AnotherMatter() {
			return
		}
		relevant := redact.Const("user does not have the relevant permissions")
		switch {
		case s.Has(rule.Is403) && s.Says(relevant.String()) && !s.Anonymous:
			p.Proven(s, redact.Const("The server says that the user lacks the permission. Another credential of the same account changes nothing."), s.StatusLine(redact.Const("200")), s.Body(relevant))
		case s.Has(rule.Recognized) && denied(s) && !unexplained(s):
			f := rule.Finding{
				Certainty: rule.Proven,
				Message:   redact.Const("The answer names the user, so the login worked; the account may not do this. Another credential of the same account changes nothing."),
				Evidence:  []rule.Evidence{s.StatusLine(redact.Const("200")), identity(s)},
			}
			if !s.Has(rule.HasBody) && s.Response.Body.Size != 0 && s.Sees(exchange.Bodies) != exchange.Shown {
				f.Certainty = rule.Likely
				f.Message = redact.Const("The answer names the user, so the login worked. The account may lack the permission; the capture does not show whether the answer gives another reason.")
			} else if s.HTML() && s.Target.API == target.Web && s.Request.Method == "POST" {
				f.Certainty = rule.Likely
				f.Message = redact.Const("The page that refuses the form is one for a user who is logged in: the account may not do this.")
			}
			p.Report(s, f)
		case s.Has(rule.Is403) && s.Is(target.Confluence) && !s.Anonymous && s.Has(rule.OffersAny) &&
			s.Says("permissionexception") && s.Says(`"authorized":false`) && s.Says(`"valid":true`):
			p.Likely(s, redact.Const("Confluence found nothing wrong with the request but the permission of the user."),
				s.StatusLine(redact.Const("200")), s.Body(redact.Const(`"authorized":false`)))
		case s.Has(rule.Is403) && !s.HasOne(rule.Recognized) && !s.Anonymous && acceptedBefore(p, s) && !unexplained(s) &&
			target.FromProduct(s.Target, s.Response) == target.Yes:
			p.Likely(s, redact.Const("The same host accepted the same credential before, so the login works; here the product refuses. The account may not do this."),
				s.StatusLine(redact.Const("200")), s.Auth([2]int{}, redact.Const("the same as in a request that was accepted"), redact.Text{}))
		case s.Has(rule.Is403|rule.OffersAny) && !s.HasOne(rule.Recognized) && !s.Anonymous && forAdmins(s) &&
			target.FromProduct(s.Target, s.Response) == target.Yes:
			p.Possible(s, redact.Const("The endpoint is one for administrators, and the product refuses. The account may not be an administrator."),
				s.StatusLine(redact.Const("200")), s.Address(redact.Text{}))
		}
	},
})

// acceptedBefore reports whether the host accepted the credential of s in an
// earlier request.
func acceptedBefore(p *rule.Pass, s *rule.Subject) bool {
	if s.Authorization == nil || s.Authorization.Masked {
		return false
	}
	r := p.Ledger.Exact(p.Ledger.Print(s.Authorization))
	return r != nil && r.FirstAccepted != nil && r.FirstAccepted.Host == s.Target.Host && r.FirstAccepted.Order < s.Order
}

// denied reports whether the status is the one with which the product refuses a
// user that it knows.
func denied(s *rule.Subject) bool {
	switch {
	case s.Has(rule.Is403):
		return true
	case s.Has(rule.Is401) && s.Target.Product == target.Align:
		return true
	}
	return s.Has(rule.Is401) && s.Target.Product == target.BitbucketDC && s.Says("authorisationexception")
}

// unexplained reports whether an app refuses and does not speak of permission,
// or the capture does not show what it says: then it may be its licence.
func unexplained(s *rule.Subject) bool {
	if !s.AppPath() {
		return false
	}
	_, said := s.SaysOne("permission", "not allowed", "access denied", "administrator", "not authorized", "not authorised")
	return !said || s.Sees(exchange.Bodies) != exchange.Shown
}

// identity is evidence of the login having worked.
func identity(s *rule.Subject) rule.Evidence {
	switch {
	case s.User != "":
		return s.AnswerField("X-AUSERNAME", redact.Text{})
	case s.Answer("X-AACCOUNTID") != "":
		return s.Part(redact.Const("response header X-AACCOUNTID"), redact.Const("the id of an account"), redact.Text{})
	case s.Reasons&rule.ReasonOK != 0:
		return s.AnswerField("X-Seraph-LoginReason", redact.Text{})
	case s.Response.Header.Has("X-OAuth-Scopes"):
		return s.Part(redact.Const("response header X-OAuth-Scopes"), redact.Const("the scopes of the credential"), redact.Text{})
	}
	return s.Part(redact.Const("response header Set-Cookie, end of atlassian.xsrf.token"), redact.Const("lin"), redact.Text{})
}

// forAdmins reports whether the address is one that only administrators may use.
func forAdmins(s *rule.Subject) bool {
	path := strings.ToLower(s.Target.Resource)
	write := s.Request.Method != "GET" && s.Request.Method != "HEAD"
	for _, part := range [...]string{"/auditing", "/permissions", "/permissionscheme", "/webhook", "/rest/basicauth/", "/secure/admin/", "/admin/"} {
		if strings.Contains(path, part) {
			return true
		}
	}
	return write && (strings.HasSuffix(path, "/user") || strings.HasSuffix(path, "/group") || strings.HasSuffix(path, "/group/user"))
}
