package url

import (
	"encoding/json"
	"strings"

	"github.com/why401/why401/internal/credential"
	"github.com/why401/why401/internal/exchange"
	"github.com/why401/why401/internal/redact"
	"github.com/why401/why401/internal/rule"
	"github.com/why401/why401/internal/target"
)

var _ = Set.Add(&rule.Rule{
	ID:    "scope-missing",
	Title: "The token is valid but lacks a scope",
	Doc: `The server took the token and found that it may not do this: the scope that the endpoint needs was not chosen when the
token was made, or not asked for in the consent. No other spelling of the token helps.

The server says so: ` + "`Unauthorized; scope does not match`" + ` or ` + "`X-Failure-Category: FAILURE_CLIENT_SCOPE_CHECK`" + ` (gateway),
` + "`Your credentials lack one or more required privilege scopes`" + ` (Bitbucket, which lists what is required and what was
granted), or the challenge ` + "`insufficient_scope`" + `. It is likely where the capture lacks the body and the token itself names
its scopes, none of which is for the product that was called.

Classic and granular scopes do not stand in for each other everywhere: the Agile API of Jira and version 2 of the
Confluence API want the granular ones. The gateway says the same of a path that it does not know; see
gateway-path-doubled and gateway-wrong-product-segment.`,
	Area: rule.ProductAndURL, Severity: rule.Error, Layer: rule.LayerPermission,
	Products: target.Cloud | target.Bitbucket,
	When:     rule.Failing | rule.Answered,
	Needs:    exchange.Credentials | exchange.Bodies,
	Explains: []string{"gateway-token-refused", "bitbucket-token-refused", "permission-missing"},
	Fix: []rule.Fix{{
		Who: rule.Caller,
		Do: redact.Const("Look up in the reference of the endpoint which scopes it needs, and create the token (or ask for consent) again with them; " +
			"a token that exists keeps the scopes it has"),
	}},
	References: []rule.Reference{
		{Title: "RFC 6750, section 3.1", URL: "https://www.rfc-editor.org/rfc/rfc6750#section-3.1"},
		{Title: "Jira scopes for OAuth 2.0 (3LO) and Forge apps", URL: "https://developer.atlassian.com/cloud/jira/platform/scopes-for-oauth-2-3LO-and-forge-apps/"},
		{Title: "kovetskiy/mark#917", URL: "https://github.com/kovetskiy/mark/issues/917"},
		{Title: "gildas/bitbucket-cli#56", URL: "https://github.com/gildas/bitbucket-cli/issues/56"},
		{Title: "raycast/extensions#11212", URL: "https://github.com/raycast/extensions/issues/11212"},
		{Title: "atlassian-api/atlassian-python-api#1618", URL: "https://github.com/atlassian-api/atlassian-python-api/issues/1618"},
		{Title: "backstage/backstage#22383", URL: "https://github.com/backstage/backstage/issues/22383"},
	},
	Since:    "0.1",
	Formerly: []string{"gateway-missing-scope", "oauth2-scope-missing", "bitbucket-scope-missing"},
	Each: func(p *rule.Pass, s *rule.Subject) {
		message := redact.Const("The server took the token, so it is valid; it lacks a scope that this endpoint needs.")
		_, forge := s.SaysOne("missing scope grants")
		if !s.HasOne(rule.Is401|rule.Is403) || forge {
			return
		}
		want := s.Address(needs(s))
		f := rule.Finding{Certainty: rule.Proven, Message: message}
		if forConfluence(s) || forJira(s) {
			// Of a path that it does not know the gateway says the same.
			f.Certainty, f.Message = rule.Likely, redact.Const("The server took the token, and says that no scope of it is for this endpoint.")
		}
		switch text, says := s.SaysText(scopeTexts...); {
		case says:
			f.Evidence = []rule.Evidence{s.Body(text), granted(s, want)}
			p.Report(s, f)
		case strings.Contains(strings.ToUpper(s.Answer("X-Failure-Category")), "SCOPE"):
			f.Evidence = []rule.Evidence{s.AnswerField("X-Failure-Category", redact.Const("absent")), granted(s, want)}
			p.Report(s, f)
		case s.InsufficientScope():
			f.Evidence = []rule.Evidence{s.Part(redact.Const("response header WWW-Authenticate"), redact.Const("insufficient_scope"), redact.Const("absent")), granted(s, want)}
			p.Report(s, f)
		case !bodySeen(s) && forNothing(s):
			p.Likely(s, redact.Const("None of the scopes that the token names is for the product that was called."), granted(s, want), s.StatusLine(redact.Const("200")))
		}
	},
})

