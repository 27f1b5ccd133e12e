package url

import (
	"github.com/why401/why401/internal/exchange"
	"github.com/why401/why401/internal/redact"
	"github.com/why401/why401/internal/rule"
	"github.com/why401/why401/internal/target"
)

var _ = Set.Add(&rule.Rule{
	ID:    "forge-scope-grants-missing",
	Title: "The Forge app has not been granted the scope",
	Doc: `A Forge app may do what its manifest asks for and the site has granted. A scope that was added to the manifest later
is not granted until an administrator upgrades the installation, and, for calls as the user, until the user consents
again.

The server says so with 403 and ` + "`Access to the resource was denied due to missing scope grants`" + `, followed by the
scopes that the app was granted and those that the resource needs. An empty list of granted scopes in a call as the
user means that this user has not consented.`,
	Area: rule.ProductAndURL, Severity: rule.Error, Layer: rule.LayerPermission,
	Products: target.Cloud,
	When:     rule.Is403 | rule.HasBody,
	Needs:    exchange.Bodies,
	Explains: []string{"scope-missing", "permission-missing", "gateway-token-refused"},
	Fix: []rule.Fix{
		{
			Who: rule.Admin,
			Do: redact.Const("Add the scope that the answer lists to manifest.yml, deploy the app, and upgrade the installation on the site; " +
				"users then consent again"),
			Command: redact.Const("forge deploy && forge install --upgrade"), PowerShell: redact.Const("forge deploy; forge install --upgrade"),
		},
	},
	References: []rule.Reference{{
		Title: "Access to the resource was denied due to missing scope grants",
		URL:   "https://community.developer.atlassian.com/t/access-to-the-resource-was-denied-due-to-missing-scope-grants/75654",
	}},
	Since: "0.1",
	Each: func(p *rule.Pass, s *rule.Subject) {
		text := redact.Const("denied due to missing scope grants")
		if !s.Says(text.String()) {
			return
		}
		message := redact.Const("The site has not granted the app a scope that the resource needs; the answer lists both.")
		if s.Says("granted the following scopes: []") {
			message = redact.Const("The app was granted no scope at all: the site has not granted those of its manifest, or this user has not consented yet.")
		}
		p.Proven(s, message, s.StatusLine(redact.Const("200")), s.Body(text))
	},
})
