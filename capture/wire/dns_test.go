package wire

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/why401/why401/internal/exchange"
)

// dnsName writes a name without compression.
func dnsName(name string) []byte {
	var b []byte
	for l := range strings.SplitSeq(name, ".") {
		b = append(append(b, byte(len(l))), l...)
	}
	return append(b, 0)
}

func rr(name []byte, kind uint16, data ...byte) []byte {
	b := append(slices.Clone(name), byte(kind>>8), byte(kind), 0, 1, 0, 0, 0, 60, byte(len(data)>>8), byte(len(data)))
	return append(b, data...)
}

func dnsMessage(flags uint16, question string, kind byte, answers int, more int, rrs ...[]byte) []byte {
	b := []byte{0x12, 0x34, byte(flags >> 8), byte(flags), 0, 1, 0, byte(answers), 0, 0, 0, byte(more)}
	b = append(append(b, dnsName(question)...), 0, kind, 0, 1)
	return append(b, slices.Concat(rrs...)...)
}

func TestParseDNS(t *testing.T) {
	const site = "your-domain.atlassian.net"
	here := []byte{0xc0, 12}
	edge := dnsName("edge.example")
	opt := func(upper byte, data ...byte) []byte {
		b := rr([]byte{0}, TypeOPT, data...)
		b[5] = upper
		return b
	}
	for _, tt := range []struct {
		name string
		in   []byte
		want string
		bad  bool
	}{
		{"query", dnsMessage(0x0100, site, 1, 0, 0), site + " 1 query", false},
		{"answer", dnsMessage(0x8180, site, 1, 2, 0, rr(here, TypeCNAME, edge...), rr(edge, TypeA, 192, 0, 2, 7)), site + " 1 rcode 0 [192.0.2.7] [edge.example] 2 []", false},
		{"AAAA", dnsMessage(0x8180, site, 28, 1, 0, rr(here, TypeAAAA, 0x20, 1, 0xd, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1)), site + " 28 rcode 0 [2001:db8::1] [] 1 []", false},
		{"NXDOMAIN", dnsMessage(0x8183, site, 1, 0, 0), site + " 1 rcode 3 [] [] 0 []", false},
		{"address not in the answer", dnsMessage(0x8180, site, 1, 0, 1, rr(here, TypeA, 192, 0, 2, 7)), site + " 1 rcode 0 [] [] 0 []", false},
		{"extended error", dnsMessage(0x8182, site, 1, 0, 1, opt(0, 0, 15, 0, 3, 0, 9, 'x', 0, 15, 0, 2, 0, 22)), site + " 1 rcode 2 [] [] 0 [9 22]", false},
		{"extended code", dnsMessage(0x8180, site, 1, 0, 1, opt(1)), site + " 1 rcode 16 [] [] 0 []", false},
		{"truncated", dnsMessage(0x8380, site, 1, 0, 0), site + " 1 rcode 0 [] [] 0 [] truncated", false},
		{"odd bytes", dnsMessage(0, "a\x00b\\ c", 1, 0, 0), `a\000b\\\032c 1 query`, false},
		{"pointer to itself", dnsMessage(0x8180, site, 1, 1, 0, rr([]byte{0xc0, 43}, TypeA, 1, 2, 3, 4)), site + " 1 rcode 0 [] [] 0 []", true},
		{"cut record", dnsMessage(0x8180, site, 1, 1, 0, rr(here, TypeA, 192)[:8]), site + " 1 rcode 0 [] [] 0 []", true},
		{"long address", dnsMessage(0x8180, site, 1, 1, 0, rr(here, TypeA, 1, 2, 3, 4, 5)), site + " 1 rcode 0 [] [] 1 []", false},
		{"short", make([]byte, 11), "", true},
		{"update", dnsMessage(0x2800, site, 6, 0, 0), "", true},
		{"cut question", dnsMessage(0, site, 1, 0, 0)[:20], "", true},
	} {
		d, err := ParseDNS(tt.in)
		got := ""
		if d != nil {
			got = fmt.Sprint(d.Name, " ", d.Type, " query")
			if d.Response {
				got = fmt.Sprint(d.Name, " ", d.Type, " rcode ", d.RCode, " ", d.Addrs, " ", d.Aliases, " ", d.Records, " ", d.Extended)
			}
			if d.Truncated {
				got += " truncated"
			}
		}
		if got != tt.want || (err != nil) != tt.bad {
			t.Errorf("%s: %s, %v; want %s", tt.name, got, err, tt.want)
		}
	}
}

func TestDNSOverTCP(t *testing.T) {
	in := []byte{0, 2, 'a', 'b', 0, 0, 9}
	msg, n := DNSOverTCP(in)
	if string(msg) != "ab" || n != 4 {
		t.Errorf("%q %d", msg, n)
	}
	if msg, n = DNSOverTCP(in[4:]); len(msg) != 0 || n != 2 {
		t.Errorf("%q %d", msg, n)
	}
	for _, b := range [][]byte{nil, {0}, {0, 1}} {
		if _, n := DNSOverTCP(b); n != 0 {
			t.Errorf("%v: %d", b, n)
		}
	}
}

func TestInto(t *testing.T) {
	const site = "your-domain.atlassian.net"
	var l exchange.Lookup
	for _, in := range [][]byte{
		dnsMessage(0x0100, site, 1, 0, 0),
		dnsMessage(0x0100, site, 28, 0, 0),
		dnsMessage(0x8380, site, 1, 0, 0), // truncated
		dnsMessage(0x8180, site, 1, 2, 0, rr(dnsName(site), TypeCNAME, dnsName("edge.example")...), rr(dnsName("edge.example"), TypeA, 192, 0, 2, 7)),
		dnsMessage(0x8182, site, 28, 0, 0), // SERVFAIL for AAAA
		dnsMessage(0x8180, site, 1, 1, 0, rr(dnsName(site), TypeA, 192, 0, 2, 7)),
	} {
		d, err := ParseDNS(in)
		if err != nil {
			t.Fatal(err)
		}
		d.Into(&l)
	}
	if l.Name != site || l.Asked != 2 || !l.Answered || l.RCode != 0 || !slices.Equal(l.Addrs, []string{"192.0.2.7"}) || !slices.Equal(l.Aliases, []string{"edge.example"}) {
		t.Errorf("%+v", l)
	}
	l = exchange.Lookup{}
	d, _ := ParseDNS(dnsMessage(0x8183, site, 1, 0, 0))
	d.Into(&l)
	if !l.Answered || l.RCode != RCodeNXDomain {
		t.Errorf("%+v", l)
	}
}
