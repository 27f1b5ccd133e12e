// Package xsrf holds the rules about requests that were refused for fear of forgery.
package xsrf

import (
	"strconv"
	"strings"

	"github.com/why401/why401/internal/exchange"
	"github.com/why401/why401/internal/redact"
	"github.com/why401/why401/internal/rule"
	"github.com/why401/why401/internal/target"
)

// Set is the rules of this area.
var Set rule.Set

const checkFailed = "xsrf check failed"

// products are those whose REST addresses have the check.
const products = target.CloudSite | target.DataCenter | target.Set(1<<target.Gateway)

var filter = rule.Reference{Title: "com.atlassian.plugins.rest.common.security.jersey.XsrfResourceFilter"}

// refused reports whether the check refused the request. Jira before version 7
// answered 404.
func refused(s *rule.Subject) bool {
	return s.HasOne(rule.Is403|rule.Is404) && s.Says(checkFailed)
}

// perhaps reports whether the check may have refused the request in a capture
// without the body: a 403 whose body is as long as the text. Atlassian sends the
// text alone.
func perhaps(s *rule.Subject) bool {
	return s.Has(rule.Is403) && !s.Has(rule.HasBody) && s.Sees(exchange.Bodies) != exchange.Shown &&
		s.Answer("Content-Length") == strconv.Itoa(len(checkFailed))
}

// browserLike reports whether the server takes the client for a browser, by the
// words it looks for in User-Agent (case counts). The word Mozilla is none.
func browserLike(s *rule.Subject) bool {
	agent := s.Sent("User-Agent")
	for _, w := range [...]string{
		"Chrome/", "Firefox", "Safari/", "Gecko/", "KHTML", "Trident", "MSIE", "Android", "Opera/", "Konqueror/",
		"Netscape/", "Lotus-Notes/", "google/", "Googlebot/", "msnbot", "webcrawler/",
	} {
		if strings.Contains(agent, w) {
			return true
		}
	}
	return false
}

// passed reports whether the request carries the value that switches the check
// off.
func passed(s *rule.Subject) bool {
	return strings.EqualFold(strings.TrimSpace(s.Sent("X-Atlassian-Token")), "no-check")
}

// formLike reports whether a page of another site could make a browser send the
// request without asking first: then X-Atlassian-Token is needed.
func formLike(s *rule.Subject) bool {
	media, _, _ := strings.Cut(s.Sent("Content-Type"), ";")
	switch strings.ToLower(strings.TrimSpace(media)) {
	case "", "application/x-www-form-urlencoded", "multipart/form-data", "text/plain":
		return s.Request.Method == "POST" || s.Request.Method == "GET"
	}
	return false
}

// sameOrigin reports whether Origin or Referer is the address of the product as
// the client sees it; one of them is enough.
func sameOrigin(s *rule.Subject) bool {
	for _, v := range [...]string{s.Sent("Origin"), s.Sent("Referer")} {
		u := target.ParseURL(v)
		port := u.Port
		if !u.HasPort {
			port = map[string]int{"http": 80, "https": 443}[u.Scheme]
		}
		if u.Host != "" && u.Scheme == s.Target.Scheme && strings.EqualFold(u.Host, s.Target.Host) && port == s.Target.Port {
			return true
		}
	}
	return false
}

// originSent is evidence about Origin, or Referer where there is none.
func originSent(s *rule.Subject, want redact.Text) rule.Evidence {
	if s.Request.Header.Has("Origin") || !s.Request.Header.Has("Referer") {
		return s.SentField("Origin", want)
	}
	saw := redact.URL(s.Sent("Referer"))
	return s.Part(redact.Const("request header Referer"), saw, want)
}

// said is evidence of what the server says.
func said(s *rule.Subject) rule.Evidence {
	if !s.Has(rule.HasBody) {
		return s.Part(redact.Const("response header Content-Length"), redact.Sprintf("%s, as long as \"XSRF check failed\"", redact.Int(len(checkFailed))), redact.Text{})
	}
	return s.Body(redact.Const(checkFailed))
}
