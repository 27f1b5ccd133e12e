package main

import (
	"bytes"
	"context"
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/why401/why401/capture/proxy"
	"github.com/why401/why401/internal/diagnose"
	"github.com/why401/why401/internal/exchange"
	"github.com/why401/why401/internal/jiratest"
	"github.com/why401/why401/internal/report"
	"github.com/why401/why401/internal/rule"
	"github.com/why401/why401/rules"
)

// TestLiveGoesOn: an exchange on which a rule breaks is told of as one that could not
// be read, without what was said in the panic, and those after it are looked at.
func TestLiveGoesOn(t *testing.T) {
	const secret = "hunter2"
	var out bytes.Buffer
	view, err := newLive(&out, nil, report.Style{})
	if err != nil {
		t.Fatal(err)
	}
	list := slices.Clone(rules.All())
	i := slices.IndexFunc(list, func(r *rule.Rule) bool { return r.Each != nil })
	r := *list[i]
	r.When, r.Products, r.Anywhere = 0, 0, true
	r.Each = func(_ *rule.Pass, s *rule.Subject) {
		if strings.Contains(s.Request.URL, "broken") {
			panic("cannot take " + s.Request.URL + " with " + secret)
		}
	}
	list[i] = &r
	if view.engine, err = diagnose.New(list, diagnose.Options{}); err != nil {
		t.Fatal(err)
	}
	c := &exchange.Capture{Name: "proxy"}
	for n, path := range []string{"one", "broken", "broken", "two"} {
		c.Exchanges++
		view.see(&exchange.Exchange{
			From: c, At: exchange.Locator{Capture: c.Name, Index: n, Offset: -1},
			Request:  exchange.Request{Method: "GET", URL: "https://acme.atlassian.net/" + path},
			Response: &exchange.Response{Status: 200},
		})
	}
	if got := out.String(); strings.Count(got, "internal error in cmd/why401.TestLiveGoesOn") != 1 || strings.Contains(got, secret) || strings.Count(got, "200  GET") != 2 {
		t.Errorf("%s", got)
	}
	d := view.diagnosis()
	if d.UnreadableTotal != 2 {
		t.Errorf("%d unreadable", d.UnreadableTotal)
	}
	var exit *exitError
	if err := (&analyzing{failOn: "error"}).verdict(d); !errors.As(err, &exit) || exit.code != exitUnreadable {
		t.Error(err)
	}
	out.Reset()
	if err := view.show(&out); err != nil || strings.Contains(out.String(), secret) || !strings.Contains(out.String(), "broke") {
		t.Errorf("%v\n%s", err, out.String())
	}
}

// TestTryFixGoesOn: a try that breaks does not take the proxy along.
func TestTryFixGoesOn(t *testing.T) {
	const secret = "hunter2"
	b := newBench(t, false)
	tries := 0
	b.fix.resend = func(_ context.Context, x *exchange.Exchange, _ []proxy.Edit) (*proxy.Try, error) {
		tries++
		panic("cannot take " + x.Request.URL + " with " + secret)
	}
	for range 2 {
		b.get(dcMyself, auth(jiratest.Basic(b.site.Clerk.Name, b.site.Clerk.Password+"\n")))
	}
	b.done()
	if got := b.out.String(); tries == 0 || strings.Contains(got, secret) || !strings.Contains(got, "internal error in cmd/why401.") {
		t.Errorf("%d tries: %s", tries, got)
	}
}