var scopeTexts = []redact.Text{redact.Const("scope does not match"), redact.Const("required privilege scopes")}

// granted is evidence of the scopes that the token has, as far as the answer of
// Bitbucket or the token itself tells; else it is the address.
func granted(s *rule.Subject, address rule.Evidence) rule.Evidence {
	var answer struct {
		Error struct {
			Detail struct{ Required, Granted []string }
		}
	}
	if s.Is(target.Bitbucket) && s.Has(rule.HasBody) && json.Unmarshal(s.Response.Body.Head, &answer) == nil {
		if d := answer.Error.Detail; len(d.Required) > 0 {
			saw := redact.Sprintf("granted: %s", rule.Scopes(d.Granted, 8))
			return s.Part(redact.Const("response body, error.detail"), saw, rule.Scopes(d.Required, 8))
		}
	}
	if j := claims(s); j != nil && len(j.Scope) > 0 {
		return s.Part(redact.Const("request header Authorization, scope of the token"), rule.Scopes(j.Scope, 8), address.Want)
	}
	return address
}

// claims returns the JSON Web Token of the request; nil if there is none.
func claims(s *rule.Subject) *credential.Claims {
	if s.Authorization == nil || s.Authorization.Masked {
		return nil
	}
	return s.Authorization.JWT()
}

// forNothing reports whether the token names its scopes and none of them is for
// the product that the gateway was asked for.
func forNothing(s *rule.Subject) bool {
	j := claims(s)
	if j == nil || len(j.Scope) == 0 {
		return false
	}
	var words []string
	switch s.Target.GatewayProduct {
	case "jira":
		words = []string{"jira", "servicedesk", "servicemanagement"}
	case "confluence":
		words = []string{"confluence"}
	default:
		return false
	}
	for _, scope := range j.Scope {
		for _, w := range words {
			if strings.Contains(scope, w) {
				return false
			}
		}
	}
	return true
}

// needs names the scopes that an address of a well-known part of the APIs
// needs; zero if it is another.
func needs(s *rule.Subject) redact.Text {
	write := s.Request.Method != "GET" && s.Request.Method != "HEAD"
	for _, n := range endpointScopes {
		if n.product != s.Target.GatewayProduct || !strings.HasPrefix(s.Target.Resource, n.path) {
			continue
		}
		if write {
			return n.write
		}
		return n.read
	}
	return redact.Text{}
}

// endpointScopes lists the scopes of the parts of the APIs, the more special
// paths first.
var endpointScopes = []struct {
	product, path string
	read, write   redact.Text
}{
	{
		"jira", "/rest/agile/", redact.Const("granular scopes such as read:board-scope:jira-software, read:project:jira and read:issue-details:jira; read:jira-work is not enough"),
		redact.Const("granular scopes such as write:board-scope:jira-software or write:sprint:jira-software"),
	},
	{"jira", "/rest/servicedeskapi/", redact.Const("read:servicedesk-request"), redact.Const("write:servicedesk-request")},
	{"jira", "/rest/api/3/user", redact.Const("read:jira-user"), redact.Const("manage:jira-configuration")},
	{"jira", "/rest/api/2/user", redact.Const("read:jira-user"), redact.Const("manage:jira-configuration")},
	{"jira", "/rest/api/3/myself", redact.Const("read:jira-user"), redact.Const("write:jira-work")},
	{"jira", "/rest/api/2/myself", redact.Const("read:jira-user"), redact.Const("write:jira-work")},
	{"jira", "/rest/api/3/webhook", redact.Const("manage:jira-webhook"), redact.Const("manage:jira-webhook")},
	{"jira", "/rest/api/", redact.Const("read:jira-work, or all granular scopes that the endpoint lists"), redact.Const("write:jira-work, or all granular scopes that the endpoint lists")},
	{
		"confluence", "/api/v2/", redact.Const("granular scopes such as read:page:confluence or read:space:confluence; the classic ones are not enough"),
		redact.Const("granular scopes such as write:page:confluence; the classic ones are not enough"),
	},
	{"confluence", "/rest/api/search", redact.Const("search:confluence"), redact.Text{}},
	{"confluence", "/rest/api/content", redact.Const("read:confluence-content.all or read:confluence-content.summary"), redact.Const("write:confluence-content")},
	{"confluence", "/rest/api/space", redact.Const("read:confluence-space.summary"), redact.Const("write:confluence-space")},
	{"confluence", "/rest/api/user", redact.Const("read:confluence-user"), redact.Text{}},
}
