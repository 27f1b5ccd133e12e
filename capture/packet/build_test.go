package packet

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/why401/why401/internal/exchange"
)

// A trace collects packets for a capture file.
type trace struct {
	packets [][]byte
	times   []time.Duration
	now     time.Duration
}

var epoch = time.Date(2026, time.September, 14, 9, 30, 0, 0, time.UTC)

// An end is one end of a connection.
type end struct {
	ip   [4]byte
	port uint16
}

var (
	laptop = end{[4]byte{10, 20, 0, 5}, 51000}
	jira   = end{[4]byte{203, 0, 113, 20}, 80}
)

func (e end) at(port uint16) end { e.port = port; return e }

const (
	fin = 1
	syn = 2
	rst = 4
	ack = 16
)

// ip wraps a payload in IPv4 and Ethernet.
func ip(from, to end, proto, ttl uint8, payload []byte) []byte {
	b := make([]byte, 34, 34+len(payload))
	binary.BigEndian.PutUint16(b[12:], 0x0800)
	h := b[14:]
	h[0], h[8], h[9] = 0x45, ttl, proto
	binary.BigEndian.PutUint16(h[2:], uint16(20+len(payload)))
	copy(h[12:], from.ip[:])
	copy(h[16:], to.ip[:])
	return append(b, payload...)
}

func tcpPacket(from, to end, seq, ackn uint32, flags, ttl uint8, payload []byte) []byte {
	h := make([]byte, 20, 20+len(payload))
	binary.BigEndian.PutUint16(h, from.port)
	binary.BigEndian.PutUint16(h[2:], to.port)
	binary.BigEndian.PutUint32(h[4:], seq)
	binary.BigEndian.PutUint32(h[8:], ackn)
	h[12], h[13] = 5<<4, flags
	return ip(from, to, 6, ttl, append(h, payload...))
}

func (t *trace) add(p []byte) {
	t.now += time.Millisecond
	t.packets, t.times = append(t.packets, p), append(t.times, t.now)
}

func (t *trace) udp(from, to end, payload []byte) {
	h := make([]byte, 8, 8+len(payload))
	binary.BigEndian.PutUint16(h, from.port)
	binary.BigEndian.PutUint16(h[2:], to.port)
	binary.BigEndian.PutUint16(h[4:], uint16(8+len(payload)))
	t.add(ip(from, to, 17, 64, append(h, payload...)))
}

// A dialog is a TCP connection being built.
type dialog struct {
	t    *trace
	ends [2]end
	seq  [2]uint32
	mss  int
	shut bool // nothing is added any more
}

func (t *trace) dial(client, server end, isn uint32) *dialog {
	return &dialog{t: t, ends: [2]end{client, server}, seq: [2]uint32{isn, isn + 1<<31}, mss: 1400}
}

func (d *dialog) flags(i int, flags uint8) {
	var ackn uint32
	if flags&ack != 0 {
		ackn = d.seq[1-i]
	}
	d.t.add(tcpPacket(d.ends[i], d.ends[1-i], d.seq[i], ackn, flags, 64, nil))
	if flags&(syn|fin) != 0 {
		d.seq[i]++
	}
}

func (d *dialog) open() *dialog {
	d.flags(0, syn)
	d.flags(1, syn|ack)
	d.flags(0, ack)
	return d
}

func (d *dialog) send(i int, s string) *dialog {
	for len(s) > 0 {
		n := min(len(s), d.mss)
		d.t.add(tcpPacket(d.ends[i], d.ends[1-i], d.seq[i], d.seq[1-i], ack, 64, []byte(s[:n])))
		d.seq[i] += uint32(n)
		s = s[n:]
	}
	return d
}

func (d *dialog) ask(s string) *dialog    { return d.send(0, s) }
func (d *dialog) answer(s string) *dialog { return d.send(1, s) }

func (d *dialog) close() {
	d.flags(1, fin|ack)
	d.flags(0, fin|ack)
	d.flags(1, ack)
}

// pcap writes the packets as a classic capture.
func (t *trace) pcap() []byte {
	var b bytes.Buffer
	head := make([]byte, 24)
	binary.LittleEndian.PutUint32(head, 0xa1b2c3d4)
	binary.LittleEndian.PutUint32(head[16:], 262144)
	binary.LittleEndian.PutUint32(head[20:], linkEthernet)
	b.Write(head)
	for i, p := range t.packets {
		at := epoch.Add(t.times[i])
		h := make([]byte, 16)
		binary.LittleEndian.PutUint32(h, uint32(at.Unix()))
		binary.LittleEndian.PutUint32(h[4:], uint32(at.Nanosecond()/1000))
		binary.LittleEndian.PutUint32(h[8:], uint32(len(p)))
		binary.LittleEndian.PutUint32(h[12:], uint32(len(p)))
		b.Write(h)
		b.Write(p)
	}
	return b.Bytes()
}

// read reads a capture and writes each exchange in a line.
func read(t testing.TB, b []byte, keys *Keys) ([]*exchange.Exchange, *exchange.Capture) {
	t.Helper()
	c := &exchange.Capture{Name: "trace.pcap"}
	var xs []*exchange.Exchange
	for x, err := range Read(c, bytes.NewReader(b), Options{Keys: keys}) {
		if err == nil {
			xs = append(xs, x)
		} else if x != nil {
			t.Error("an exchange and an error")
		}
	}
	return xs, c
}

// lines describes exchanges.
func lines(xs []*exchange.Exchange) string {
	var b strings.Builder
	for _, x := range xs {
		fmt.Fprintf(&b, "%s %s", x.Request.Method, x.Request.URL)
		if x.Request.Body.Size > 0 {
			fmt.Fprintf(&b, " body %d", x.Request.Body.Size)
		}
		if r := x.Response; r != nil {
			fmt.Fprintf(&b, " -> %d %q %d", r.Status, r.Body.Head[:min(len(r.Body.Head), 40)], r.Body.Size)
		}
		if f := x.Failure; f != nil {
			fmt.Fprintf(&b, " failed in phase %d", f.Phase)
		}
		b.WriteByte('\n')
	}
	return b.String()
}

func equal(t *testing.T, got, want string) {
	t.Helper()
	want = strings.ReplaceAll(strings.TrimLeft(want, "\n"), "\t", "")
	if got != want {
		t.Errorf("got\n%swant\n%s", got, want)
	}
}

const (
	get    = "GET /rest/api/2/myself HTTP/1.1\r\nHost: jira.example.com\r\nUser-Agent: curl/8.5.0\r\nAuthorization: Basic ZnJlZDpDQU5BUlk=\r\n\r\n"
	ok     = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}"
	denied = "HTTP/1.1 401 Unauthorized\r\nWWW-Authenticate: OAuth realm=\"x\"\r\nContent-Length: 3\r\n\r\nno!"
)
