package packet

import (
	"bytes"
	"encoding/binary"
	"math/rand/v2"
	"net/netip"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/why401/why401/internal/exchange"
	"github.com/why401/why401/internal/packettest"
)

// TestHTTP1 covers what one connection can hold.
func TestHTTP1(t *testing.T) {
	for _, tt := range []struct {
		name  string
		build func(d *packettest.Dialog)
		want  string
	}{
		{"one", func(d *packettest.Dialog) { d.Open().Ask(get).Answer(denied).Close() }, `
			GET http://jira.example.com/rest/api/2/myself -> 401 "no!" 3
		`},
		{"kept alive", func(d *packettest.Dialog) { d.Open().Ask(get).Answer(denied).Ask(get).Answer(ok) }, `
			GET http://jira.example.com/rest/api/2/myself -> 401 "no!" 3
			GET http://jira.example.com/rest/api/2/myself -> 200 "{}" 2
		`},
		{"pipelined", func(d *packettest.Dialog) { d.Open().Ask(get + get).Answer(denied + ok).Close() }, `
			GET http://jira.example.com/rest/api/2/myself -> 401 "no!" 3
			GET http://jira.example.com/rest/api/2/myself -> 200 "{}" 2
		`},
		{"HEAD", func(d *packettest.Dialog) {
			d.Open().Ask("HEAD / HTTP/1.1\r\nHost: a\r\n\r\n" + get).Answer("HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\n" + ok)
		}, `
			HEAD http://a/ -> 200 "" 0
			GET http://jira.example.com/rest/api/2/myself -> 200 "{}" 2
		`},
		{"204 and 304", func(d *packettest.Dialog) {
			d.Open().Ask(get + get).Answer("HTTP/1.1 204 No Content\r\n\r\nHTTP/1.1 304 Not Modified\r\nContent-Length: 7\r\n\r\n")
		}, `
			GET http://jira.example.com/rest/api/2/myself -> 204 "" 0
			GET http://jira.example.com/rest/api/2/myself -> 304 "" 0
		`},
		{"chunked, with 100", func(d *packettest.Dialog) {
			d.Open().Ask("POST /x HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 5\r\n\r\n").
				Answer("HTTP/1.1 100 Continue\r\n\r\n").Ask("hello").
				Answer("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n2;x=y\r\nde\r\n0\r\nA: b\r\n\r\n").
				Ask(get).Answer(ok)
		}, `
			POST http://a/x body 5 -> 200 "abcde" 5
			GET http://jira.example.com/rest/api/2/myself -> 200 "{}" 2
		`},
		{"refused before the body", func(d *packettest.Dialog) {
			d.Open().Ask("POST /x HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 5\r\n\r\n").
				Answer(denied).Ask(get).Answer(ok)
		}, `
			POST http://a/x -> 401 "no!" 3
			GET http://jira.example.com/rest/api/2/myself -> 200 "{}" 2
		`},
		{"until close", func(d *packettest.Dialog) { d.Open().Ask(get).Answer("HTTP/1.0 200 OK\r\n\r\nabc").Close() }, `
			GET http://jira.example.com/rest/api/2/myself -> 200 "abc" 3
		`},
		{"tunnel", func(d *packettest.Dialog) {
			d.Open().Ask("CONNECT jira.example.com:8080 HTTP/1.1\r\nHost: jira.example.com:8080\r\n\r\n").
				Answer("HTTP/1.1 407 No\r\nContent-Length: 0\r\n\r\n").
				Ask("CONNECT jira.example.com:8080 HTTP/1.1\r\n\r\n").Answer("HTTP/1.1 200 OK\r\n\r\n").
				Ask("GET /a HTTP/1.0\r\n\r\n").Answer("HTTP/1.0 401 No\r\n\r\n").Close()
		}, `
			CONNECT jira.example.com:8080 -> 407 "" 0
			CONNECT jira.example.com:8080 -> 200 "" 0
			GET http://jira.example.com:8080/a -> 401 "" 0
		`},
		{"WebSocket", func(d *packettest.Dialog) {
			d.Open().Ask("GET /ws HTTP/1.1\r\nHost: a\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n").
				Answer("HTTP/1.1 101 Switching\r\nUpgrade: websocket\r\n\r\n" + ok).Ask(get).Close()
		}, `
			GET http://a/ws -> 101 "" 0
		`},
		{"stray line feed", func(d *packettest.Dialog) {
			d.Open().Ask("GET / HTTP/1.1\r\nHost: a\r\nAuthorization: Basic abc==\n\r\nAccept: */*\r\n\r\n").Answer(denied).Ask(get).Answer(ok).Close()
		}, `
			GET http://a/ -> 401 "no!" 3
			GET http://jira.example.com/rest/api/2/myself -> 200 "{}" 2
		`},
		{"no answer, closed", func(d *packettest.Dialog) { d.Open().Ask(get).Close() }, `
			GET http://jira.example.com/rest/api/2/myself failed in phase 6
		`},
		{"no answer, capture ends", func(d *packettest.Dialog) { d.Open().Ask(get) }, `
			GET http://jira.example.com/rest/api/2/myself
		`},
		{"reset", func(d *packettest.Dialog) { d.Open().Ask(get); d.Flags(1, rst|ack) }, `
			GET http://jira.example.com/rest/api/2/myself failed in phase 6
		`},
		{"midway", func(d *packettest.Dialog) { d.Answer("rest of a body").Ask(get).Answer(ok) }, `
			GET http://jira.example.com/rest/api/2/myself -> 200 "{}" 2
		`},
		{"answer to an older request", func(d *packettest.Dialog) { d.Answer(denied).Ask(get).Answer(ok) }, `
			GET http://jira.example.com/rest/api/2/myself -> 200 "{}" 2
		`},
		{"starts with SYN and ACK", func(d *packettest.Dialog) {
			d.Seq[0]++
			d.Flags(1, syn|ack)
			d.Ask(get).Answer(denied)
		}, `
			GET http://jira.example.com/rest/api/2/myself -> 401 "no!" 3
		`},
		{"ports reused", func(d *packettest.Dialog) {
			d.Open().Ask(get).Answer(denied)
			d.Flags(1, rst)
			d.Seq = [2]uint32{7e8, 9e8}
			d.Open().Ask(get).Answer(ok).Close()
			d.Seq = [2]uint32{17e8, 9e7}
			d.Open().Ask(get).Answer(denied).Close()
		}, `
			GET http://jira.example.com/rest/api/2/myself -> 401 "no!" 3
			GET http://jira.example.com/rest/api/2/myself -> 200 "{}" 2
			GET http://jira.example.com/rest/api/2/myself -> 401 "no!" 3
		`},
		{"other protocols", func(d *packettest.Dialog) { d.Open().Answer("SSH-2.0-x\r\n").Ask("SSH-2.0-y\r\n").Close() }, ""},
		{"gap in a body", func(d *packettest.Dialog) {
			d.Open().Ask(get).Answer("HTTP/1.1 200 OK\r\nContent-Length: 30\r\n\r\n0123456789")
			d.Seq[1] += 10
			d.Answer("abcdefghij").Ask(get).Answer(denied).Close()
		}, `
			GET http://jira.example.com/rest/api/2/myself -> 200 "0123456789" 30
			GET http://jira.example.com/rest/api/2/myself -> 401 "no!" 3
		`},
		{"a lost answer", func(d *packettest.Dialog) {
			d.Open().Ask(get)
			d.Seq[1] += uint32(len(ok))
			d.Ask(get)
			for range 40 { // what was acknowledged will not come any more
				d.Flags(0, ack)
			}
			d.Answer(denied).Close()
		}, `
			GET http://jira.example.com/rest/api/2/myself
			GET http://jira.example.com/rest/api/2/myself -> 401 "no!" 3
		`},
	} {
		t.Run(tt.name, func(t *testing.T) {
			tr := &packettest.Trace{}
			tt.build(tr.Dial(laptop, jira, 1000))
			xs, _ := read(t, tr.PCAP(), nil)
			equal(t, lines(xs), tt.want)
		})
	}
}

