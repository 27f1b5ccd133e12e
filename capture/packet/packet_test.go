package packet

import (
	"encoding/binary"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/why401/why401/internal/exchange"
)

// TestHTTP1 covers what one connection can hold.
func TestHTTP1(t *testing.T) {
	for _, tt := range []struct {
		name  string
		build func(d *dialog)
		want  string
	}{
		{"one", func(d *dialog) { d.open().ask(get).answer(denied).close() }, `
			GET http://jira.example.com/rest/api/2/myself -> 401 "no!" 3
		`},
		{"kept alive", func(d *dialog) { d.open().ask(get).answer(denied).ask(get).answer(ok) }, `
			GET http://jira.example.com/rest/api/2/myself -> 401 "no!" 3
			GET http://jira.example.com/rest/api/2/myself -> 200 "{}" 2
		`},
		{"pipelined", func(d *dialog) { d.open().ask(get + get).answer(denied + ok).close() }, `
			GET http://jira.example.com/rest/api/2/myself -> 401 "no!" 3
			GET http://jira.example.com/rest/api/2/myself -> 200 "{}" 2
		`},
		{"HEAD", func(d *dialog) {
			d.open().ask("HEAD / HTTP/1.1\r\nHost: a\r\n\r\n" + get).answer("HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\n" + ok)
		}, `
			HEAD http://a/ -> 200 "" 0
			GET http://jira.example.com/rest/api/2/myself -> 200 "{}" 2
		`},
		{"204 and 304", func(d *dialog) {
			d.open().ask(get + get).answer("HTTP/1.1 204 No Content\r\n\r\nHTTP/1.1 304 Not Modified\r\nContent-Length: 7\r\n\r\n")
		}, `
			GET http://jira.example.com/rest/api/2/myself -> 204 "" 0
			GET http://jira.example.com/rest/api/2/myself -> 304 "" 0
		`},
		{"chunked, with 100", func(d *dialog) {
			d.open().ask("POST /x HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 5\r\n\r\n").
				answer("HTTP/1.1 100 Continue\r\n\r\n").ask("hello").
				answer("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n2;x=y\r\nde\r\n0\r\nA: b\r\n\r\n").
				ask(get).answer(ok)
		}, `
			POST http://a/x body 5 -> 200 "abcde" 5
			GET http://jira.example.com/rest/api/2/myself -> 200 "{}" 2
		`},
		{"refused before the body", func(d *dialog) {
			d.open().ask("POST /x HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 5\r\n\r\n").
				answer(denied).ask(get).answer(ok)
		}, `
			POST http://a/x -> 401 "no!" 3
			GET http://jira.example.com/rest/api/2/myself -> 200 "{}" 2
		`},
		{"until close", func(d *dialog) { d.open().ask(get).answer("HTTP/1.0 200 OK\r\n\r\nabc").close() }, `
			GET http://jira.example.com/rest/api/2/myself -> 200 "abc" 3
		`},
		{"tunnel", func(d *dialog) {
			d.open().ask("CONNECT jira.example.com:8080 HTTP/1.1\r\nHost: jira.example.com:8080\r\n\r\n").
				answer("HTTP/1.1 407 No\r\nContent-Length: 0\r\n\r\n").
				ask("CONNECT jira.example.com:8080 HTTP/1.1\r\n\r\n").answer("HTTP/1.1 200 OK\r\n\r\n").
				ask("GET /a HTTP/1.0\r\n\r\n").answer("HTTP/1.0 401 No\r\n\r\n").close()
		}, `
			CONNECT jira.example.com:8080 -> 407 "" 0
			CONNECT jira.example.com:8080 -> 200 "" 0
			GET http://jira.example.com:8080/a -> 401 "" 0
		`},
		{"WebSocket", func(d *dialog) {
			d.open().ask("GET /ws HTTP/1.1\r\nHost: a\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n").
				answer("HTTP/1.1 101 Switching\r\nUpgrade: websocket\r\n\r\n" + ok).ask(get).close()
		}, `
			GET http://a/ws -> 101 "" 0
		`},
		{"stray line feed", func(d *dialog) {
			d.open().ask("GET / HTTP/1.1\r\nHost: a\r\nAuthorization: Basic abc==\n\r\nAccept: */*\r\n\r\n").answer(denied).ask(get).answer(ok).close()
		}, `
			GET http://a/ -> 401 "no!" 3
			GET http://jira.example.com/rest/api/2/myself -> 200 "{}" 2
		`},
		{"no answer, closed", func(d *dialog) { d.open().ask(get).close() }, `
			GET http://jira.example.com/rest/api/2/myself failed in phase 6
		`},
		{"no answer, capture ends", func(d *dialog) { d.open().ask(get) }, `
			GET http://jira.example.com/rest/api/2/myself
		`},
		{"reset", func(d *dialog) { d.open().ask(get); d.flags(1, rst|ack) }, `
			GET http://jira.example.com/rest/api/2/myself failed in phase 6
		`},
		{"midway", func(d *dialog) { d.answer("rest of a body").ask(get).answer(ok) }, `
			GET http://jira.example.com/rest/api/2/myself -> 200 "{}" 2
		`},
		{"answer to an older request", func(d *dialog) { d.answer(denied).ask(get).answer(ok) }, `
			GET http://jira.example.com/rest/api/2/myself -> 200 "{}" 2
		`},
		{"starts with SYN and ACK", func(d *dialog) {
			d.seq[0]++
			d.flags(1, syn|ack)
			d.ask(get).answer(denied)
		}, `
			GET http://jira.example.com/rest/api/2/myself -> 401 "no!" 3
		`},
		{"ports reused", func(d *dialog) {
			d.open().ask(get).answer(denied)
			d.flags(1, rst)
			d.seq = [2]uint32{7e8, 9e8}
			d.open().ask(get).answer(ok).close()
			d.seq = [2]uint32{17e8, 9e7}
			d.open().ask(get).answer(denied).close()
		}, `
			GET http://jira.example.com/rest/api/2/myself -> 401 "no!" 3
			GET http://jira.example.com/rest/api/2/myself -> 200 "{}" 2
			GET http://jira.example.com/rest/api/2/myself -> 401 "no!" 3
		`},
		{"other protocols", func(d *dialog) { d.open().answer("SSH-2.0-x\r\n").ask("SSH-2.0-y\r\n").close() }, ""},
		{"gap in a body", func(d *dialog) {
			d.open().ask(get).answer("HTTP/1.1 200 OK\r\nContent-Length: 30\r\n\r\n0123456789")
			d.seq[1] += 10
			d.answer("abcdefghij").ask(get).answer(denied).close()
		}, `
			GET http://jira.example.com/rest/api/2/myself -> 200 "0123456789" 30
			GET http://jira.example.com/rest/api/2/myself -> 401 "no!" 3
		`},
		{"a lost answer", func(d *dialog) {
			d.open().ask(get)
			d.seq[1] += uint32(len(ok))
			d.ask(get)
			for range 40 { // what was acknowledged will not come any more
				d.flags(0, ack)
			}
			d.answer(denied).close()
		}, `
			GET http://jira.example.com/rest/api/2/myself
			GET http://jira.example.com/rest/api/2/myself -> 401 "no!" 3
		`},
	} {
		t.Run(tt.name, func(t *testing.T) {
			tr := &trace{}
			tt.build(tr.dial(laptop, jira, 1000))
			xs, _ := read(t, tr.pcap(), nil)
			equal(t, lines(xs), tt.want)
		})
	}
}

