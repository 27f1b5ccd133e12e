package permission

import (
	"github.com/why401/why401/internal/redact"
	"github.com/why401/why401/internal/rule"
	"github.com/why401/why401/internal/target"
)

var _ = Set.Add(&rule.Rule{
	ID:    "product-access-missing",
	Title: "The account has no access to this product",
	Doc: `The credential is right, and the account may not use this product at all: it has no application access (the licence to
use it), or was taken out of the group that gives it.

The proof is ` + "`X-Seraph-LoginReason: AUTHORISATION_FAILED`" + ` (right password, may not log in; mind the British spelling),
the words ` + "`Not permitted to use Confluence`" + ` in an answer that names the user, or
` + "`The user does not have access to Jira Software.`" + ` It is likely where the very same credential is accepted by Jira and
refused with 403 by Confluence on the same host, or the other way round.

` + "`Not permitted to use Confluence`" + ` in an answer that names nobody may be a credential that was not accepted: see
confluence-not-permitted. AUTHENTICATED_FAILED and AUTHENTICATION_DENIED are other things.`,
	Area: rule.Permission, Severity: rule.Error,
	Products: target.CloudSite | target.DataCenter | target.SetOf(target.Gateway),
	Explains: []string{"confluence-not-permitted", "permission-missing", "hidden-or-missing"},
	Fix: []rule.Fix{{
		Who: rule.Admin,
		Do:  redact.Const("Give the account access to the product (Cloud: admin.atlassian.com > Users; Data Center: Application access and the groups in it)"),
	}},
	Confirm: &rule.Confirm{Do: redact.Const("Log in to the product in the browser as the same user: it says that the account has no access.")},
	References: []rule.Reference{
		{Title: "Jira, LoginReason: \"could not be authorised\""},
		{Title: "ankitpokhrel/jira-cli#401", URL: "https://github.com/ankitpokhrel/jira-cli/issues/401"},
		{Title: "dapplo/Dapplo.Confluence#35", URL: "https://github.com/dapplo/Dapplo.Confluence/issues/35"},
	},
	Since:    "0.1",
	Formerly: []string{"login-authorisation-failed"},
	Over: func(p *rule.Pass, ses *rule.Session) {
		accepted := map[accessKey]target.Product{} // the first product that took a credential
		for _, s := range ses.Subjects {
			if k := keyOf(p, s); k.id != 0 && s.Has(rule.Recognized|rule.Is2xx) {
				if _, ok := accepted[k]; !ok {
					accepted[k] = s.Target.Product
				}
			}
		}
		for _, s := range ses.Subjects {
			if s.Has(rule.Failing|rule.Answered) && s.Is(target.CloudSite|target.DataCenter|target.SetOf(target.Gateway)) {
				noAccess(p, s, accepted)
			}
		}
	},
})

// An accessKey is one credential at one host.
type accessKey struct {
	host string
	id   rule.Print
}

func keyOf(p *rule.Pass, s *rule.Subject) accessKey {
	if s.Authorization == nil || s.Authorization.Masked {
		return accessKey{}
	}
	return accessKey{s.Target.Host, p.Ledger.Print(s.Authorization)}
}

func noAccess(p *rule.Pass, s *rule.Subject, accepted map[accessKey]target.Product) {
	if s.Reasons&rule.ReasonUnauthorised != 0 {
		p.Proven(s, redact.Const("The password is right, and the account may not log in to this product."), s.AnswerField("X-Seraph-LoginReason", redact.Const("OK")))
		return
	}
	if !s.Has(rule.Is403) {
		return
	}
	confluence := redact.Const("not permitted to use confluence")
	jira := redact.Const("the user does not have access to jira")
	switch {
	case s.Says(jira.String()):
		p.Proven(s, redact.Const("Jira says that the user has no access to it."), s.StatusLine(redact.Const("200")), s.Body(jira))
		return
	case s.Says(confluence.String()) && s.Has(rule.Recognized):
		p.Proven(s, redact.Const("Confluence knows the user and says that they may not use it."), s.StatusLine(redact.Const("200")), s.Body(confluence), identity(s))
		return
	case s.HasOne(rule.LoginFailed|rule.LoginDenied) || s.AnotherMatter() || s.AppPath():
		return
	}
	other, ok := accepted[keyOf(p, s)]
	if !ok || !crossed(other, s.Target.Product) || !s.Says(confluence.String()) && s.Has(rule.Recognized) {
		return
	}
	p.Likely(s, redact.Const("The same credential is accepted by the other product on this host, and this one refuses it."),
		s.StatusLine(redact.Const("200")), s.Auth([2]int{}, redact.Const("the same as in a request that the other product accepted"), redact.Text{}))
}

// crossed reports whether one is a Jira and the other a Confluence.
func crossed(a, b target.Product) bool {
	return target.Jira.Has(a) && target.Confluence.Has(b) || target.Confluence.Has(a) && target.Jira.Has(b)
}
