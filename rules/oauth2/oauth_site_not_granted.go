package oauth2

import (
	"slices"
	"strings"

	"github.com/why401/why401/internal/credential"
	"github.com/why401/why401/internal/exchange"
	"github.com/why401/why401/internal/redact"
	"github.com/why401/why401/internal/rule"
	"github.com/why401/why401/internal/target"
)

var _ = Set.Add(&rule.Rule{
	ID:    "oauth-site-not-granted",
	Title: "The user did not grant this site",
	Doc: `When a user gives an app access by OAuth 2.0, the page asks for which site. The token is good for that site only,
although the user may have others. ` + "`accessible-resources`" + ` lists the sites that a token is good for, and each
call names one by its cloud ID.

It is proven by a refused call to a cloud ID that is not in the list which the gateway gave for the very same token in
the same capture, likely where the token is hidden. An empty list means that no site was granted. An id that has not
even the form of one is a case of gateway-wrong-cloudid.`,
	Area: rule.OAuth2, Severity: rule.Error, Layer: rule.LayerPermission,
	Products: target.SetOf(target.Gateway),
	Needs:    exchange.Bodies,
	Explains: []string{"gateway-token-refused", "gateway-wrong-cloudid", "hidden-or-missing"},
	Fix: []rule.Fix{{
		Who:        rule.Caller,
		Do:         redact.Const("Ask the user for consent once more, and let them choose this site; or use a cloud ID of the list"),
		Command:    redact.Const(sitesSh),
		PowerShell: redact.Const(sitesPS),
	}},
	References: []rule.Reference{threeLO},
	Since:      "0.1",
	Formerly:   []string{"oauth2-site-not-granted"},
	Over: func(p *rule.Pass, ses *rule.Session) {
		var lists []*rule.Subject
		for _, s := range ses.Subjects {
			if s.OAuth != nil && s.OAuth.Whole && s.Target.Product == target.Gateway {
				lists = append(lists, s)
			}
		}
		if lists == nil {
			return
		}
		for _, s := range ses.Subjects {
			id := strings.ToLower(s.Target.CloudID)
			if s.Target.Product != target.Gateway || credential.ClassOf(id) != credential.UUIDKey || !turnedAway(s) {
				continue
			}
			if l, sure := listFor(p, lists, s); l != nil && !slices.Contains(l.OAuth.Sites, id) {
				f := rule.Finding{
					Certainty: rule.Likely,
					Message:   redact.Const("The token is not good for this site: the gateway does not list its cloud ID among the sites that the user granted."),
					Evidence: []rule.Evidence{
						l.Part(redact.Const("response body of accessible-resources"), redact.Count(len(l.OAuth.Sites), "site, not this one", "sites, not this one"), redact.Const("this site in the list")),
						s.Address(redact.Const("a cloud ID of the list")),
					},
				}
				if len(l.OAuth.Sites) == 0 {
					f.Message = redact.Const("The token is good for no site at all: the list of the sites that the user granted is empty.")
				}
				if sure {
					f.Certainty = rule.Proven
				}
				p.Report(s, f)
			}
		}
	},
})

// turnedAway reports whether the gateway refused the call, or found nothing, for
// a reason that may be the site.
func turnedAway(s *rule.Subject) bool {
	return s.HasOne(rule.Is401|rule.Is403|rule.Is404) && s.HasOne(rule.Failing|rule.Troubled) && !s.Has(rule.Recognized) && !s.AnotherMatter()
}

// listFor returns the list of sites that was given for the token of s: surely
// that of the same token, or the only one where the capture hides tokens.
func listFor(p *rule.Pass, lists []*rule.Subject, s *rule.Subject) (list *rule.Subject, sure bool) {
	if s.CredentialHidden() {
		if len(lists) == 1 && lists[0].CredentialHidden() {
			return lists[0], false
		}
		return nil, false
	}
	if s.Authorization == nil {
		return nil, false
	}
	for _, l := range lists {
		if l.Authorization != nil && !l.Authorization.Masked && p.Ledger.Twin(l.Authorization) == p.Ledger.Twin(s.Authorization) {
			return l, true
		}
	}
	return nil, false
}
