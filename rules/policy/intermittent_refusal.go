package policy

import (
	"github.com/why401/why401/internal/exchange"
	"github.com/why401/why401/internal/redact"
	"github.com/why401/why401/internal/rule"
	"github.com/why401/why401/internal/target"
)

var _ = Set.Add(&rule.Rule{
	ID:    "intermittent-refusal",
	Title: "The same credential is sometimes accepted and sometimes refused",
	Doc: `One and the same credential is accepted, refused and accepted again by the same server. It is not the
credential: the user directory (LDAP, Active Directory, Crowd) answers unreliably, or one node of the cluster
differs from the others.

It is recognised by the order of the answers to one client: for the same bytes of the credential the outcome changes
at least twice, or all refusals come from one node (` + "`X-ANODEID`" + `) and all acceptances from others. One change
alone proves nothing, because a password may have been changed, or a lock lifted. Logins that were not even tried
(AUTHENTICATION_DENIED) do not count, and a refusal without AUTHENTICATED_FAILED counts only on a path that the
credential was accepted on, because some URLs take no tokens at all.`,
	Area: rule.LockAndPolicy, Severity: rule.Warning,
	Products: target.DataCenter,
	Needs:    exchange.Credentials,
	Explains: []string{"dc-credential-refused", "dc-token-refused"},
	Fix: []rule.Fix{{
		Who: rule.Admin,
		Do:  redact.Const("Look for errors of the user directory at the time of the refusals, and compare the nodes; the X-AREQUESTID of a refused answer finds it in the log"),
	}},
	References: []rule.Reference{
		{Title: "Jira Data Center requests intermittently fail with 401 error (Atlassian support)"},
	},
	Since:    "0.1",
	Formerly: []string{"directory-intermittent", "corr-node-specific"},
	Over: func(p *rule.Pass, ses *rule.Session) {
		uses := map[use]*outcomes{}
		var order []*outcomes
		for _, s := range ses.Subjects {
			if !s.Is(target.DataCenter) || s.Authorization == nil || s.Authorization.Masked || s.Has(rule.LoginDenied) {
				continue
			}
			ok, no := s.Has(rule.Recognized), s.Has(rule.LoginFailed) || s.Has(rule.Is401|rule.Failing)
			if !ok && !no {
				continue
			}
			k := use{s.Target.Host, p.Ledger.Print(s.Authorization)}
			if uses[k] == nil {
				uses[k] = &outcomes{}
				order = append(order, uses[k])
			}
			uses[k].all = append(uses[k].all, s)
		}
		for _, o := range order {
			o.judge(p)
		}
	},
})

// A use is one credential at one host.
type use struct {
	host string
	id   rule.Print
}

// outcomes are what came of one credential at one host, in order.
type outcomes struct{ all []*rule.Subject }

func (o *outcomes) judge(p *rule.Pass) {
	accepted := map[string]bool{} // paths
	for _, s := range o.all {
		if s.Has(rule.Recognized) {
			accepted[s.Target.Path] = true
		}
	}
	if len(accepted) == 0 {
		return
	}
	var refused []*rule.Subject
	good, bad := map[string]int{}, map[string]int{} // answers by node
	changes, last := 0, 0
	for _, s := range o.all {
		now := 1
		if s.Has(rule.Recognized) {
			good[s.Answer("X-ANODEID")]++
		} else {
			if !s.Has(rule.LoginFailed) && !accepted[s.Target.Path] {
				continue
			}
			now = 2
			refused = append(refused, s)
			bad[s.Answer("X-ANODEID")]++
		}
		if last != 0 && last != now {
			changes++
		}
		last = now
	}
	var message redact.Text
	switch {
	case oneNode(good, bad) && len(refused) >= 2:
		message = redact.Const("The same credential is refused by one node of the cluster and accepted by the others.")
	case changes >= 2:
		message = redact.Const("The same credential is accepted and refused in turn, without a change.")
	default:
		return
	}
	for _, s := range refused {
		p.Likely(s, message, s.StatusLine(redact.Const("200")), s.AnswerField("X-ANODEID", redact.Text{}), s.AnswerField("X-AREQUESTID", redact.Text{}))
	}
}

// oneNode reports whether all refusals come from one known node that accepted
// nothing.
func oneNode(good, bad map[string]int) bool {
	if len(bad) != 1 || good[""] > 0 || bad[""] > 0 {
		return false
	}
	for node := range bad {
		if good[node] > 0 {
			return false
		}
	}
	return true
}
