package client

import (
	"strconv"
	"strings"

	"github.com/why401/why401/internal/exchange"
	"github.com/why401/why401/internal/redact"
	"github.com/why401/why401/internal/rule"
	"github.com/why401/why401/internal/target"
)

var _ = Set.Add(&rule.Rule{
	ID:    "client-too-old",
	Title: "The client library is too old",
	Doc: `The client is one that current servers no longer get on with. Java 7 and older, curl before 7.34 and OpenSSL before
1.0.1 offer no TLS 1.2 by themselves; the Python package ` + "`jira`" + ` before 3.8.0 sends a body with GET, which
CloudFront, the proxy in front of Atlassian's cloud, refuses.

It is recognised by the User-Agent, and only where the request failed in the way that goes with it: in the TLS
handshake, or with the refusal of a GET that has a body. An old client that got its answer is not reported.`,
	Area: rule.Client, Severity: rule.Info,
	When: rule.Failing,
	Fix: []rule.Fix{{
		Who: rule.Caller,
		Do:  redact.Const("Update the client or its library: Java 8 or newer, curl 7.34 or newer with OpenSSL 1.0.1 or newer, the Python package jira 3.8.0 or newer"),
	}},
	References: []rule.Reference{
		{Title: "pycontribs/jira#1945", URL: "https://github.com/pycontribs/jira/issues/1945"},
		{Title: "DeloitteDigitalUK/jira-agile-metrics#61", URL: "https://github.com/DeloitteDigitalUK/jira-agile-metrics/issues/61"},
	},
	Since:    "0.1",
	Formerly: []string{"library-too-old"},
	Each: func(p *rule.Pass, s *rule.Subject) {
		agent := s.Agent()
		if agent == "" {
			return
		}
		sees := func(name, want redact.Text) rule.Evidence {
			return s.Part(redact.Const("request header User-Agent"), name, want)
		}
		if s.Failure != nil && s.Failure.Phase == exchange.TLSHandshake {
			switch {
			case older(agent, "java/1.", 8):
				p.Likely(s, withoutTLS, sees(redact.Const("Java 7 or older"), redact.Const("Java 8 or newer")))
			case olderCurl(agent):
				p.Likely(s, withoutTLS, sees(redact.Const("curl before 7.34"), redact.Const("curl 7.34 or newer")))
			case strings.Contains(agent, "openssl/0.9") || strings.Contains(agent, "openssl/1.0.0"):
				p.Likely(s, withoutTLS, sees(redact.Const("OpenSSL before 1.0.1"), redact.Const("OpenSSL 1.0.1 or newer")))
			}
			return
		}
		if s.Is(target.CloudSite) && s.Request.Method == "GET" && strings.HasPrefix(agent, "python-requests/") && bodyRefused(s) {
			p.Likely(s, redact.Const("The Python package jira before 3.8.0 sends a body with GET, as was done here, and CloudFront, the proxy in front of Atlassian's cloud, refuses that."),
				sees(redact.Const("python-requests"), redact.Text{}), s.StatusLine(redact.Text{}))
		}
	},
})

var withoutTLS = redact.Const("This client offers no TLS 1.2 by itself, and the TLS handshake failed.")

// older reports whether the User-Agent names a product in a version below limit.
func older(agent, product string, limit int) bool {
	_, v, ok := strings.Cut(agent, product)
	if !ok {
		return false
	}
	end := 0
	for end < len(v) && v[end] >= '0' && v[end] <= '9' {
		end++
	}
	n, err := strconv.Atoi(v[:end])
	return err == nil && n < limit
}

func olderCurl(agent string) bool {
	return strings.HasPrefix(agent, "curl/7.") && older(agent, "curl/7.", 34)
}

// bodyRefused reports whether the edge refused a GET for its body.
func bodyRefused(s *rule.Subject) bool {
	body := s.Request.Body.Size > 0 || len(s.Request.Body.Head) > 0 || s.Sent("Content-Length") != "" && s.Sent("Content-Length") != "0"
	return body && (s.Status() == 400 || s.Status() == 403) && s.Says("cloudfront") && s.Says("bad request")
}
