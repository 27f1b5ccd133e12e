package url

import (
	"strings"

	"github.com/why401/why401/internal/credential"
	"github.com/why401/why401/internal/exchange"
	"github.com/why401/why401/internal/redact"
	"github.com/why401/why401/internal/rule"
	"github.com/why401/why401/internal/target"
)

var _ = Set.Add(&rule.Rule{
	ID:    "gateway-wrong-cloudid",
	Title: "The cloud ID in the URL is not that of the site",
	Doc: `At the gateway the site is named by its cloud ID: ` + "`https://api.atlassian.com/ex/jira/{cloudId}/...`" + `. It is a
UUID, and neither the name nor the URL of the site nor the id of the organisation. With another text in its place the
gateway answers 401, 403 or 404, which looks like a bad token.

It is proven if the text after the product is no UUID. It is likely if the capture shows the cloud ID of the site
(` + "`/_edge/tenant_info`" + `), another one was called without success, and that one never with success: people may
have several sites. Ids that the token was not granted are a case of oauth-site-not-granted, and a name in braces is
one of placeholder-not-replaced as well. A 404 for a thing that is missing on the right site is none.`,
	Area: rule.ProductAndURL, Severity: rule.Error,
	Products: target.SetOf(target.Gateway),
	Needs:    exchange.Bodies,
	Explains: []string{"gateway-token-refused", "hidden-or-missing"},
	Fix: []rule.Fix{{
		Who: rule.Caller, Do: redact.Const("Put the UUID that the site itself names between the product and the path"),
		Command: cloudID, PowerShell: cloudIDPowerShell,
	}},
	References: []rule.Reference{
		serviceAccount401,
		{Title: "kovetskiy/mark#259", URL: "https://github.com/kovetskiy/mark/issues/259"},
		{Title: "atlassian/atlassian-mcp-server#117", URL: "https://github.com/atlassian/atlassian-mcp-server/issues/117"},
	},
	Since: "0.1",
	Over: func(p *rule.Pass, ses *rule.Session) {
		var site *rule.Subject // the one that names its cloud id, if no other does
		ids, served := map[string]bool{}, map[string]bool{}
		for _, s := range ses.Subjects {
			if id := tenant(s); id != "" {
				ids[id], site = true, s
			}
			if s.Target.CloudID != "" && s.HasOne(rule.Is2xx|rule.Recognized) {
				served[strings.ToLower(s.Target.CloudID)] = true
			}
			if s.OAuth != nil {
				for _, id := range s.OAuth.Sites {
					served[id] = true // the token is good for it
				}
			}
		}
		for _, s := range ses.Subjects {
			if s.Target.GatewayProduct != "jira" && s.Target.GatewayProduct != "confluence" ||
				!s.HasOne(rule.Is401|rule.Is403|rule.Is404) || !wrong(s) {
				continue
			}
			id := strings.ToLower(s.Target.CloudID)
			want := s.Address(redact.Const("a UUID after /ex/ and the product"))
			switch uuid := credential.ClassOf(id) == credential.UUIDKey; {
			case !uuid && (strings.Contains(id, "atlassian") || named(ses, id)):
				p.Proven(s, redact.Const("The name of the site stands where its cloud ID, a UUID, belongs."), want, s.StatusLine(redact.Const("200")))
			case !uuid:
				p.Proven(s, redact.Const("The text where the cloud ID belongs is no cloud ID: those are UUIDs."), want, s.StatusLine(redact.Const("200")))
			case len(ids) == 1 && !ids[id] && !served[id] && !s.LacksScope():
				p.Likely(s, redact.Const("The cloud ID in the URL is not the one that the site names as its own."),
					s.Address(redact.Const("the cloud ID of the site")),
					site.Part(redact.Const("response body, cloudId"), redact.Const("another UUID"), redact.Text{}), s.StatusLine(redact.Const("200")))
			}
		}
	},
})

// named reports whether name is the first label of a site in the capture.
func named(ses *rule.Session, name string) bool {
	for _, s := range ses.Subjects {
		if label, zone, _ := strings.Cut(s.Target.Host, "."); label == name && zone == "atlassian.net" {
			return true
		}
	}
	return false
}