// TestFacts looks at what an exchange tells of its packets.
func TestFacts(t *testing.T) {
	tr := &trace{}
	tr.udp(laptop.at(40000), end{[4]byte{10, 20, 0, 53}, 53}, dnsMessage("jira.example.com", 0, nil))
	tr.udp(end{[4]byte{10, 20, 0, 53}, 53}, laptop.at(40000), dnsMessage("jira.example.com", 0x8180, jira.ip[:]))
	tr.dial(laptop, jira, 1).open().ask(get).answer(denied).close()
	xs, c := read(t, tr.pcap(), nil)
	if len(xs) != 1 || c.Exchanges != 1 || len(c.Notes) != 0 {
		t.Fatalf("%d exchanges, notes %v", len(xs), c.Notes)
	}
	x := xs[0]
	if x.At.Frame != 6 || x.At.String() != "trace.pcap frame 6" || x.From != c {
		t.Errorf("at %v", x.At)
	}
	if want := sight | exchange.Wire | exchange.DNSFacts; x.Sight != want {
		t.Errorf("sight %v", x.Sight)
	}
	if x.Client != "10.20.0.5 curl/8.5.0" || !x.Start.Equal(epoch.Add(6*time.Millisecond)) || x.Took != time.Millisecond {
		t.Errorf("client %q, start %v, took %v", x.Client, x.Start, x.Took)
	}
	if string(x.Request.Raw) != get || x.Request.Header.Value("authorization") == "" {
		t.Errorf("raw %q", x.Request.Raw)
	}
	n := x.Conn
	if n == nil || n.ServerAddr != "203.0.113.20" || n.ServerPort != 80 || n.TCP == nil || *n.TCP != (exchange.TCP{Attempts: 1, Accepted: true}) {
		t.Fatalf("connection %+v", n)
	}
	if l := n.Lookup; l == nil || l.Asked != 1 || !l.Answered || !slices.Equal(l.Addrs, []string{"203.0.113.20"}) || l.Server != "10.20.0.53" {
		t.Errorf("look-up %+v", n.Lookup)
	}
}

