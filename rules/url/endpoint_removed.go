package url

import (
	"strings"

	"github.com/why401/why401/internal/exchange"
	"github.com/why401/why401/internal/redact"
	"github.com/why401/why401/internal/rule"
	"github.com/why401/why401/internal/target"
)

var _ = Set.Add(&rule.Rule{
	ID:    "endpoint-removed",
	Title: "This endpoint was removed",
	Doc: `Atlassian takes old endpoints of the Cloud APIs out of service; they answer 410. Since August 2025 these are the old
search of Jira (` + "`/rest/api/2/search`" + ` and ` + "`/rest/api/3/search`" + `), and since August 2026 most of
version 1 of the Confluence API at the gateway, although the URL of the site still serves it.

The proof is a 410 that says ` + "`The requested API has been removed`" + ` or
` + "`This deprecated endpoint has been removed`" + `. Where the capture lacks the body, a 410 at one of these
endpoints is likely the same.

It has nothing to do with the login: no other credential helps.`,
	Area: rule.ProductAndURL, Severity: rule.Error, Layer: rule.LayerPermission,
	Products: target.CloudSite | target.SetOf(target.Gateway, target.BitbucketCloud),
	When:     rule.Answered,
	Needs:    exchange.Bodies,
	Fix:      []rule.Fix{searchFix},
	References: []rule.Reference{
		{Title: "CHANGE-2046", URL: "https://developer.atlassian.com/changelog/#CHANGE-2046"},
		{Title: "prometheus-community/jiralert#204", URL: "https://github.com/prometheus-community/jiralert/issues/204"},
		{Title: "prometheus/alertmanager#4562", URL: "https://github.com/prometheus/alertmanager/issues/4562"},
		{Title: "sooperset/mcp-atlassian#1598 (Confluence)", URL: "https://github.com/sooperset/mcp-atlassian/issues/1598"},
		{Title: "atlassian-api/atlassian-python-api#1560 (Confluence)", URL: "https://github.com/atlassian-api/atlassian-python-api/issues/1560"},
	},
	Since:    "0.1",
	Formerly: []string{"endpoint-removed-410"},
	Each: func(p *rule.Pass, s *rule.Subject) {
		if s.Status() != 410 {
			return
		}
		f := rule.Finding{
			Certainty: rule.Proven,
			Message:   redact.Const("The server says that this endpoint was taken out of service. The login has nothing to do with it."),
			Evidence:  []rule.Evidence{s.StatusLine(redact.Const("200")), s.Address(redact.Const("the endpoint that takes its place"))},
			Fix:       []rule.Fix{replacement(s)},
		}
		text, says := s.SaysText(
			redact.Const("the requested api has been removed"), redact.Const("this deprecated endpoint has been removed"), redact.Const("change-2046"))
		switch {
		case says:
			f.Evidence = append(f.Evidence, s.Body(text))
		case !bodySeen(s) && (oldSearch(s) && !before(s, &rule.Dates.OldSearchRemoved) || confluenceV1(s)):
			f.Certainty = rule.Likely
		default:
			return
		}
		p.Report(s, f)
	},
})

// oldSearch reports whether the address is the search of Jira that was removed.
func oldSearch(s *rule.Subject) bool {
	for _, v := range [...]string{"/rest/api/2/", "/rest/api/3/", "/rest/api/latest/"} {
		if r, ok := strings.CutPrefix(s.Target.Resource, v); ok && (r == "search" || r == "search/" || r == "search/id" || r == "expression/eval") {
			return true
		}
	}
	return false
}

// before reports whether the exchange is certainly from before the event.
func before(s *rule.Subject, d *rule.Dated) bool { return !s.Time().IsZero() && !d.Begun(s.Time()) }

// confluenceV1 reports whether the address is one of version 1 of the Confluence
// API at the gateway.
func confluenceV1(s *rule.Subject) bool {
	return s.Target.GatewayProduct == "confluence" && strings.HasPrefix(s.Target.Resource, "/rest/api/")
}

var (
	searchFix = rule.Fix{
		Who: rule.Caller,
		Do:  redact.Const("Use /rest/api/3/search/jql, which names the fields it shall return and pages by nextPageToken, or update the client"),
	}
	confluenceFix = rule.Fix{
		Who: rule.Caller,
		Do:  redact.Const("Use version 2 of the API (/wiki/api/v2/), or update the client; the URL of the site may still serve version 1 to an API token without scopes"),
	}
	otherFix = rule.Fix{
		Who: rule.Caller,
		Do:  redact.Const("Look up in the changelog of the API what takes the place of this endpoint, or update the client"),
	}
)

// replacement returns what to do in place of the removed call.
func replacement(s *rule.Subject) rule.Fix {
	switch {
	case oldSearch(s):
		return searchFix
	case s.Target.Product == target.ConfluenceCloud, s.Target.GatewayProduct == "confluence":
		return confluenceFix
	}
	return otherFix
}
