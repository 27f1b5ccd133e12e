package session

import (
	"strings"

	"github.com/why401/why401/internal/credential"
	"github.com/why401/why401/internal/redact"
	"github.com/why401/why401/internal/rule"
	"github.com/why401/why401/internal/target"
)

var _ = Set.Add(&rule.Rule{
	ID:    "proxy-credentials-reach-product",
	Title: "The proxy's own login is forwarded and replaces the user's session",
	Doc: `A proxy in front of the product asks the browser for a user name and password of its own, and forwards the
Authorization header to the product. The product takes it for a login: the browser is somebody else from then on, or
is logged out if the product does not know that user.

It is recognised by a browser that sends a session cookie and Basic in one request, an answer that names the user of
that Basic login, and an earlier answer to the same cookie that named another user.

A program that sends both on purpose, and a user who logged out and in again as somebody else (which sets a new
cookie), are not reported.`,
	Area: rule.SessionAndCookie, Severity: rule.Warning, Layer: rule.LayerPermission,
	Products: target.DataCenter,
	Needs:    cookieSight,
	Explains: []string{"identity-mismatch", "permission-missing", "hidden-or-missing"},
	Fix: []rule.Fix{{
		Who: rule.Admin,
		Do:  redact.Const("Let the proxy remove its own Authorization header before it forwards the request (Apache: RequestHeader unset Authorization; nginx: proxy_set_header Authorization \"\")"),
	}},
	References: []rule.Reference{
		{Title: "Fuchs/jira-remote-user-sso#5", URL: "https://github.com/Fuchs/jira-remote-user-sso/issues/5"},
	},
	Since: "0.1",
	Over: func(p *rule.Pass, ses *rule.Session) {
		before := map[cookie]*rule.Subject{} // who a cookie belonged to, first
		for _, s := range ses.Subjects {
			if !s.Is(target.DataCenter) || !s.Has(rule.OffersCookie|rule.Recognized) || s.User == "" {
				continue
			}
			now, sent := answeredUser(s), basicUser(s)
			for _, c := range s.Offers.In(credential.InCookie) {
				k := cookie{s.Target.Host, c.Name, c.Raw}
				first := before[k]
				if first == nil {
					before[k] = s
					continue
				}
				if was := answeredUser(first); s.Browser() && sent != "" && strings.EqualFold(sent, now) && !strings.EqualFold(was, now) {
					p.Likely(s, redact.Const("The browser sends a login of its own beside the session cookie, and the product takes it: the session belonged to another user before."),
						s.AnswerField("X-AUSERNAME", redact.Sprintf("%s, as before", redact.User(was))),
						first.AnswerField("X-AUSERNAME", redact.Text{}))
					break
				}
			}
		}
	},
})
