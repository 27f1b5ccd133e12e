package jiratest

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"strings"

	"github.com/why401/why401/internal/exchange"
)

// Play makes the calls of a scenario with net/http through t, in order, and
// returns the statuses of the last answer to each; 0 where none came. With t nil
// it goes to the site itself, and to the door of the scenario if that has one.
// Redirects are followed as curl does it: the credential stays at home when
// scheme, host or port change.
func (s *Site) Play(ctx context.Context, sc Scenario, t http.RoundTripper) ([]int, error) {
	if t == nil {
		if s.Addr == "" {
			return nil, errNoDoor
		}
		addr, err := s.AddrOf(sc)
		if err != nil {
			return nil, err
		}
		own := s.Transport(addr)
		defer own.CloseIdleConnections()
		t = own
	}
	c := &http.Client{Transport: t, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	if sc.Cookies {
		c.Jar, _ = cookiejar.New(nil) // cannot fail without options
	}
	var statuses []int
	for i, k := range sc.Calls {
		status, err := do(ctx, c, k, sc.Follow)
		if err != nil && !sc.Fails {
			return statuses, fmt.Errorf("%s: call %d: %w", sc.Name, i, err)
		}
		statuses = append(statuses, status)
	}
	return statuses, nil
}

// AddrOf returns the address at which the calls of a scenario are to be made,
// whatever host they name; it opens the door that the scenario wants.
func (s *Site) AddrOf(sc Scenario) (string, error) {
	if sc.Door == nil {
		return s.Addr, nil
	}
	return s.Open(*sc.Door)
}

func do(ctx context.Context, c *http.Client, k Call, follow bool) (int, error) {
	method, to, body, value := cmp.Or(k.Method, "GET"), k.URL, k.Body, k.Authorization
	for range maxHops {
		r, err := http.NewRequestWithContext(ctx, method, to, strings.NewReader(body))
		if err != nil {
			return 0, err
		}
		if body == "" && method != http.MethodPost {
			r.Body = http.NoBody
		}
		for _, f := range k.Header {
			r.Header.Set(f.Name, f.Value)
		}
		if value != "" {
			r.Header.Set("Authorization", value)
		}
		resp, err := c.Do(r)
		if err != nil {
			return 0, err
		}
		_, err = io.Copy(io.Discard, resp.Body)
		resp.Body.Close()
		next := resp.Header.Get("Location")
		if err != nil || !follow || resp.StatusCode/100 != 3 || next == "" {
			return resp.StatusCode, err
		}
		u, err := r.URL.Parse(next)
		if err != nil {
			return 0, errors.New("a Location that is no address")
		}
		if !sameOrigin(u, r.URL) {
			value = ""
		}
		if resp.StatusCode != http.StatusTemporaryRedirect && resp.StatusCode != http.StatusPermanentRedirect && method == http.MethodPost {
			method, body = http.MethodGet, ""
		}
		to = u.String()
	}
	return 0, errors.New("too many redirects")
}

func sameOrigin(a, b *url.URL) bool { return a.Scheme == b.Scheme && a.Host == b.Host }

// Record plays a scenario with net/http and returns what came of it, as a source
// would show it. Data Center is reset before.
func (s *Site) Record(ctx context.Context, sc Scenario) ([]*exchange.Exchange, []int, error) {
	s.Reset()
	addr, err := s.AddrOf(sc)
	if err != nil {
		return nil, nil, err
	}
	base := s.Transport(addr)
	defer base.CloseIdleConnections()
	tape := &Tape{Base: base, Name: sc.Name, Now: s.o.Now}
	statuses, err := s.Play(ctx, sc, tape)
	return tape.Exchanges(), statuses, err
}
