package rate

import (
	"strconv"
	"strings"

	"github.com/why401/why401/internal/redact"
	"github.com/why401/why401/internal/rule"
	"github.com/why401/why401/internal/target"
)

var _ = Set.Add(&rule.Rule{
	ID:    "rate-limit-near",
	Title: "The rate limit is near",
	Doc: `Cloud tells with each answer how much of the allowed number of requests is left. When little is left, requests will
soon be answered 429.

It is recognised by ` + "`X-RateLimit-NearLimit: true`" + `, by less than 5 % of ` + "`X-RateLimit-Limit`" + ` in
` + "`X-RateLimit-Remaining`" + `, and by the same in the headers whose names begin with Beta or X-Beta, which
announce a limit that is not enforced yet. It is a remark, made on requests that were answered well.`,
	Area: rule.Rate, Severity: rule.Info,
	Products: target.Cloud | target.SetOf(target.BitbucketCloud),
	When:     rule.Answered,
	Fix: []rule.Fix{{
		Who: rule.Caller,
		Do:  redact.Const("Send fewer requests: cache what does not change, ask for several things at once, and spread jobs over the hour"),
	}},
	References: []rule.Reference{
		{Title: "Rate limiting, Jira Cloud", URL: "https://developer.atlassian.com/cloud/jira/platform/rate-limiting"},
		{Title: "JRACLOUD-83791", URL: "https://jira.atlassian.com/browse/JRACLOUD-83791"},
		{Title: "2026 point-based rate limits", URL: "https://community.developer.atlassian.com/t/2026-point-based-rate-limits/97828"},
	},
	Since: "0.1",
	Each: func(p *rule.Pass, s *rule.Subject) {
		if s.HasOne(rule.Failing | rule.Troubled) {
			return
		}
		for i := range s.Response.Header {
			f := &s.Response.Header[i]
			// Nearly all fields of nearly all answers are passed over here.
			if len(f.Name) < len("Beta-RateLimit") || f.Name[0]|0x20 != 'x' && f.Name[0]|0x20 != 'b' {
				continue
			}
			switch strings.ToLower(f.Name) {
			case "x-ratelimit-nearlimit", "x-beta-ratelimit-nearlimit":
				if strings.EqualFold(strings.TrimSpace(f.Value), "true") {
					p.Proven(s, redact.Const("The server says that the rate limit is near."),
						s.Part(redact.Const("response header X-RateLimit-NearLimit"), redact.Const("true"), redact.Const("false, or no such header")))
					return
				}
			case "x-ratelimit-remaining":
				if few(number(f.Value), number(s.Answer("X-RateLimit-Limit"))) {
					p.Proven(s, redact.Const("Less than 5 % of the allowed requests is left."),
						s.AnswerField("X-RateLimit-Remaining", redact.Text{}), s.AnswerField("X-RateLimit-Limit", redact.Text{}))
					return
				}
			case "beta-ratelimit":
				if left, all := parameter(f.Value, "r"), parameter(s.Answer("Beta-RateLimit-Policy"), "q"); few(left, all) {
					p.Proven(s, redact.Const("Less than 5 % of a coming limit is left, which is not enforced yet."),
						s.Part(redact.Const("response header Beta-RateLimit"), redact.Sprintf("%s of %s left", redact.Int(left), redact.Int(all)), redact.Text{}))
					return
				}
			}
		}
	},
})

// few reports whether left is less than 5 % of all; unknown numbers are -1. Of
// a very small limit the last few say nothing.
func few(left, all int) bool { return left >= 0 && all >= 20 && left*20 < all }

func number(s string) int {
	n, err := strconv.Atoi(strings.TrimSpace(s))
	if err != nil || n < 0 || n > 1<<40 {
		return -1
	}
	return n
}

// parameter returns a parameter of a field such as "quota";r=17;t=60, in which
// only the first item counts.
func parameter(value, name string) int {
	first, _, _ := strings.Cut(value, ",")
	for _, p := range strings.Split(first, ";") {
		if v, ok := strings.CutPrefix(strings.TrimSpace(p), name+"="); ok {
			return number(v)
		}
	}
	return -1
}
