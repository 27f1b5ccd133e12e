package session

import (
	"github.com/why401/why401/internal/credential"
	"github.com/why401/why401/internal/exchange"
	"github.com/why401/why401/internal/redact"
	"github.com/why401/why401/internal/rule"
	"github.com/why401/why401/internal/target"
)

var _ = Set.Add(&rule.Rule{
	ID:    "session-not-sticky",
	Title: "The load balancer moves the session between nodes",
	Doc: `The nodes of a cluster do not know each other's sessions, so the load balancer must send all requests of a
session to one node. If it does not, the other node finds no session behind the cookie, opens a new one for a
visitor, and the user is logged out, now and then or with every click.

It is recognised by one session cookie that is sent several times: some answers know the user, others are for an
anonymous caller or open a new session, and these come from different nodes (` + "`X-ANODEID`" + `,
` + "`XNODE-ID`" + `), or the two kinds take turns.

Nodes that change while every answer knows the user are no fault, nor is a change of node where each request brings
its own Authorization header. The cookies of the load balancer itself (` + "`AWSALB`" + `) are renewed with every
answer by design and say nothing. A session that is known at first and then no more has ended: see
session-cookie-stale.`,
	Area: rule.SessionAndCookie, Severity: rule.Warning,
	Products: target.DataCenter,
	Needs:    exchange.Cookies,
	Explains: []string{"session-cookie-stale"},
	Fix: []rule.Fix{
		{
			Who: rule.Admin,
			Do:  redact.Const("Switch on session affinity (sticky sessions) at the load balancer, by its own cookie, and check that it survives a change of node"),
		},
		{
			Who: rule.Caller,
			Do:  redact.Const("Let the client keep the cookies that the answers set, those of the load balancer included"),
		},
	},
	References: []rule.Reference{
		{Title: "Jira KB 1032258314: compare JSESSIONID and node id in a HAR", URL: "https://confluence.atlassian.com/pages/viewpage.action?pageId=1032258314"},
	},
	Since:    "0.1",
	Formerly: []string{"stale-session-rotated"},
	Over: func(p *rule.Pass, ses *rule.Session) {
		uses := map[cookie][]*rule.Subject{}
		var order []cookie
		for _, s := range ses.Subjects {
			if !s.Is(target.DataCenter) || !s.CookieOnly() || !s.Has(rule.Answered) {
				continue
			}
			for _, c := range s.Offers.In(credential.InCookie) {
				if c.Name != "JSESSIONID" && c.Name != "BITBUCKETSESSIONID" {
					continue
				}
				k := cookie{s.Target.Host, c.Name, c.Raw}
				if uses[k] == nil {
					order = append(order, k)
				}
				uses[k] = append(uses[k], s)
			}
		}
		for _, k := range order {
			moved(p, uses[k])
		}
	},
})

// moved judges the answers to one session cookie.
func moved(p *rule.Pass, all []*rule.Subject) {
	known, lost := map[string]bool{}, map[string]bool{} // nodes
	var refused []*rule.Subject
	changes, last := 0, 0
	for _, s := range all {
		now := 0
		switch {
		case s.Has(rule.Recognized):
			now, known[node(s)] = 1, true
		case s.Has(rule.Is401) || s.Anonymous:
			now, lost[node(s)] = 2, true
			refused = append(refused, s)
		default:
			continue
		}
		if last != 0 && last != now {
			changes++
		}
		last = now
	}
	var message redact.Text
	switch {
	case len(known) == 0 || len(lost) == 0:
		return
	case apart(known, lost):
		message = redact.Const("One and the same session is known to one node of the cluster and unknown to another: the load balancer does not keep it on its node.")
	case changes >= 2:
		message = redact.Const("One and the same session is known and unknown to the server in turn, as happens when a load balancer moves it between nodes.")
	default:
		return
	}
	for _, s := range refused {
		p.Likely(s, message, cookieSent(s, redact.Const("the same as in a request that was accepted"), redact.Text{}), nodeEvidence(s))
	}
}

// apart reports whether the nodes are named and none is in both sets.
func apart(a, b map[string]bool) bool {
	if a[""] || b[""] {
		return false
	}
	for n := range a {
		if b[n] {
			return false
		}
	}
	return true
}

// nodeFields are in which Jira, Confluence and load balancers name the node.
var nodeFields = [...]string{"X-ANODEID", "XNODE-ID", "X-Confluence-Cluster-Node"}

func node(s *rule.Subject) string {
	for _, n := range nodeFields {
		if v := s.Answer(n); v != "" {
			return v
		}
	}
	return ""
}

func nodeEvidence(s *rule.Subject) rule.Evidence {
	for _, n := range nodeFields {
		if s.Answer(n) != "" {
			return s.AnswerField(n, redact.Const("the node that knows the session"))
		}
	}
	return s.StatusLine(redact.Const("200"))
}