// dnsMessage makes a query, or an answer with an address.
func dnsMessage(name string, flags uint16, addr []byte) []byte {
	b := make([]byte, 12)
	binary.BigEndian.PutUint16(b[2:], flags)
	b[5] = 1
	if addr != nil {
		b[7] = 1
	}
	for l := range strings.SplitSeq(name, ".") {
		b = append(append(b, byte(len(l))), l...)
	}
	b = append(b, 0, 0, 1, 0, 1)
	if addr != nil {
		b = append(append(b, 0xc0, 12, 0, 1, 0, 1, 0, 0, 0, 60, 0, 4), addr...)
	}
	return b
}

// TestFailures covers what never became a request.
func TestFailures(t *testing.T) {
	ns := end{[4]byte{10, 20, 0, 53}, 53}
	asks := func(tr *trace, name string, times int) {
		for range times {
			tr.udp(laptop.at(40000), ns, dnsMessage(name, 0, nil))
		}
	}
	for _, tt := range []struct {
		name  string
		build func(tr *trace)
		want  string
		check func(n *exchange.Conn) bool
	}{
		{"no such name", func(tr *trace) {
			asks(tr, "acme.atlassian.net", 1)
			tr.udp(ns, laptop.at(40000), dnsMessage("acme.atlassian.net", 0x8183, nil))
			asks(tr, "acme.atlassian.net.corp.example", 1)
			tr.udp(ns, laptop.at(40000), dnsMessage("acme.atlassian.net.corp.example", 0x8183, nil))
			asks(tr, "update.googleapis.com", 1)
			tr.udp(ns, laptop.at(40000), dnsMessage("update.googleapis.com", 0x8183, nil))
		}, " https://acme.atlassian.net/ failed in phase 2\n", func(n *exchange.Conn) bool { return n.Lookup.RCode == 3 }},
		{"no answer", func(tr *trace) {
			asks(tr, "acme.atlassian.net", 3)
			tr.udp(ns, laptop.at(40000), dnsMessage("other.example.com", 0x8180, jira.ip[:]))
		}, " https://acme.atlassian.net/ failed in phase 2\n", func(n *exchange.Conn) bool { return n.Lookup.Asked == 3 && !n.Lookup.Answered }},
		{"one direction of DNS", func(tr *trace) { asks(tr, "acme.atlassian.net", 3) }, "", nil},
		{"refused", func(tr *trace) {
			asks(tr, "jira.example.com", 1)
			tr.udp(ns, laptop.at(40000), dnsMessage("jira.example.com", 0x8180, jira.ip[:]))
			d := tr.dial(laptop, jira.at(8443), 5)
			d.flags(0, syn)
			d.flags(1, rst|ack)
		}, " https://jira.example.com:8443/ failed in phase 3\n", func(n *exchange.Conn) bool {
			return *n.TCP == exchange.TCP{Attempts: 1, Cut: exchange.CutByServer}
		}},
		{"silence", func(tr *trace) {
			tr.dial(laptop.at(9), jira, 5).open().ask(get).answer(ok).close()
			d := tr.dial(laptop, jira.at(443), 5)
			for range 3 {
				d.flags(0, syn)
				d.seq[0]--
				tr.now += time.Second
			}
		}, "GET http://jira.example.com/rest/api/2/myself -> 200 \"{}\" 2\n https://203.0.113.20/ failed in phase 3\n", func(n *exchange.Conn) bool {
			return n.TCP == nil || *n.TCP == exchange.TCP{Attempts: 3} || n.TCP.Accepted
		}},
		{"a box in between", func(tr *trace) {
			d := tr.dial(laptop, jira, 5).open().ask(get)
			tr.add(tcpPacket(jira, laptop, d.seq[1], d.seq[0], rst|ack, 40, nil))
		}, "GET http://jira.example.com/rest/api/2/myself failed in phase 6\n", func(n *exchange.Conn) bool { return n.TCP.Cut == exchange.CutBetween }},
		{"refused, then another way", func(tr *trace) {
			d := tr.dial(laptop, jira, 5)
			d.flags(0, syn)
			d.flags(1, rst|ack)
			tr.dial(laptop.at(51001), jira, 5).open().ask(strings.Replace(get, "jira.example.com", "203.0.113.20", 1)).answer(ok).close()
		}, "GET http://203.0.113.20/rest/api/2/myself -> 200 \"{}\" 2\n", nil},
	} {
		t.Run(tt.name, func(t *testing.T) {
			tr := &trace{}
			tt.build(tr)
			xs, _ := read(t, tr.pcap(), nil)
			equal(t, lines(xs), tt.want)
			for _, x := range xs {
				if tt.check != nil && !tt.check(x.Conn) {
					t.Errorf("connection %+v, tcp %+v, look-up %+v", x.Conn, x.Conn.TCP, x.Conn.Lookup)
				}
			}
		})
	}
}

