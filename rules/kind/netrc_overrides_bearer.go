package kind

import (
	"github.com/why401/why401/internal/credential"
	"github.com/why401/why401/internal/exchange"
	"github.com/why401/why401/internal/redact"
	"github.com/why401/why401/internal/rule"
	"github.com/why401/why401/internal/target"
)

var _ = Set.Add(&rule.Rule{
	ID:    "netrc-overrides-bearer",
	Title: "The client replaced the token by an entry of ~/.netrc",
	Doc: `Python's requests (and all tools built on it) looks into ` + "`~/.netrc`" + `, or ` + "`_netrc`" + ` on Windows, for
each host. If there is an entry, its user name and password, sent as Basic, replace the Authorization header that the
program set. The program is set up with the right token and the server gets an old password. curl does the same with
the option ` + "`-n`" + `.

One capture shows it where the same client sent Bearer to this host earlier, or to another Data Center (self-hosted)
host, and now a refused user name and password (no API token): then it is likely. Between a Data Center host and Cloud
it is only possible, because tools that move data use Bearer here and Basic there. A refused login with a personal
access token as password, from requests, is possible, too: tokens are often put into ` + "`~/.netrc`" + `.

A refused password alone says nothing about where it came from.`,
	Area: rule.CredentialKind, Severity: rule.Error,
	Needs:    exchange.Credentials,
	Explains: rule.Explaining([]string{"pat-sent-as-basic", "email-instead-of-username", "retrying-refused-credential"}, rule.Refusals),
	Fix: []rule.Fix{{
		Who:        rule.Caller,
		Do:         redact.Const("Remove the entry for HOST from ~/.netrc, or set trust_env to False on the session of requests"),
		Command:    redact.Const(`grep -n "HOST" ~/.netrc; NETRC=/dev/null your-command`),
		PowerShell: redact.Const(`Select-String HOST $HOME\_netrc`),
	}},
	Confirm: &rule.Confirm{
		Do: redact.Const("Run the program once with NETRC=/dev/null and capture it again."),
		Outcomes: []rule.Outcome{
			{Seen: redact.Const("Bearer in the new capture"), Means: "netrc-overrides-bearer"},
			{Seen: redact.Const("Basic again"), Means: "dc-credential-refused"},
		},
	},
	References: []rule.Reference{
		{Title: "sooperset/mcp-atlassian#860", URL: "https://github.com/sooperset/mcp-atlassian/issues/860"},
		{Title: "atlassian-api/atlassian-python-api#1131", URL: "https://github.com/atlassian-api/atlassian-python-api/issues/1131"},
		{Title: "requests: netrc authentication", URL: "https://requests.readthedocs.io/en/latest/user/authentication/#netrc-authentication"},
	},
	Since: "0.1",
	Over: func(p *rule.Pass, ses *rule.Session) {
		bearer := map[string]target.Product{} // hosts that this client sent a token to, so far
		for _, s := range ses.Subjects {
			if s.Has(rule.OffersBearer) && !credential.NullWord(s.Authorization.Param) {
				bearer[s.Target.Host] = s.Target.Product
			}
		}
		earlier := map[string]bool{}
		for _, s := range ses.Subjects {
			if s.Has(rule.OffersBearer) {
				earlier[s.Target.Host] = true
			}
			if !s.Has(rule.OffersBasic|rule.Failing|rule.Answered) || !s.Refused() || !judged(s) || !requests(s) {
				continue
			}
			b := pair(s)
			if b == nil || !passwordLike(b) && b.PasswordClass != credential.PAT && b.PasswordClass != credential.BitbucketPAT {
				continue
			}
			e := s.Auth([2]int{}, redact.Const("Basic"), redact.Const("Bearer, as this client sent it elsewhere"))
			agent := s.SentField("User-Agent", redact.Text{})
			switch {
			case earlier[s.Target.Host]:
				p.Likely(s, redact.Const("This client sent a Bearer token to the same host before, and now a user name and password. Its library takes these from ~/.netrc, in place of the token."), e, agent)
			case s.Is(target.DataCenter) && anyIn(bearer, target.DataCenter):
				p.Likely(s, redact.Const("This client sends Bearer tokens to another host, and a user name and password to this one. Its library takes these from ~/.netrc, in place of the token."), e, agent)
			case len(bearer) > 0 && bearer[s.Target.Host] == target.Unknown:
				p.Possible(s, redact.Const("This client sends Bearer tokens to another product. Its library may have taken user name and password from ~/.netrc, in place of a token."), e, agent)
			case !passwordLike(b):
				p.Possible(s, redact.Const("The password is a personal access token. If the program was set up to send it as Bearer, its library may have taken user name and password from ~/.netrc."), agent)
			}
		}
	},
})

// anyIn reports whether one of the hosts is a product of the set.
func anyIn(hosts map[string]target.Product, set target.Set) bool {
	for _, product := range hosts {
		if set.Has(product) {
			return true
		}
	}
	return false
}
