package proxy

import (
	"context"
	"errors"
	"net"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/why401/why401/internal/exchange"
	"github.com/why401/why401/internal/safely"
)

// TestFaults: what breaks on one exchange or connection does not take the others
// along, and what was said in the panic is told nowhere.
func TestFaults(t *testing.T) {
	const secret = "hunter2"
	for _, where := range []string{"see", "decode", "intercept", "tunnelled", "mend"} {
		t.Run(where, func(t *testing.T) {
			var mu sync.Mutex
			var faults []error
			brittle := func(at, with string) {
				if at == where && strings.Contains(with, "broken") {
					panic("cannot take " + with + " with " + secret)
				}
			}
			o := newOrigin(t, func(c *peer, _ int) {
				for h := c.head(); h != ""; h = c.head() {
					coding := "gzip"
					if strings.Contains(h, "/broken") {
						coding = "broken"
					}
					c.send("HTTP/1.1 403 Forbidden\r\nContent-Encoding: " + coding + "\r\nContent-Length: 1\r\n\r\n.")
				}
			}, site, "broken.atlassian.net")
			w := newWorld(t, o, func(p *Options) {
				p.Connect["broken.atlassian.net"], p.Connect["broken.example.com"] = o.addr, o.addr
				see := p.See
				p.See = func(x *exchange.Exchange) { brittle("see", x.Request.URL); see(x) }
				p.Decoder = func(coding string, _ []byte, _ int) []byte { brittle("decode", coding); return nil }
				p.Intercept = func(host string) bool { brittle("intercept", host); return !strings.HasSuffix(host, ".com") }
				p.Tunnelled = func(n Tunnel) { brittle("tunnelled", n.Host) }
				p.Mend = func(_ context.Context, x *exchange.Exchange) Mended { brittle("mend", x.Request.URL); return Mended{} }
				p.Fault = func(err error) {
					mu.Lock()
					defer mu.Unlock()
					faults = append(faults, err)
				}
			})
			ask := func(c *peer, path string) {
				t.Helper()
				c.send("GET /" + path + " HTTP/1.1\r\nHost: x\r\n\r\n")
				contains(t, c.head(), " 403 Forbidden\r\n")
				c.expect(t, ".")
			}
			whole := w.client(site)
			switch where {
			case "intercept", "tunnelled":
				// The connection breaks, before or after it was opened.
				c := w.dial()
				host := map[string]string{"intercept": "broken.atlassian.net", "tunnelled": "broken.example.com"}[where]
				c.send("CONNECT " + host + ":443 HTTP/1.1\r\n\r\n")
				if got, _ := c.all(); got != "" && where == "intercept" {
					t.Errorf("got %q", got)
				}
			default:
				// The client does not notice.
				ask(whole, "broken")
			}
			ask(whole, "whole")
			n := 1
			if where == "mend" {
				n = 2
			}
			seen := w.exchanges(n)
			if x := seen[n-1]; !strings.HasSuffix(x.Request.URL, "/whole") || x.Response == nil {
				t.Errorf("%s", x.Request.URL)
			}
			mu.Lock()
			defer mu.Unlock()
			var fault *safely.Fault
			if len(faults) == 0 || !errors.As(faults[0], &fault) {
				t.Fatal("faults:", faults)
			}
			if s := faults[0].Error(); strings.Contains(s, secret) || strings.Contains(s, "broken") || !strings.Contains(s, "TestFaults") {
				t.Error(s)
			}
		})
	}
}

// TestAnswersBreak: after a fault in the goroutine that reads answers nobody waits
// for one.
func TestAnswersBreak(t *testing.T) {
	var told error
	w := newWorld(t, nil, func(o *Options) { o.Fault = func(err error) { told = err } })
	near, far := net.Pipe()
	defer far.Close()
	s := w.open(near)
	defer s.close()
	r := newRelay(w.Proxy, s, newLeg(near, nil, headBuffer), "http")
	f := &flight{start: time.Now(), quiet: true, decided: make(chan struct{})}
	f.open.Store(2)
	r.push(f)
	r.broke(errors.New("a fault"))
	select {
	case <-f.decided:
	default:
		t.Error("the request waits for its answer")
	}
	if r.drained() || r.oldest() != nil || s.busy() || told == nil {
		t.Error("the connection goes on")
	}
	if _, err := far.Read(make([]byte, 1)); err == nil {
		t.Error("the connection is open")
	}
}