// scramble cuts the bytes of both sides into segments at random, sends some
// twice or with overlaps, and mixes them up over a short distance.
func scramble(rng *rand.Rand, asks, answers string, isn uint32) *trace {
	tr := &trace{}
	d := tr.dial(laptop, jira, isn).open()
	var rest [][]byte
	for i, s := range []string{asks, answers} {
		seq := d.seq[i]
		for at := 0; at < len(s); {
			n := min(1+rng.IntN(60), len(s)-at)
			lo := max(0, at-rng.IntN(20))
			p := tcpPacket(d.ends[i], d.ends[1-i], seq+uint32(lo), 0, 0, 64, []byte(s[lo:at+n]))
			rest = append(rest, p)
			if rng.IntN(8) == 0 {
				rest = append(rest, p)
			}
			at += n
		}
		d.seq[i] += uint32(len(s))
	}
	rng.Shuffle(len(rest), func(i, j int) { rest[i], rest[j] = rest[j], rest[i] })
	for _, p := range rest {
		tr.add(p)
	}
	d.close()
	return tr
}

// TestAnyOrder demands the same exchanges however the bytes are cut and mixed.
func TestAnyOrder(t *testing.T) {
	post := "POST /x HTTP/1.1\r\nHost: a\r\nContent-Length: 300\r\n\r\n" + strings.Repeat("x", 300)
	chunks := "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nabcde\r\n0\r\n\r\n"
	asks := get + post + get + "HEAD / HTTP/1.1\r\nHost: b\r\n\r\n"
	answers := denied + chunks + ok + "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n"
	tr := &trace{}
	tr.dial(laptop, jira, 1).open().ask(asks).answer(answers).close()
	xs, _ := read(t, tr.pcap(), nil)
	want := lines(xs)
	if strings.Count(want, "->") != 4 {
		t.Fatal(want)
	}
	for seed := range uint64(300) {
		rng := rand.New(rand.NewPCG(seed, 1))
		xs, _ := read(t, scramble(rng, asks, answers, rng.Uint32()).pcap(), nil)
		if got := sorted(lines(xs)); got != sorted(want) {
			t.Fatalf("seed %d: got\n%swant\n%s", seed, got, want)
		}
	}
}

