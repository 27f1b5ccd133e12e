package wire

import (
	"bytes"
	"compress/flate"
	"compress/gzip"
	"compress/zlib"
	"io"
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/why401/why401/internal/exchange"
)

func header(lines ...string) exchange.Header {
	var h exchange.Header
	for _, l := range lines {
		n, v, _ := strings.Cut(l, ": ")
		h = append(h, exchange.Field{Name: n, Value: v})
	}
	return h
}

func TestRequestBody(t *testing.T) {
	for _, tt := range []struct {
		method, proto string
		header        []string
		kind          BodyKind
		length        int64
		faults        Fault
		hopeless      bool
	}{
		{"GET", "HTTP/1.1", nil, NoBody, 0, 0, false},
		{"POST", "HTTP/1.1", nil, NoBody, 0, 0, false},
		{"POST", "HTTP/1.1", []string{"content-LENGTH: 5"}, Sized, 5, 0, false},
		{"POST", "HTTP/1.1", []string{"Content-Length:  005 "}, Sized, 5, 0, false},
		{"POST", "HTTP/1.1", []string{"Content-Length: 5, 5"}, Sized, 5, LengthRepeated, false},
		{"POST", "HTTP/1.1", []string{"Content-Length: 5", "Content-Length: 5"}, Sized, 5, LengthRepeated, false},
		{"POST", "HTTP/1.1", []string{"Content-Length: 5", "Content-Length: 6"}, UntilClose, 0, LengthsDiffer, true},
		{"POST", "HTTP/1.1", []string{"Content-Length: -5"}, UntilClose, 0, LengthBad, true},
		{"POST", "HTTP/1.1", []string{"Content-Length: +5"}, UntilClose, 0, LengthBad, true},
		{"POST", "HTTP/1.1", []string{"Content-Length: "}, UntilClose, 0, LengthBad, true},
		{"POST", "HTTP/1.1", []string{"Content-Length: 9223372036854775807"}, Sized, math.MaxInt64, 0, false},
		{"POST", "HTTP/1.1", []string{"Content-Length: 9223372036854775808"}, UntilClose, 0, LengthBad, true},
		{"POST", "HTTP/1.1", []string{"Content-Length : 5"}, Sized, 5, NameSpaced, false},
		{"POST", "HTTP/1.1", []string{"Content-Length: 5\n"}, Sized, 5, ValueFolded, false},
		{"POST", "HTTP/1.1", []string{"Transfer-Encoding: chunked"}, Chunked, 0, 0, false},
		{"POST", "HTTP/1.1", []string{"Transfer-Encoding: gzip, Chunked"}, Chunked, 0, 0, false},
		{"POST", "HTTP/1.1", []string{"Transfer-Encoding: gzip", "Transfer-Encoding: chunked"}, Chunked, 0, 0, false},
		{"POST", "HTTP/1.1", []string{"Transfer-Encoding: chunked, gzip"}, UntilClose, 0, CodingAfterChunk, true},
		{"POST", "HTTP/1.1", []string{"Transfer-Encoding: chunked, chunked"}, Chunked, 0, CodingAfterChunk, false},
		{"POST", "HTTP/1.1", []string{"Transfer-Encoding: gzip"}, UntilClose, 0, 0, true},
		{"POST", "HTTP/1.1", []string{"Transfer-Encoding: xchunked"}, UntilClose, 0, CodingUnknown, true},
		{"POST", "HTTP/1.1", []string{"Transfer-Encoding: identity", "Content-Length: 3"}, Sized, 3, LengthAndChunked, false},
		{"POST", "HTTP/1.1", []string{"Content-Length: 3", "Transfer-Encoding: chunked"}, Chunked, 0, LengthAndChunked, false},
		{"POST", "HTTP/1.0", []string{"Transfer-Encoding: chunked"}, Chunked, 0, CodingIn10, false},
		{"CONNECT", "HTTP/1.1", nil, Tunnel, 0, 0, false},
		{"CONNECT", "HTTP/1.1", []string{"Content-Length: 5"}, Tunnel, 0, LengthIgnored, false},
	} {
		r := exchange.Request{Method: tt.method, Proto: tt.proto, Header: header(tt.header...)}
		f := RequestBody(&r)
		if f.Kind != tt.kind || f.Length != tt.length || f.Faults != tt.faults || f.Hopeless != tt.hopeless {
			t.Errorf("%s %q: %+v", tt.method, tt.header, f)
		}
		if f.Hopeless && f.Faults == 0 && !slices.Equal(f.Codings, []string{"gzip"}) {
			t.Errorf("%q: hopeless without a reason", tt.header)
		}
	}
}

