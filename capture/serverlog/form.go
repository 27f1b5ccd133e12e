package serverlog

import (
	"github.com/why401/why401/capture/form"
	"github.com/why401/why401/internal/exchange"
)

// Security is a log of logins.
var Security = form.Form{
	ID: "jira-security-log",
	By: form.Lines,
	Is: form.Matches(`(?m)^[0-9]{4}-[0-9]{2}-[0-9]{2} [0-9:]{8},[0-9]{3}[+-][0-9]{4} \S+ (url: \S+ (user: \S+ )?)?(\S* ){5}(The user '|HttpSession |login : '|User '|(The s|S)ession )`),
	Read: func(c *exchange.Capture, in *form.Input) form.Exchanges {
		return ReadSecurity(c, in.Text(c))
	},
	Holds: exchange.Timing,
	Place: form.ByOffset,
	Doc: form.Doc{
		Name:   "security log of Jira",
		Shows:  "each login: account, what became of it (passed, failed with the count, CAPTCHA, not authorised), path, client address, request id, time",
		Cannot: "method, status, everything else of request and answer; lines about sessions are passed over",
		Make:   "`log/atlassian-jira-security.log` of Jira's home, or `application-logs/` of a support zip",
		Known:  "a line with the eight columns and a message of Jira's login manager",
	},
}

// Access is an access log of Tomcat.
var Access = form.Form{
	ID: "access-log",
	By: form.Lines,
	Is: form.Matches(`^\S+ \S+ [^\[\n]*\[[0-9]{2}/[A-Z][a-z]{2}/[0-9]{4}:[0-9:]{8} [+-][0-9]{4}\] "[A-Z]+ [^"\n ]+ HTTP/[0-9.]+" [0-9]{3} ([0-9]+|-)( |\r?\n|$)`),
	Read: func(c *exchange.Capture, in *form.Input) form.Exchanges {
		return ReadAccess(c, in.Text(c))
	},
	Holds: exchange.Timing,
	Place: form.ByOffset,
	Doc: form.Doc{
		Name:   "access log of Jira",
		Shows:  "method, path with query, status, size, time to the second, client address, User-Agent, Referer, account, request id",
		Cannot: "host, header fields but those two, credentials, cookies, bodies, how long it took, what became of a login",
		Make:   "`logs/access_log.DATE` of Jira's installation, or `tomcat-access-logs/` of a support zip; `.gz` and `.1` as they are",
		Known:  "first line: `ADDRESS ID USER [time] \"METHOD PATH HTTP/x\" STATUS SIZE`",
	},
}