func sorted(s string) string {
	l := strings.Split(s, "\n")
	slices.Sort(l)
	return strings.Join(l, "\n")
}

// TestTwiceOnLo shows each packet twice, as the loopback interface does.
func TestTwiceOnLo(t *testing.T) {
	tr := &trace{}
	tr.dial(laptop, jira, 1).open().ask(get).answer(denied).ask(get).answer(ok).close()
	twice := &trace{}
	for _, p := range tr.packets {
		twice.add(p)
		twice.add(p)
	}
	a, _ := read(t, tr.pcap(), nil)
	b, c := read(t, twice.pcap(), nil)
	if lines(a) != lines(b) || len(c.Notes) != 0 || b[0].Conn.TCP.Attempts != 1 {
		t.Errorf("%s%v", lines(b), c.Notes)
	}
}

// TestOneSided shows the packets of one direction only.
func TestOneSided(t *testing.T) {
	tr := &trace{}
	d := tr.dial(laptop, jira, 1)
	d.flags(0, syn)
	d.flags(0, ack)
	d.ask(get)
	d.flags(0, fin|ack)
	xs, c := read(t, tr.pcap(), nil)
	if len(xs) != 1 || xs[0].Failure != nil || xs[0].Response != nil || xs[0].Conn.TCP != nil && !xs[0].Conn.TCP.Accepted && xs[0].Conn.TCP.Attempts > 2 {
		t.Errorf("%s %+v", lines(xs), xs[0].Conn.TCP)
	}
	if !slices.Contains(c.Notes, exchange.Note{Kind: exchange.NoteOneSided, N: 1}) {
		t.Errorf("notes %v", c.Notes)
	}
}

// TestFragments splits an IP packet in three.
func TestFragments(t *testing.T) {
	tr := &trace{}
	d := tr.dial(laptop, jira, 1).open()
	whole := tcpPacket(laptop, jira, d.seq[0], d.seq[1], ack, 64, []byte(get))
	body := whole[34:]
	for _, cut := range [][2]int{{64, 96}, {0, 64}, {96, len(body)}} {
		p := ip(laptop, jira, 6, 64, body[cut[0]:cut[1]])
		off := uint16(cut[0] / 8)
		if cut[1] < len(body) {
			off |= 0x2000
		}
		binary.BigEndian.PutUint16(p[20:], off)
		tr.add(p)
	}
	d.seq[0] += uint32(len(get))
	d.answer(ok).close()
	xs, _ := read(t, tr.pcap(), nil)
	equal(t, lines(xs), "GET http://jira.example.com/rest/api/2/myself -> 200 \"{}\" 2\n")
}

// TestNeedsLittle reads more connections than are remembered.
func TestNeedsLittle(t *testing.T) {
	r := &reader{capture: &exchange.Capture{}, keys: &Keys{}, conns: map[tuple]*conn{}, clients: nil, yield: func(*exchange.Exchange, error) bool { return true }}
	r.oldest.prev, r.oldest.nextConn = &r.oldest, &r.oldest
	for i := range maxConns + 100 {
		g := datagram{from: address{15: 1, 1: byte(i >> 16)}, to: address{15: 2}, src: uint16(i), dst: 80, syn: true}
		r.tcp(&g, mark{frame: i + 1})
	}
	if len(r.conns) > maxConns || r.evicted != 100 {
		t.Errorf("%d connections, %d evicted", len(r.conns), r.evicted)
	}
}
