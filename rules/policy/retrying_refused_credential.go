package policy

import (
	"slices"

	"github.com/why401/why401/internal/credential"
	"github.com/why401/why401/internal/exchange"
	"github.com/why401/why401/internal/redact"
	"github.com/why401/why401/internal/rule"
	"github.com/why401/why401/internal/target"
)

var _ = Set.Add(&rule.Rule{
	ID:    "retrying-refused-credential",
	Title: "A refused credential is sent again and again",
	Doc: `A credential that was refused once is refused again, so repeating the request cannot help. With a password it
does harm: after a few failures (3 by default on Jira and Confluence, 5 on Bitbucket; an administrator may
have set another limit) the account is locked behind a CAPTCHA for everybody who uses it.

It is recognised by the order of the answers to one client: three or more refusals in a row of the very same
credential are proof, two refusals for the same user without a success between them a strong sign. Where the
capture hides the credential, three refusals in a row count as a strong sign. So do three failed logins of an account
that the security log of Jira counts; an access log, which tells nothing of a login, is no more than a hint when one
client got 401 or 403 five times in a row from the REST API.

A login that succeeds in between starts the count anew. A challenge that the client answers is no refusal. If the
server answers 429 to the same login in the meantime, that follows from it.`,
	Area: rule.LockAndPolicy, Severity: rule.Warning,
	Products: target.DataCenter,
	Needs:    exchange.Credentials,
	Explains: []string{"captcha-required", "rate-limited"},
	Fix: []rule.Fix{{
		Who: rule.Caller,
		Do:  redact.Const("Stop after the first refusal: do not retry on 401, and switch off the job that sends the old credential"),
	}},
	References: []rule.Reference{
		{Title: "CAPTCHA after failed logins, Confluence (966681459)", URL: "https://confluence.atlassian.com/pages/viewpage.action?pageId=966681459"},
		{Title: "CAPTCHA on Bitbucket (779171704)", URL: "https://confluence.atlassian.com/pages/viewpage.action?pageId=779171704"},
		{Title: "pycontribs/jira: 401s are not recoverable with retries", URL: "https://github.com/pycontribs/jira/blob/main/jira/resilientsession.py"},
	},
	Since:    "0.1",
	Formerly: []string{"captcha-building-up", "retry-same-bad-credential", "rate-limit-auth-storm"},
	Over: func(p *rule.Pass, ses *rule.Session) {
		var open []*streak
		for _, s := range ses.Subjects {
			if !s.Is(target.DataCenter) {
				continue
			}
			k := who(p, s)
			i := slices.IndexFunc(open, func(t *streak) bool { return t.login == k })
			switch {
			case s.Status() == 429 && i >= 0:
				open[i].limited = append(open[i].limited, s)
			case s.Has(rule.Recognized) && i >= 0:
				open[i].report(p)
				open = slices.Delete(open, i, i+1)
			case s.Has(rule.Recognized) || !refused(s):
			default:
				if i < 0 {
					open = append(open, &streak{login: k})
					i = len(open) - 1
				}
				open[i].add(p, s)
			}
		}
		for _, t := range open {
			t.report(p)
		}
	},
})

// A login is what tells one series of attempts from another.
type login struct {
	host, user string
	token      rule.Print // of a bearer token, which names no user
}

func who(p *rule.Pass, s *rule.Subject) login {
	k := login{host: s.Target.Host, user: userOf(s)}
	if s.Has(rule.OffersBearer) {
		k.token = p.Ledger.Twin(s.Authorization)
	}
	return k
}

// refused reports whether the answer turns down a credential that the product
// tried.
func refused(s *rule.Subject) bool {
	if !s.Has(rule.Failing) {
		return false
	}
	c := s.Authorization
	return passwordRefused(s) || turnedAway(s) ||
		c != nil && (c.Scheme == credential.Basic || c.Scheme == credential.Bearer) && s.Has(rule.Is401) && !s.AnotherMatter()
}

// turnedAway reports whether an access log says that a request to the REST API
// was refused to nobody it knows.
func turnedAway(s *rule.Subject) bool {
	return s.Log != nil && s.HasOne(rule.Is401|rule.Is403) && !s.Has(rule.LoginDenied) && s.Target.API == target.REST
}

// A streak is refusals of one login in a row.
type streak struct {
	login
	all  []*rule.Subject
	same int        // the longest run of the very same credential
	run  int        // the current one
	last rule.Print // 0: not known
	// counted is the highest count of failed logins that a log tells.
	counted int
	tried   int // refusals of which the server says that it tried a login
	// limited are requests of the same login that met the rate limit after it
	// was refused.
	limited []*rule.Subject
}

func (t *streak) add(p *rule.Pass, s *rule.Subject) {
	var now rule.Print
	if s.Authorization != nil && !s.Authorization.Masked {
		now = p.Ledger.Print(s.Authorization)
	}
	if now != 0 && now == t.last {
		t.run++
	} else {
		t.run = 1
	}
	t.last = now
	if now != 0 {
		t.same = max(t.same, t.run)
	}
	t.all = append(t.all, s)
	if s.Log != nil {
		t.counted = max(t.counted, s.Log.Failures)
	}
	if s.Log == nil || passwordRefused(s) {
		t.tried++
	}
}

func (t *streak) report(p *rule.Pass) {
	known := t.user != "" || t.token != 0
	f := rule.Finding{Certainty: rule.Likely}
	switch n := len(t.all); {
	case t.same >= 3:
		f.Certainty = rule.Proven
		f.Message = redact.Const("The same credential is sent three times or more in a row, although the server refuses it each time.")
	case t.counted >= 3:
		f.Message = redact.Const("The log of the server counts three failed logins of this account or more, with no success in between.")
	case n >= 2 && known:
		f.Message = redact.Const("Logins for the same user are refused one after the other, with no success in between.")
	case n >= 5 && t.tried == 0:
		f.Certainty = rule.Possible
		f.Message = redact.Const("By the access log the same client is turned away again and again, with no success in between.")
	case t.tried >= 3:
		f.Message = redact.Const("Logins of the same client are refused one after the other, with no success in between.")
	default:
		return
	}
	first := 1
	if t.counted >= 3 {
		first = 0
	}
	for i, s := range t.all[first:] {
		g := f
		g.Evidence = []rule.Evidence{s.Part(redact.Const("refusals of this login so far"), redact.Int(first+i+1), redact.Const("1"))}
		if s.Log != nil && s.Log.Failures > 0 {
			g.Evidence = []rule.Evidence{s.Part(redact.Const("failed logins of the account, by the log"), redact.Int(s.Log.Failures), redact.Const("0"))}
		}
		p.Report(s, g)
	}
	if f.Certainty == rule.Proven {
		for _, s := range t.limited {
			g := f
			g.Evidence = []rule.Evidence{s.StatusLine(redact.Const("200"))}
			p.Report(s, g)
		}
	}
}
