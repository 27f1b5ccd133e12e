package wire

import (
	"bufio"
	"bytes"
	"crypto/tls"
	"fmt"
	"io"
	"slices"
	"strings"
	"testing"

	"github.com/why401/why401/internal/exchange"
)

// cuts calls f with pieces of b whose lengths are drawn from seed.
func cuts(b []byte, seed uint64, f func(piece []byte)) {
	for len(b) > 0 {
		seed = seed*6364136223846793005 + 1442695040888963407
		n := min(1+int(seed>>59), len(b))
		f(b[:n])
		b = b[n:]
	}
}

// rejoined puts a head together again from its parts and what lies between them:
// line ends, colons and single blanks.
func rejoined(t *testing.T, h *Head) {
	t.Helper()
	text := string(h.Raw)
	if h.text != text {
		t.Fatal("raw and text differ")
	}
	at := h.Lead
	if i := strings.IndexByte(text[at:], '\n'); i >= 0 {
		at += i + 1
	} else {
		at = len(text)
	}
	for i, f := range h.Header {
		if !strings.HasPrefix(text[at:], f.Name) {
			t.Fatalf("field %d: no name %q at %d of %q", i, f.Name, at, text)
		}
		at += len(f.Name)
		if at < len(text) && text[at] == ':' {
			at++
			if at < len(text) && (text[at] == ' ' || text[at] == '\t') {
				at++
			}
		} else if f.Value != "" {
			t.Fatalf("field %d has a value without a colon", i)
		}
		if !strings.HasPrefix(text[at:], f.Value) {
			t.Fatalf("field %d: no value %q at %d of %q", i, f.Value, at, text)
		}
		at += len(f.Value)
		between := 0
		for at < len(text) && (text[at] == '\r' || text[at] == '\n') {
			at++
			between++
			if text[at-1] == '\n' {
				break
			}
		}
	}
	if rest := strings.Trim(text[at:], "\r\n"); rest != "" && h.Count(TooManyFields) == 0 {
		t.Fatalf("%q is in no field of %q", rest, text)
	}
}

func FuzzHead(f *testing.F) {
	for _, s := range []string{
		"GET / HTTP/1.1\r\nHost: a.example\r\n\r\n",
		"\r\nGET / HTTP/1.1\r\nAuthorization: Basic abc\n\r\nHost: a.example\r\n\r\n",
		"GET / HTTP/1.1\nA : b\n c\n\n", "HTTP/1.1 401 x\r\r\nA: b\r\r\n\r\r\n", "GET /\r\n", "\r\r\r", "a\r\n \r\nb\r\n\t:\r\n\r\n",
		"GET / HTTP/1.1\r\nA: b\r\r\n\x00: \xff\r\n\r\n",
	} {
		f.Add([]byte(s), uint64(7))
	}
	f.Fuzz(func(t *testing.T, b []byte, seed uint64) {
		h, err := ParseRequest(b)
		if err != nil {
			if len(b) <= MaxHead {
				t.Fatal(err)
			}
			return
		}
		if !bytes.HasPrefix(b, h.Raw) || !h.Complete && len(h.Raw) < len(b) {
			t.Fatalf("raw %q of %q", h.Raw, b)
		}
		rejoined(t, h)
		r, err := ParseResponse(b)
		if err != nil || !slices.Equal(r.Header, h.Header) || r.Early != h.Early {
			t.Fatalf("request %v, response %v", h.Header, r.Header)
		}
		if h.Complete {
			resplit(t, h)
		}
		last := 0
		for _, o := range h.Oddities() {
			if o.Span[0] < last || o.Span[1] <= o.Span[0] || o.Span[1] > len(h.Raw) {
				t.Fatalf("%s %v of %q", o.Kind, o.Span, h.Raw)
			}
			last = o.Span[0]
		}
		if len(h.Oddities()) > int(oddityKinds)*maxOddities {
			t.Fatal("too many oddities")
		}

		// However the bytes are cut, the head ends at the same place.
		var s Scanner
		n, done := 0, false
		cuts(b, seed, func(p []byte) {
			if !done {
				var m int
				m, done, _ = s.Next(p)
				n += m
			}
		})
		if n != len(h.Raw) || done != h.Complete {
			t.Fatalf("ends at %d, in pieces at %d, %v", len(h.Raw), n, done)
		}
		got, err := ReadHead(bufio.NewReaderSize(bytes.NewReader(b), 16), nil)
		if !bytes.Equal(got, h.Raw) || (err == nil) != h.Complete {
			t.Fatalf("read %q, %v", got, err)
		}

		lost, n, more := h.Lost(b[len(h.Raw):])
		if n > len(b)-len(h.Raw) || lost != nil && n == 0 || !h.Early && (n > 0 || more) {
			t.Fatalf("lost %v, %d", lost, n)
		}
		_ = h.URL("https", "a.example")
		req := h.Request()
		checkFraming(t, RequestBody(&req))
		checkFraming(t, ResponseBody(h.Method, r.Response()))
		Persists(h.Proto, h.Header)
	})
}