// TestFacts looks at what an exchange tells of its packets.
func TestFacts(t *testing.T) {
	tr := &packettest.Trace{}
	tr.UDP(packettest.At(laptop, 40000), packettest.NameServer, packettest.DNS("jira.example.com", 0))
	tr.UDP(packettest.NameServer, packettest.At(laptop, 40000), packettest.DNS("jira.example.com", 0x8180, "203.0.113.20"))
	tr.Dial(laptop, jira, 1).Open().Ask(get).Answer(denied).Close()
	xs, c := read(t, tr.PCAP(), nil)
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
	if x.Client != "10.20.0.5 curl/8.5.0" || !x.Start.Equal(packettest.Epoch.Add(6*time.Millisecond)) || x.Took != time.Millisecond {
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

// TestFailures covers what never became a request.
func TestFailures(t *testing.T) {
	ns := packettest.NameServer
	asks := func(tr *packettest.Trace, name string, times int) {
		for range times {
			tr.UDP(packettest.At(laptop, 40000), ns, packettest.DNS(name, 0))
		}
	}
	for _, tt := range []struct {
		name  string
		build func(tr *packettest.Trace)
		want  string
		check func(n *exchange.Conn) bool
	}{
		{"no such name", func(tr *packettest.Trace) {
			asks(tr, "acme.atlassian.net", 1)
			tr.UDP(ns, packettest.At(laptop, 40000), packettest.DNS("acme.atlassian.net", 0x8183))
			asks(tr, "acme.atlassian.net.corp.example", 1)
			tr.UDP(ns, packettest.At(laptop, 40000), packettest.DNS("acme.atlassian.net.corp.example", 0x8183))
			asks(tr, "update.googleapis.com", 1)
			tr.UDP(ns, packettest.At(laptop, 40000), packettest.DNS("update.googleapis.com", 0x8183))
		}, " https://acme.atlassian.net/ failed in phase 2\n", func(n *exchange.Conn) bool { return n.Lookup.RCode == 3 }},
		{"no answer", func(tr *packettest.Trace) {
			asks(tr, "acme.atlassian.net", 3)
			tr.UDP(ns, packettest.At(laptop, 40000), packettest.DNS("other.example.com", 0x8180, "203.0.113.20"))
		}, " https://acme.atlassian.net/ failed in phase 2\n", func(n *exchange.Conn) bool { return n.Lookup.Asked == 3 && !n.Lookup.Answered }},
		{"one direction of DNS", func(tr *packettest.Trace) { asks(tr, "acme.atlassian.net", 3) }, "", nil},
		{"refused", func(tr *packettest.Trace) {
			asks(tr, "jira.example.com", 1)
			tr.UDP(ns, packettest.At(laptop, 40000), packettest.DNS("jira.example.com", 0x8180, "203.0.113.20"))
			d := tr.Dial(laptop, packettest.At(jira, 8443), 5)
			d.Flags(0, syn)
			d.Flags(1, rst|ack)
		}, " https://jira.example.com:8443/ failed in phase 3\n", func(n *exchange.Conn) bool {
			return *n.TCP == exchange.TCP{Attempts: 1, Cut: exchange.CutByServer}
		}},
		{"silence", func(tr *packettest.Trace) {
			tr.Dial(packettest.At(laptop, 9), jira, 5).Open().Ask(get).Answer(ok).Close()
			d := tr.Dial(laptop, packettest.At(jira, 443), 5)
			for range 3 {
				d.Flags(0, syn)
				d.Seq[0]--
				tr.Now += time.Second
			}
		}, "GET http://jira.example.com/rest/api/2/myself -> 200 \"{}\" 2\n https://203.0.113.20/ failed in phase 3\n", func(n *exchange.Conn) bool {
			return n.TCP == nil || *n.TCP == exchange.TCP{Attempts: 3} || n.TCP.Accepted
		}},
		{"a box in between", func(tr *packettest.Trace) {
			d := tr.Dial(laptop, jira, 5).Open().Ask(get)
			tr.Add(packettest.TCP(jira, laptop, d.Seq[1], d.Seq[0], rst|ack, 40, nil))
		}, "GET http://jira.example.com/rest/api/2/myself failed in phase 6\n", func(n *exchange.Conn) bool { return n.TCP.Cut == exchange.CutBetween }},
		{"refused, then another way", func(tr *packettest.Trace) {
			d := tr.Dial(laptop, jira, 5)
			d.Flags(0, syn)
			d.Flags(1, rst|ack)
			tr.Dial(packettest.At(laptop, 51001), jira, 5).Open().Ask(strings.Replace(get, "jira.example.com", "203.0.113.20", 1)).Answer(ok).Close()
		}, "GET http://203.0.113.20/rest/api/2/myself -> 200 \"{}\" 2\n", nil},
	} {
		t.Run(tt.name, func(t *testing.T) {
			tr := &packettest.Trace{}
			tt.build(tr)
			xs, _ := read(t, tr.PCAP(), nil)
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
func scramble(rng *rand.Rand, asks, answers string, isn uint32) *packettest.Trace {
	tr := &packettest.Trace{}
	d := tr.Dial(laptop, jira, isn).Open()
	var rest [][]byte
	for i, s := range []string{asks, answers} {
		seq := d.Seq[i]
		for at := 0; at < len(s); {
			n := min(1+rng.IntN(60), len(s)-at)
			lo := max(0, at-rng.IntN(20))
			p := packettest.TCP(d.Ends[i], d.Ends[1-i], seq+uint32(lo), 0, 0, 64, []byte(s[lo:at+n]))
			rest = append(rest, p)
			if rng.IntN(8) == 0 {
				rest = append(rest, p)
			}
			at += n
		}
		d.Seq[i] += uint32(len(s))
	}
	rng.Shuffle(len(rest), func(i, j int) { rest[i], rest[j] = rest[j], rest[i] })
	for _, p := range rest {
		tr.Add(p)
	}
	d.Close()
	return tr
}

// TestAnyOrder demands the same exchanges however the bytes are cut and mixed.
func TestAnyOrder(t *testing.T) {
	post := "POST /x HTTP/1.1\r\nHost: a\r\nContent-Length: 300\r\n\r\n" + strings.Repeat("x", 300)
	chunks := "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nabcde\r\n0\r\n\r\n"
	asks := get + post + get + "HEAD / HTTP/1.1\r\nHost: b\r\n\r\n"
	answers := denied + chunks + ok + "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n"
	tr := &packettest.Trace{}
	tr.Dial(laptop, jira, 1).Open().Ask(asks).Answer(answers).Close()
	xs, _ := read(t, tr.PCAP(), nil)
	want := lines(xs)
	if strings.Count(want, "->") != 4 {
		t.Fatal(want)
	}
	for seed := range uint64(300) {
		rng := rand.New(rand.NewPCG(seed, 1))
		xs, _ := read(t, scramble(rng, asks, answers, rng.Uint32()).PCAP(), nil)
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
	tr := &packettest.Trace{}
	tr.Dial(laptop, jira, 1).Open().Ask(get).Answer(denied).Ask(get).Answer(ok).Close()
	twice := &packettest.Trace{}
	for _, p := range tr.Packets {
		twice.Add(p)
		twice.Add(p)
	}
	a, _ := read(t, tr.PCAP(), nil)
	b, c := read(t, twice.PCAP(), nil)
	if lines(a) != lines(b) || len(c.Notes) != 0 || b[0].Conn.TCP.Attempts != 1 {
		t.Errorf("%s%v", lines(b), c.Notes)
	}
}

// TestOneSided shows the packets of one direction only.
func TestOneSided(t *testing.T) {
	tr := &packettest.Trace{}
	d := tr.Dial(laptop, jira, 1)
	d.Flags(0, syn)
	d.Flags(0, ack)
	d.Ask(get)
	d.Flags(0, fin|ack)
	xs, c := read(t, tr.PCAP(), nil)
	if len(xs) != 1 || xs[0].Failure != nil || xs[0].Response != nil || xs[0].Conn.TCP != nil && !xs[0].Conn.TCP.Accepted && xs[0].Conn.TCP.Attempts > 2 {
		t.Errorf("%s %+v", lines(xs), xs[0].Conn.TCP)
	}
	if !slices.Contains(c.Notes, exchange.Note{Kind: exchange.NoteOneSided, N: 1}) {
		t.Errorf("notes %v", c.Notes)
	}
}

// TestFragments splits an IP packet in three.
func TestFragments(t *testing.T) {
	tr := &packettest.Trace{}
	d := tr.Dial(laptop, jira, 1).Open()
	whole := packettest.TCP(laptop, jira, d.Seq[0], d.Seq[1], ack, 64, []byte(get))
	body := whole[34:]
	for _, cut := range [][2]int{{64, 96}, {0, 64}, {96, len(body)}} {
		p := packettest.IP(laptop, jira, 6, 64, body[cut[0]:cut[1]])
		off := uint16(cut[0] / 8)
		if cut[1] < len(body) {
			off |= 0x2000
		}
		binary.BigEndian.PutUint16(p[20:], off)
		tr.Add(p)
	}
	d.Seq[0] += uint32(len(get))
	d.Answer(ok).Close()
	xs, _ := read(t, tr.PCAP(), nil)
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

// TestBodies keeps little of long answers that succeeded, unless all is wanted.
func TestBodies(t *testing.T) {
	tr := &packettest.Trace{}
	d := tr.Dial(laptop, jira, 1).Open()
	long := strings.Repeat("x", 100_000)
	for _, head := range []string{"200 OK\r\nContent-Type: application/json", "200 OK\r\nContent-Type: text/html", "200 OK", "401 No\r\nContent-Type: application/json"} {
		d.Ask(get).Answer("HTTP/1.1 " + head + "\r\nContent-Length: 100000\r\n\r\n" + long)
	}
	d.Close()
	for _, all := range []bool{false, true} {
		var got []int
		for x, err := range Read(&exchange.Capture{Name: "x"}, bytes.NewReader(tr.PCAP()), Options{Bodies: all}) {
			if err != nil || x.Response.Body.Size != 100_000 {
				t.Fatalf("%v, %+v", err, x.Response.Body.Size)
			}
			got = append(got, len(x.Response.Body.Head))
		}
		want := []int{maxFine, exchange.MaxBody, exchange.MaxBody, exchange.MaxBody}
		if all {
			want[0] = exchange.MaxBody
		}
		if !slices.Equal(got, want) {
			t.Errorf("%v, want %v", got, want)
		}
	}
}

// TestTokens keeps more of what is about tokens.
func TestTokens(t *testing.T) {
	tr := &packettest.Trace{}
	answer := "HTTP/1.1 200 OK\r\nContent-Type: Application/JSON; charset=UTF-8\r\nContent-Length: 3000\r\n\r\n" + strings.Repeat("x", 3000)
	d := tr.Dial(laptop, jira, 1).Open().Ask(get).Answer(answer)
	d.Ask("POST /rest/oauth2/latest/token HTTP/1.1\r\nHost: jira.example.com\r\n\r\n").Answer(answer).Close()
	xs, _ := read(t, tr.PCAP(), nil)
	if len(xs) != 2 || len(xs[0].Response.Body.Head) != maxFine || len(xs[1].Response.Body.Head) != 3000 {
		t.Errorf("%s", lines(xs))
	}
}

// TestDualStack takes the addresses of both kinds of one system for one client.
func TestDualStack(t *testing.T) {
	v6 := netip.MustParseAddrPort("[2001:db8::5]:51000")
	for _, others := range []bool{false, true} {
		tr := &packettest.Trace{}
		tr.Lookup("jira.example.com", 0, "203.0.113.20", "2001:db8::7")
		if others { // somebody else asks, too
			who := netip.MustParseAddrPort("10.20.0.6:40000")
			tr.UDP(who, packettest.NameServer, packettest.DNS("jira.example.com", 0))
			tr.UDP(packettest.NameServer, who, packettest.DNS("jira.example.com", 0x8180, "2001:db8::7"))
		}
		tr.Dial(v6, netip.MustParseAddrPort("[2001:db8::7]:80"), 1).Open().Ask(get).Answer(ok).Close()
		xs, _ := read(t, tr.PCAP(), nil)
		want := "10.20.0.5 curl/8.5.0"
		if others {
			want = "2001:db8::5 curl/8.5.0"
		}
		if len(xs) != 1 || xs[0].Client != want || others == (xs[0].Conn.Lookup != nil) {
			t.Errorf("others %v: %+v", others, xs[0])
		}
	}
}

// TestPlain compares the short way to decode a frame with the parser, over frames
// of which one byte is changed.
func TestPlain(t *testing.T) {
	whole := packettest.TCP(laptop, jira, 7, 9, ack, 64, []byte("GET"))
	cooked := append(append(make([]byte, 14), 8, 0), whole[14:]...)
	d, short := newDecoder(), 0
	for _, fr := range []frame{{link: linkEthernet, data: whole}, {link: linkEthernet, data: append(slices.Clone(whole), 0, 0)}, {link: linkSLL, data: cooked}} {
		for at := range fr.data {
			for _, v := range []byte{0, 1, 0x20, 0x40, 0x45, 0x46, 0x50, 0x80, 0xff, fr.data[at]} {
				c := fr
				c.data = slices.Clone(fr.data)
				c.data[at] = v
				var a, b datagram
				ok := plain(&c, &a)
				if !ok {
					continue
				}
				short++
				if !d.link(c.link, c.data, 0, &b, 0) || !reflect.DeepEqual(a, b) {
					t.Fatalf("byte %d is %#x: %+v, want %+v", at, v, a, b)
				}
			}
		}
	}
	if short < 500 {
		t.Errorf("only %d frames went the short way", short)
	}
}

// TestLate remembers a connection that ended: what is repeated late makes no other
// one. Those that ended long ago are forgotten, and nothing else is.
func TestLate(t *testing.T) {
	tr := &packettest.Trace{}
	d := tr.Dial(laptop, jira, 1).Open().Ask(get).Answer(denied)
	again := *d
	d.Close()
	again.Seq[1] -= uint32(len(denied))
	again.Answer(denied)
	for i := range maxEnded + 50 {
		tr.Dial(packettest.At(laptop, uint16(20000+i)), jira, uint32(i)).Open().Ask(get).Answer(ok).Close()
	}
	tr.Dial(packettest.At(laptop, 20000), jira, 9e8).Open().Ask(get).Answer(denied).Close() // a port again
	var refused, all int
	r := newReader(&exchange.Capture{}, Options{}, func(x *exchange.Exchange, err error) bool {
		if all++; x.Response.Status == 401 {
			refused++
		}
		return true
	})
	f, _ := newFile(bytes.NewReader(tr.PCAP()), nil)
	dec := newDecoder()
	r.over(dec, r.packets(f, dec))
	if refused != 2 || all != maxEnded+52 {
		t.Errorf("%d of %d are refused", refused, all)
	}
	n := 0
	for c := r.oldest.nextConn; c != &r.oldest; c = c.nextConn {
		if n++; r.conns[c.key] != c {
			t.Fatal("a connection in the ring that is not in the table")
		}
	}
	if n != len(r.conns) || n != maxEnded {
		t.Errorf("%d connections in the ring, %d in the table", n, len(r.conns))
	}
}
