package url

import (
	"github.com/why401/why401/internal/redact"
	"github.com/why401/why401/internal/rule"
	"github.com/why401/why401/internal/target"
)

var _ = Set.Add(&rule.Rule{
	ID:    "base-url-malformed",
	Title: "The base URL is malformed",
	Doc: `The URL that the client was given is none: the scheme or the port is there twice (` + "`https://https://`" + `,
` + "`host:8443:8443`" + `), a slash after the scheme is missing or too many, slashes are the wrong way round, or
there is no host at all. Clients then refuse to send, or look for a host called ` + "`https`" + `.

The fault itself proves it where the request failed; some clients mend a URL silently. Requests for other servers than
those of Atlassian's products are not reported, nor are templates that were not filled in (placeholder-not-replaced).`,
	Area: rule.ProductAndURL, Severity: rule.Error, Anywhere: true,
	Explains: []string{
		"dns-name-not-found", "dns-server-trouble", "host-misspelt", "connection-refused", "connection-timeout", "path-damaged", "context-path-wrong", "hidden-or-missing", "host-not-atlassian",
	},
	Fix: []rule.Fix{{
		Who: rule.Caller,
		Do:  redact.Const("Write the base URL as https://host/, with two slashes after the scheme, the port at most once, and the context path if there is one"),
	}},
	References: []rule.Reference{
		{Title: "RFC 3986, section 3.2", URL: "https://www.rfc-editor.org/rfc/rfc3986#section-3.2"},
		{Title: "super-productivity/super-productivity#253", URL: "https://github.com/super-productivity/super-productivity/issues/253"},
		{Title: "sooperset/mcp-atlassian#234", URL: "https://github.com/sooperset/mcp-atlassian/issues/234"},
	},
	Since: "0.1",
	Each: func(p *rule.Pass, s *rule.Subject) {
		if !s.MalformedBase() || !wrong(s) {
			return
		}
		saw, want := redact.Text{}, redact.Const("https://host/path")
		switch f := s.Target.Flaws; {
		case f&target.SchemeTwice != 0:
			saw = redact.Const("the scheme twice, https://https://")
		case f&target.PortTwice != 0:
			saw = redact.Const("the port twice")
		case f&target.HostMissing != 0:
			saw = redact.Const("no host")
		case f&target.BackslashInURL != 0:
			saw = redact.Const("backslashes in place of slashes")
		case f&target.SlashMissing != 0:
			saw = redact.Const("less than two slashes after the scheme")
		case f&target.SlashSurplus != 0:
			saw = redact.Const("more than two slashes after the scheme")
		case f&target.BracketsMissing != 0:
			saw, want = redact.Const("an IPv6 address without brackets"), redact.Const("https://[address]/path")
		default:
			saw = redact.Const("a port that is none")
		}
		p.Proven(s, redact.Const("The URL is malformed, so the request cannot reach the server that was meant."),
			s.Part(redact.Const("request URL"), saw, want), outcome(s))
	},
})