// resplit splits the text of h again, into heads that held another one before.
func resplit(t *testing.T, h *Head) {
	t.Helper()
	var again Head
	for _, before := range []string{"", "GET / HTTP/1.1\r\nHost: a\r\nA:\r\n\r\n", "GET / HTTP/1.1\nA : b\n\n", h.text} {
		if before != "" {
			again.SplitRequest(before)
		}
		again.SplitRequest(h.text)
		if again.Method != h.Method || again.Target != h.Target || again.Proto != h.Proto || again.Lead != h.Lead || again.Early != h.Early ||
			!again.Complete || !slices.Equal(again.Header, h.Header) || !slices.Equal(again.Oddities(), h.Oddities()) {
			t.Fatalf("after %q: %+v, want %+v", before, again, *h)
		}
	}
}

func checkFraming(t *testing.T, f Framing) {
	t.Helper()
	if f.Length < 0 || f.Kind != Sized && f.Length != 0 || len(f.Codings) > maxCodings || f.Hopeless && f.Kind != UntilClose {
		t.Fatalf("%+v", f)
	}
}

func FuzzFramer(f *testing.F) {
	for _, s := range []string{
		"5\r\nhello\r\n0\r\n\r\nGET", "5;x=y\nhello\n0\nA: b\n\nGET", "ffffffffffffffff\r\n", "1\r\nab", "0\r\n\r\r\n\r\n", "a \r\n0123456789\r\n00\r\nx\r\n\r\n",
	} {
		f.Add([]byte(s), uint8(Chunked), uint64(7))
		f.Add([]byte(s), uint8(Sized), uint64(9))
	}
	f.Fuzz(func(t *testing.T, in []byte, kind uint8, seed uint64) {
		framing := Framing{Kind: BodyKind(kind % uint8(Tunnel+1))}
		if framing.Kind == Sized {
			framing.Length = int64(seed % 64)
		}
		result := func(pieces func(f func([]byte))) string {
			b := NewFramer(framing)
			var content []byte
			var consumed int64
			pieces(func(p []byte) {
				for len(p) > 0 {
					left := b.Left()
					n, data, err := b.Next(p)
					if n > len(p) || len(data) > n || left > 0 && int64(len(data)) < min(left, int64(len(p))) {
						t.Fatalf("%d of %d bytes, %d of content, %d were left", n, len(p), len(data), left)
					}
					content = append(content, data...)
					consumed += int64(n)
					if n == 0 {
						if !b.Done() && err == nil {
							t.Fatal("nothing taken")
						}
						return
					}
					p = p[n:]
				}
			})
			if consumed != b.Consumed() || int64(len(content)) != b.Content() || consumed > int64(len(in)) || cap(b.trailer) > 2*maxTrailer {
				t.Fatalf("consumed %d, says %d", consumed, b.Consumed())
			}
			return fmt.Sprintf("%q %d %v %v %d %v %v", content, consumed, b.Done(), b.Close(), b.Faults(), b.Trailer(), b.Left())
		}
		whole := result(func(f func([]byte)) { f(in) })
		if got := result(func(f func([]byte)) { cuts(in, seed, f) }); got != whole {
			t.Fatalf("whole  %s\npieces %s", whole, got)
		}
	})
}

func FuzzDecode(f *testing.F) {
	f.Add([]byte("\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\x03"), "gzip")
	f.Add([]byte("abc"), "deflate, br")
	f.Fuzz(func(t *testing.T, in []byte, coding string) {
		var k Keeper
		_, _ = k.Write(in)
		b := k.Body(exchange.Header{{Name: "Content-Encoding", Value: coding}}, Framing{Codings: []string{"gzip"}}, func(_ string, p []byte, n int) []byte { return slices.Repeat(p, 3) })
		if len(b.Head) > exchange.MaxBody || b.Size != int64(len(in)) {
			t.Fatalf("%d bytes of %d", len(b.Head), b.Size)
		}
	})
}

