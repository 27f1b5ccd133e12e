package dns_test

import (
	"testing"

	"github.com/why401/why401/internal/diagnose"
	"github.com/why401/why401/internal/exchange"
	"github.com/why401/why401/internal/rule"
	"github.com/why401/why401/rules/dns"
)

// roots runs all rules of the area over exchanges of one client and returns the
// root causes with their certainty.
func roots(t *testing.T, xs ...*exchange.Exchange) []string {
	t.Helper()
	e, err := diagnose.New(rule.Rules(&dns.Set), diagnose.Options{})
	if err != nil {
		t.Fatal(err)
	}
	c := &exchange.Capture{Name: "trace.pcap", Format: "pcap"}
	for i, x := range xs {
		x.From, x.At = c, exchange.Locator{Capture: c.Name, Frame: i + 1}
		e.See(x, nil)
	}
	var out []string
	for _, c := range e.Diagnosis().Causes {
		out = append(out, c.Rule.ID+" "+c.Certainty.String())
	}
	return out
}

func equal(t *testing.T, got, want []string) {
	t.Helper()
	if len(got) != len(want) {
		t.Fatalf("causes %v, want %v", got, want)
	}
	for i := range got {
		if got[i] != want[i] {
			t.Errorf("cause %q, want %q", got[i], want[i])
		}
	}
}

const site = "acme.atlassian.net"

// TestLookups covers what packets show of a look-up.
func TestLookups(t *testing.T) {
	for _, tt := range []struct {
		name, host string
		phase      exchange.Phase
		l          exchange.Lookup
		want       []string
	}{
		{"no such name", site, exchange.DNS, exchange.Lookup{Asked: 2, Answered: true, RCode: 3}, []string{"dns-name-not-found proven"}},
		{"no such name, misspelt", "acme.atlasian.net", exchange.DNS, exchange.Lookup{Asked: 2, Answered: true, RCode: 3}, []string{"host-misspelt proven"}},
		{"server failed", site, exchange.DNS, exchange.Lookup{Asked: 2, Answered: true, RCode: 2, Server: "10.20.0.2"}, []string{"dns-server-trouble proven"}},
		{"refused", site, exchange.DNS, exchange.Lookup{Asked: 1, Answered: true, RCode: 5}, []string{"dns-server-trouble proven"}},
		{"silence", site, exchange.DNS, exchange.Lookup{Asked: 4}, []string{"dns-server-trouble proven"}},
		{"one query", site, exchange.DNS, exchange.Lookup{Asked: 1}, nil},
		{"unrelated", "update.example.net", exchange.DNS, exchange.Lookup{Asked: 2, Answered: true, RCode: 3}, nil},
		{"sinkhole", site, exchange.Dial, exchange.Lookup{Asked: 2, Answered: true, Addrs: []string{"0.0.0.0"}}, []string{"dns-sinkhole proven"}},
		{"inner address", site, exchange.TLSHandshake, exchange.Lookup{Asked: 2, Answered: true, Addrs: []string{"10.20.0.9"}}, []string{"dns-sinkhole likely"}},
		{"shared address space", site, exchange.TLSHandshake, exchange.Lookup{Asked: 2, Answered: true, Addrs: []string{"100.64.0.9"}}, []string{"dns-sinkhole likely"}},
		{"alias of a filter", site, exchange.Dial, exchange.Lookup{Asked: 2, Answered: true, Addrs: []string{"203.0.113.9"}, Aliases: []string{"block.opendns.com"}}, []string{"dns-sinkhole likely"}},
		{"remark of the server", site, exchange.Dial, exchange.Lookup{Asked: 2, Answered: true, Addrs: []string{"203.0.113.9"}, Extended: []int{17}}, []string{"dns-sinkhole likely"}},
		{"public address", site, exchange.TLSHandshake, exchange.Lookup{Asked: 2, Answered: true, Addrs: []string{"203.0.113.9"}}, nil},
		{"inner address of an own server", "jira.example.com", exchange.TLSHandshake, exchange.Lookup{Asked: 2, Answered: true, Addrs: []string{"10.20.0.9"}}, nil},
	} {
		t.Run(tt.name, func(t *testing.T) {
			tt.l.Name = tt.host
			equal(t, roots(t, &exchange.Exchange{
				Request: exchange.Request{Method: "GET", URL: "https://" + tt.host + "/"},
				Conn:    &exchange.Conn{Lookup: &tt.l},
				Failure: &exchange.Failure{Phase: tt.phase},
			}), tt.want)
		})
	}
}

// TestStaleAddress covers dns-stale-address.
func TestStaleAddress(t *testing.T) {
	dial := func(addr string, phase exchange.Phase, l *exchange.Lookup) *exchange.Exchange {
		return &exchange.Exchange{
			Request: exchange.Request{Method: "GET", URL: "https://" + site + "/"},
			Conn:    &exchange.Conn{ServerAddr: addr, ServerPort: 443, Lookup: l, TCP: &exchange.TCP{Attempts: 4}},
			Failure: &exchange.Failure{Phase: phase},
		}
	}
	l := &exchange.Lookup{Name: site, Asked: 2, Answered: true, Addrs: []string{"203.0.113.9", "203.0.113.10"}}
	equal(t, roots(t, dial("198.51.100.4", exchange.Dial, l)), []string{"dns-stale-address possible"})
	equal(t, roots(t, dial("203.0.113.10", exchange.Dial, l)), nil)
	equal(t, roots(t, dial("198.51.100.4", exchange.TLSHandshake, l)), nil)
	equal(t, roots(t, dial("198.51.100.4", exchange.Dial, nil)), nil)
	equal(t, roots(t, dial("198.51.100.4", exchange.Dial, &exchange.Lookup{Name: site, Asked: 1})), nil)
}

// TestBlackhole covers ipv6-blackhole where packets show the attempts.
func TestBlackhole(t *testing.T) {
	six := func(tcp exchange.TCP) *exchange.Exchange {
		return &exchange.Exchange{
			Request: exchange.Request{Method: "GET", URL: "https://" + site + "/rest/api/3/myself"},
			Conn:    &exchange.Conn{ServerAddr: "2001:db8::7", ServerPort: 443, TCP: &tcp},
			Failure: &exchange.Failure{Phase: exchange.Dial},
		}
	}
	four := func() *exchange.Exchange {
		return &exchange.Exchange{
			Request:  exchange.Request{Method: "GET", URL: "https://" + site + "/rest/api/3/myself"},
			Conn:     &exchange.Conn{ServerAddr: "203.0.113.9", ServerPort: 443},
			Response: &exchange.Response{Status: 200, Header: exchange.Header{{Name: "X-AACCOUNTID", Value: "1"}}},
		}
	}
	equal(t, roots(t, six(exchange.TCP{Attempts: 3}), four()), []string{"ipv6-blackhole likely"})
	equal(t, roots(t, six(exchange.TCP{Attempts: 1}), four()), nil)
	equal(t, roots(t, six(exchange.TCP{Attempts: 1, Cut: exchange.CutByServer, Accepted: true}), four()), nil)
	equal(t, roots(t, six(exchange.TCP{Attempts: 3})), nil)
}