func TestResponseBody(t *testing.T) {
	for _, tt := range []struct {
		method string
		status int
		header []string
		kind   BodyKind
		faults Fault
	}{
		{"GET", 200, nil, UntilClose, 0},
		{"GET", 200, []string{"Content-Length: 0"}, Sized, 0},
		{"GET", 200, []string{"Transfer-Encoding: chunked"}, Chunked, 0},
		{"GET", 200, []string{"Transfer-Encoding: gzip"}, UntilClose, 0},
		{"HEAD", 200, []string{"Content-Length: 5"}, NoBody, 0},
		{"HEAD", 401, []string{"Transfer-Encoding: chunked"}, NoBody, 0},
		{"GET", 304, []string{"Content-Length: 5"}, NoBody, 0},
		{"GET", 204, []string{"Content-Length: 5"}, NoBody, LengthIgnored},
		{"GET", 204, []string{"Content-Length: 0"}, NoBody, 0},
		{"GET", 100, nil, NoBody, 0},
		{"GET", 103, nil, NoBody, 0},
		{"GET", 101, nil, Tunnel, 0},
		{"CONNECT", 200, nil, Tunnel, 0},
		{"CONNECT", 200, []string{"Transfer-Encoding: chunked"}, Tunnel, LengthIgnored},
		{"CONNECT", 407, []string{"Content-Length: 5"}, Sized, 0},
		{"CONNECT", 502, nil, UntilClose, 0},
		{"GET", 0, nil, UntilClose, 0},
	} {
		r := exchange.Response{Status: tt.status, Proto: "HTTP/1.1", Header: header(tt.header...)}
		if f := ResponseBody(tt.method, &r); f.Kind != tt.kind || f.Faults != tt.faults {
			t.Errorf("%s %d %q: %+v", tt.method, tt.status, tt.header, f)
		}
	}
}

func TestPersists(t *testing.T) {
	for _, tt := range []struct {
		proto, value string
		want         bool
	}{
		{"HTTP/1.1", "", true},
		{"HTTP/1.1", "Close", false},
		{"HTTP/1.1", "upgrade, close", false},
		{"HTTP/1.0", "", false},
		{"HTTP/1.0", "Keep-Alive", true},
		{"", "", false},
	} {
		if got := Persists(tt.proto, header("connection: "+tt.value)); got != tt.want {
			t.Errorf("%s %s: %v", tt.proto, tt.value, got)
		}
	}
}

// frame runs in through a framer in pieces of size step.
func frame(f Framing, in []byte, step int) (content []byte, b *Framer, err error) {
	b = NewFramer(f)
	for at := 0; at < len(in); {
		piece := in[at:min(at+step, len(in))]
		n, data, err := b.Next(piece)
		content = append(content, data...)
		at += n
		if err != nil {
			return content, b, err
		}
		if n < len(piece) && b.Done() {
			break
		}
	}
	return content, b, nil
}

func TestFramer(t *testing.T) {
	chunked, sized := Framing{Kind: Chunked}, Framing{Kind: Sized, Length: 5}
	for _, tt := range []struct {
		name    string
		f       Framing
		in      string
		content string
		rest    string
		faults  Fault
		err     string // of Next or Close
	}{
		{"none", Framing{}, "GET", "", "GET", 0, ""},
		{"sized", sized, "helloGET", "hello", "GET", 0, ""},
		{"sized, cut", sized, "hell", "hell", "", 0, "unexpected EOF"},
		{"sized, nothing", Framing{Kind: Sized}, "GET", "", "GET", 0, ""},
		{"until close", Framing{Kind: UntilClose}, "hello", "hello", "", 0, ""},
		{"chunked", chunked, "5\r\nhello\r\n0A\r\n0123456789\r\n0\r\n\r\nGET", "hello0123456789", "GET", 0, ""},
		{"extension", chunked, "5;a=\"b\"\r\nhello\r\n0;x\r\n\r\nGET", "hello", "GET", ChunkExtends, ""},
		{"trailer", chunked, "0\r\nX-A: b\r\nc: d\r\n\r\nGET", "", "GET", 0, ""},
		{"line feeds", chunked, "5\nhello\n0\n\nGET", "hello", "GET", ChunkBareLF, ""},
		{"blanks", chunked, "5 \r\nhello\r\n0\r\n\r\n", "hello", "", ChunkBlank, ""},
		{"cut in a chunk", chunked, "5\r\nhe", "he", "", 0, "unexpected EOF"},
		{"cut in a size", chunked, "5", "", "", 0, "unexpected EOF"},
		{"cut before the trailer ends", chunked, "0\r\n", "", "", 0, "unexpected EOF"},
		{"not a size", chunked, "x\r\n", "", "x\r\n", 0, "byte 0: a chunk size that is not hexadecimal"},
		{"empty size", chunked, "\r\n", "", "\r\n", 0, "byte 0: a chunk size that is not hexadecimal"},
		{"negative", chunked, "-1\r\n", "", "-1\r\n", 0, "byte 0: a chunk size that is not hexadecimal"},
		{"two sizes", chunked, "1 2\r\n", "", "2\r\n", ChunkBlank, "byte 2: a chunk size that is not hexadecimal"},
		{"2^63", chunked, "8000000000000000\r\n", "", "0\r\n", 0, "byte 15: a chunk size that is too large"},
		{"no line end", chunked, "1\r\nab\r\n", "a", "b\r\n", 0, "byte 4: no line end after the content of a chunk"},
	} {
		for _, step := range []int{1, 2, 3, 7, 100} {
			content, b, err := frame(tt.f, []byte(tt.in), step)
			if err == nil {
				err = b.Close()
			}
			got := ""
			if err != nil {
				got = err.Error()
			}
			if string(content) != tt.content || tt.in[b.Consumed():] != tt.rest || b.Faults() != tt.faults || got != tt.err {
				t.Errorf("%s, step %d: %q, rest %q, faults %b, %q", tt.name, step, content, tt.in[b.Consumed():], b.Faults(), got)
			}
			if tt.name == "trailer" && !slices.Equal(b.Trailer(), header("X-A: b", "c: d")) {
				t.Errorf("trailer %v", b.Trailer())
			}
		}
	}
}