func FuzzWatch(f *testing.F) {
	for _, c := range []*tls.Config{{InsecureSkipVerify: true}, {InsecureSkipVerify: true, MaxVersion: tls.VersionTLS12}} {
		var client, server []byte
		for _, p := range handshake(f, c, &tls.Config{}) {
			if p.from == exchange.Client {
				client = append(client, p.data...)
			} else {
				server = append(server, p.data...)
			}
		}
		f.Add(client, server, uint64(1))
	}
	f.Add([]byte("\x80\x2e\x01\x03\x01\x00\x15\x00\x00\x00\x10"), []byte("HTTP/1.1"), uint64(1))
	f.Fuzz(func(t *testing.T, client, server []byte, seed uint64) {
		show := func(w *Watch) string {
			for i := range w.sides {
				if cap(w.sides[i].messages.buf) > 2*maxMessage || len(w.sides[i].ssl2) > 1<<15 {
					t.Fatal("too much is kept")
				}
			}
			if c := w.Client; c != nil {
				c.JA4()
			}
			return fmt.Sprintf("%+v %+v %+v %+v %+v %+v %v", w.Client, w.Server, w.facts, w.TLS(), w.Sealed(exchange.Client), w.Sealed(exchange.Server), w.Rejected())
		}
		var whole, pieces Watch
		whole.Feed(exchange.Client, client)
		whole.Feed(exchange.Server, server)
		cuts(client, seed, func(p []byte) { pieces.Feed(exchange.Client, p) })
		cuts(server, seed, func(p []byte) { pieces.Feed(exchange.Server, p) })
		whole.facts.Hello, pieces.facts.Hello = nil, nil // a pointer prints as its address
		a, b := *whole.clientOrEmpty(), *pieces.clientOrEmpty()
		if fmt.Sprintf("%+v", a) != fmt.Sprintf("%+v", b) {
			t.Fatalf("%+v\n%+v", a, b)
		}
		whole.Client, pieces.Client = nil, nil
		if s := fmt.Sprintf("%+v", *whole.serverOrEmpty()); s != fmt.Sprintf("%+v", *pieces.serverOrEmpty()) {
			t.Fatal(s)
		}
		ta, tb := whole.TLS(), pieces.TLS()
		if (ta == nil) != (tb == nil) || ta != nil && *ta != *tb {
			t.Fatalf("%+v\n%+v", ta, tb)
		}
		whole.Server, pieces.Server = nil, nil
		if a, b := show(&whole), show(&pieces); a != b {
			t.Fatalf("whole  %s\npieces %s", a, b)
		}
		_, _ = ParseClientHello(client)
		_, _ = ParseServerHello(server)
		_, _ = ParseCertificates(0, server)
		for _, v := range []uint16{TLS10, TLS12, TLS13} {
			_, _ = ParseCertificates(v, server)
			_, _ = ParseCertificateRequest(v, server)
		}
		ParseEncryptedExtensions(server)
		for rest := client; ; {
			r, n, err := ParseRecord(rest)
			if n == 0 || err != nil {
				break
			}
			if len(r.Fragment) != n-5 {
				t.Fatal("a record of the wrong length")
			}
			rest = rest[n:]
		}
	})
}

func (w *Watch) clientOrEmpty() *ClientHello {
	if w.Client == nil {
		return &ClientHello{}
	}
	return w.Client
}

func (w *Watch) serverOrEmpty() *ServerHello {
	if w.Server == nil {
		return &ServerHello{}
	}
	return w.Server
}

func FuzzDNS(f *testing.F) {
	f.Add(dnsMessage(0x8180, "a.example", 1, 1, 1, rr([]byte{0xc0, 12}, TypeA, 1, 2, 3, 4), rr([]byte{0}, TypeOPT, 0, 15, 0, 2, 0, 9)))
	f.Add(dnsMessage(0x8180, "a.example", 1, 1, 0, rr([]byte{0xc0, 12}, TypeCNAME, 0xc0, 12)))
	f.Fuzz(func(t *testing.T, in []byte) {
		d, err := ParseDNS(in)
		if d == nil && err == nil {
			t.Fatal("neither")
		}
		if d != nil {
			if len(d.Addrs) > maxAnswers || len(d.Aliases) > maxAnswers || len(d.Extended) > maxExtended || len(d.Name) > 4*255 {
				t.Fatalf("%+v", d)
			}
			var l exchange.Lookup
			d.Into(&l)
		}
		total := 0
		for rest := in; ; {
			msg, n := DNSOverTCP(rest)
			if n == 0 {
				break
			}
			if total += n; len(msg) != n-2 || total > len(in) {
				t.Fatal("a message of the wrong length")
			}
			rest = rest[n:]
		}
	})
}

func FuzzSniff(f *testing.F) {
	for _, s := range []string{"GET / HTTP/1.1\r\n", "HTTP/1.1 200 OK\r\n", "\x16\x03\x01\x00\x05", "\x80\x2e\x01\x03\x01", preface, "BREW /\n", "+E HTTP/1.\x01\x00\n"} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, in []byte) {
		// Once there is an answer, more bytes do not change it.
		got := Unsure
		for n := range min(len(in), 300) + 1 {
			p := Sniff(in[:n])
			if got != Unsure && p != got {
				t.Fatalf("%q: %d, then %d", in[:n], got, p)
			}
			got = p
		}
	})
}

var _ LineReader = (*bufio.Reader)(nil)

var _ io.Writer = (*Keeper)(nil)
