package permission

import (
	"strings"

	"github.com/why401/why401/internal/exchange"
	"github.com/why401/why401/internal/redact"
	"github.com/why401/why401/internal/rule"
	"github.com/why401/why401/internal/target"
)

var _ = Set.Add(&rule.Rule{
	ID:    "sso-authenticator-breaks-basic",
	Title: "An SSO plug-in on the server breaks Basic logins",
	Doc: `An SSO plug-in (an authenticator for single sign-on) was put in place of the one that reads Basic, and it handles user
name and password wrongly or not at all. Every program that logs in with them is refused, although the password is
right and works in the browser.

It is likely where two passwords of one user are refused in different ways: one with ` + "`AUTHENTICATED_FAILED`" + `, which means
that it was tried, the other with an empty 401 from the product. A server that reads Basic itself refuses both alike. It is
a hint where Basic is refused for every user of the capture and the same server sends browsers to single sign-on.

One refused user alone is dc-credential-refused, and a server that accepts anybody's Basic is none of this. An answer of
a proxy or firewall does not count as the other way.`,
	Area: rule.Permission, Severity: rule.Error, Layer: rule.LayerRefused,
	Products: target.SetOf(target.JiraDC, target.ConfluenceDC, target.UnknownDC),
	Needs:    exchange.Credentials,
	Explains: []string{"dc-credential-refused"},
	Fix: []rule.Fix{
		{
			Who: rule.Admin,
			Do:  redact.Const("Set the fallback of the SSO plug-in for REST, so that Basic goes to the authenticator of the product"),
		},
		{
			Who:        rule.Caller,
			Do:         redact.Const("Or use a personal access token, which does not pass through it"),
			Command:    redact.Const(`curl -s -o /dev/null -w "%{http_code}\n" -H "Authorization: Bearer $T" BASE/rest/api/2/myself`),
			PowerShell: redact.Const(`Invoke-RestMethod -Headers @{Authorization = "Bearer $t"} -Uri BASE/rest/api/2/myself`),
		},
	},
	Confirm: &rule.Confirm{
		Do: redact.Const("Send one request with a wrong password on purpose (only one: failed logins lock the account)."),
		Outcomes: []rule.Outcome{
			{Seen: redact.Const("another answer than to the right password: the SSO plug-in is in the way")},
			{Seen: redact.Const("the same answer: the password is wrong for the server"), Means: "dc-credential-refused"},
		},
	},
	References: []rule.Reference{
		{Title: "chauth/confluence_http_authenticator#31", URL: "https://github.com/chauth/confluence_http_authenticator/issues/31"},
	},
	Since: "0.1",
	Over: func(p *rule.Pass, ses *rule.Session) {
		hosts := map[string]*basicLogins{}
		var order []*basicLogins
		for _, s := range ses.Subjects {
			if !s.Is(target.SetOf(target.JiraDC, target.ConfluenceDC, target.UnknownDC)) {
				continue
			}
			h := hosts[s.Target.Host]
			if h == nil {
				h = &basicLogins{users: map[string][]*rule.Subject{}}
				hosts[s.Target.Host] = h
				order = append(order, h)
			}
			h.add(s)
		}
		for _, h := range order {
			h.judge(p)
		}
	},
})

// basicLogins are the logins by Basic at one host.
type basicLogins struct {
	users    map[string][]*rule.Subject // refused, by user name
	order    []string
	accepted bool
	sso      *rule.Subject // an answer that sends the caller to single sign-on
}

func (h *basicLogins) add(s *rule.Subject) {
	if to := strings.ToLower(s.Answer("Location")); strings.Contains(to, "/plugins/servlet/samlsso") ||
		strings.Contains(to, "/plugins/servlet/external-login") || strings.Contains(to, "samlrequest=") {
		h.sso = s
	}
	b := s.TextPair()
	if b == nil || !b.HasColon || b.User == "" || b.Password == "" {
		return
	}
	switch {
	case s.Has(rule.Recognized):
		h.accepted = true
	case s.Has(rule.Is401) && !s.AnotherMatter():
		if h.users[b.User] == nil {
			h.order = append(h.order, b.User)
		}
		h.users[b.User] = append(h.users[b.User], s)
	}
}

func (h *basicLogins) judge(p *rule.Pass) {
	if h.accepted {
		return
	}
	for _, user := range h.order {
		tried, untried := h.waysOf(user)
		if tried == nil || untried == nil || tried.Basic().Password == untried.Basic().Password {
			continue
		}
		for _, s := range [...]*rule.Subject{tried, untried} {
			p.Likely(s, redact.Const("Two passwords of the same user are refused in different ways, one as tried and one with an empty answer: something else than the product's own login handles Basic."),
				s.AnswerField("X-Seraph-LoginReason", redact.Const("the same for both")))
		}
		return
	}
	if h.sso == nil || len(h.order) < 2 {
		return
	}
	for _, user := range h.order {
		for _, s := range h.users[user] {
			p.Possible(s, redact.Const("Basic is refused for every user, and the same server sends callers to single sign-on: its SSO plug-in may not handle Basic."),
				s.StatusLine(redact.Const("200")), h.sso.AnswerField("Location", redact.Text{}))
		}
	}
}

// waysOf returns a refusal of a password that was tried, and one with an empty
// answer of the product.
func (h *basicLogins) waysOf(user string) (tried, untried *rule.Subject) {
	for _, s := range h.users[user] {
		switch {
		case s.Has(rule.LoginFailed):
			tried = s
		case s.Reasons == 0 && !s.Has(rule.HasBody) && s.Sees(exchange.Bodies) == exchange.Shown &&
			target.FromProduct(s.Target, s.Response) == target.Yes:
			untried = s
		}
	}
	return tried, untried
}