func TestSkip(t *testing.T) {
	b := NewFramer(Framing{Kind: Chunked})
	if n, _, _ := b.Next([]byte("a\r\n")); n != 3 || b.Left() != 10 {
		t.Fatalf("%d, left %d", n, b.Left())
	}
	if b.Skip(4) != 4 || b.Left() != 6 || b.Skip(9) != 6 || b.Left() != 0 || b.Skip(1) != 0 {
		t.Errorf("left %d", b.Left())
	}
	if n, _, err := b.Next([]byte("\r\n0\r\n\r\n")); n != 7 || err != nil || !b.Done() || b.Content() != 10 {
		t.Errorf("%d, %v", n, err)
	}
	b.Reset(Framing{Kind: UntilClose})
	if b.Skip(1<<40) != 1<<40 || b.Close() != nil {
		t.Error("until close")
	}
	b.Reset(Framing{Kind: Sized, Length: 3})
	if b.Skip(5) != 3 || !b.Done() {
		t.Error("sized")
	}
}

func TestKeeper(t *testing.T) {
	const plain = `{"message":"CANARY"}`
	pack := func(w func(io.Writer) io.WriteCloser, s string) string {
		var b bytes.Buffer
		z := w(&b)
		_, _ = io.WriteString(z, s)
		_ = z.Close()
		return b.String()
	}
	gz := func(w io.Writer) io.WriteCloser { return gzip.NewWriter(w) }
	zl := func(w io.Writer) io.WriteCloser { return zlib.NewWriter(w) }
	raw := func(w io.Writer) io.WriteCloser { z, _ := flate.NewWriter(w, 6); return z }
	other := func(coding string, packed []byte, _ int) []byte {
		if coding != "br" {
			return nil
		}
		return bytes.ToUpper(packed)
	}
	bomb := pack(gz, strings.Repeat("\x00", 10<<20))
	cut := pack(gz, plain)
	for _, tt := range []struct {
		name, coding, in, want string
		kept                   bool
	}{
		{"plain", "", plain, plain, true},
		{"identity", "identity", plain, plain, true},
		{"gzip", "gzip", pack(gz, plain), plain, true},
		{"X-GZIP", "X-GZIP", pack(gz, plain), plain, true},
		{"cut gzip", "gzip", cut[:len(cut)-8], plain, true},
		{"zlib", "deflate", pack(zl, plain), plain, true},
		{"raw deflate", "deflate", pack(raw, plain), plain, true},
		{"twice", "deflate, gzip", pack(gz, pack(zl, plain)), plain, true},
		{"br", "br", "abc", "ABC", true},
		{"unknown", "zstd", "abc", "", false},
		{"no gzip", "gzip", "no gzip at all", "", false},
		{"bomb", "gzip", bomb, strings.Repeat("\x00", exchange.MaxBody), true},
		{"too many", "br, br, br, br, br", "x", "", false},
		{"empty", "gzip", "", "", true},
	} {
		var k Keeper
		_, _ = k.Write([]byte(tt.in))
		b := k.Body(header("Content-Type: text/plain", "Content-Encoding: "+tt.coding), Framing{}, other)
		if string(b.Head) != tt.want || b.Kept != tt.kept || b.Size != int64(len(tt.in)) || b.Media != "text/plain" {
			t.Errorf("%s: %.60q %v %d", tt.name, b.Head, b.Kept, b.Size)
		}
	}
	var k Keeper
	for range 100 {
		_, _ = k.Write(make([]byte, 1000))
	}
	if b := k.Body(nil, Framing{}, nil); len(b.Head) != exchange.MaxBody || b.Size != 100_000 {
		t.Errorf("%d of %d", len(b.Head), b.Size)
	}
	k.Reset()
	_, _ = k.Write([]byte("ab"))
	k.Skip(5)
	_, _ = k.Write([]byte("cd"))
	if b := k.Body(nil, Framing{}, nil); string(b.Head) != "ab" || b.Size != 9 {
		t.Errorf("%q of %d", b.Head, b.Size)
	}
}
