package wire

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"testing"

	"github.com/why401/why401/internal/exchange"
)

// odd prints the oddities of a head as "kind:text".
func odd(h *Head) string {
	var parts []string
	for _, o := range h.Oddities() {
		parts = append(parts, fmt.Sprintf("%s:%q", o.Kind, h.Raw[o.Span[0]:o.Span[1]]))
	}
	return strings.Join(parts, " ")
}

func TestParseRequest(t *testing.T) {
	type fields = exchange.Header
	host := exchange.Field{Name: "Host", Value: "a.example"}
	for _, tt := range []struct {
		name, in              string
		method, target, proto string
		header                fields
		odd                   string
	}{
		{"plain", "GET /rest HTTP/1.1\r\nHost: a.example\r\nx-aTLassian-tOKEN:no-check\r\n\r\n", "GET", "/rest", "HTTP/1.1", fields{host, {Name: "x-aTLassian-tOKEN", Value: "no-check"}}, ""},
		{"order and repeats", "GET / HTTP/1.1\r\nb: 1\r\nA: 2\r\nb: 3\r\n\r\n", "GET", "/", "HTTP/1.1", fields{{Name: "b", Value: "1"}, {Name: "A", Value: "2"}, {Name: "b", Value: "3"}}, ""},
		{"blanks around the value", "GET / HTTP/1.1\r\nA:  x \t\r\nB:\tx\r\nC:\r\nD: \r\n\r\n", "GET", "/", "HTTP/1.1", fields{{Name: "A", Value: " x \t"}, {Name: "B", Value: "x"}, {Name: "C"}, {Name: "D"}}, ""},
		{"line feeds only", "GET / HTTP/1.1\nHost: a.example\n\n", "GET", "/", "HTTP/1.1", fields{host}, `bare-lf:"\n" bare-lf:"\n" bare-lf:"\n"`},
		{"mixed", "GET / HTTP/1.1\r\nA: 1\nHost: a.example\r\n\r\n", "GET", "/", "HTTP/1.1", fields{{Name: "A", Value: "1"}, host}, `bare-lf:"\n"`},
		{"empty lines before", "\r\n\n\r\nGET / HTTP/1.1\r\n\r\n", "GET", "/", "HTTP/1.1", nil, `empty-lines-before:"\r\n\n\r\n"`},
		{"blank before the colon", "GET / HTTP/1.1\r\nAuthorization : x\r\n\r\n", "GET", "/", "HTTP/1.1", fields{{Name: "Authorization ", Value: "x"}}, `blank-before-colon:" "`},
		{"folded", "GET / HTTP/1.1\r\nAuthorization: Basic QUJD\r\n REVG\r\n\tR0hJ\r\nHost: a.example\r\n\r\n", "GET", "/", "HTTP/1.1", fields{{Name: "Authorization", Value: "Basic QUJD\r\n REVG\r\n\tR0hJ"}, host}, `folded-line:" REVG" folded-line:"\tR0hJ"`},
		{"wrapped", "GET / HTTP/1.1\r\nAuthorization: Basic QUJD\nREVG\r\nHost: a.example\r\n\r\n", "GET", "/", "HTTP/1.1", fields{{Name: "Authorization", Value: "Basic QUJD"}, {Name: "REVG"}, host}, `bare-lf:"\n" no-colon:"REVG"`},
		{"stray line feed", "GET / HTTP/1.1\r\nAuthorization: Basic abc\n\r\n", "GET", "/", "HTTP/1.1", fields{{Name: "Authorization", Value: "Basic abc\n"}}, `stray-lf:"\n"`},
		{"stray line feeds", "GET / HTTP/1.1\r\nAuthorization: Basic abc\n\n", "GET", "/", "HTTP/1.1", fields{{Name: "Authorization", Value: "Basic abc\n"}}, `stray-lf:"\n" bare-lf:"\n"`},
		{"CR CR LF", "GET / HTTP/1.1\r\r\nA: 1\r\r\n\r\r\n", "GET", "/", "HTTP/1.1", fields{{Name: "A", Value: "1"}}, `doubled-cr:"\r\r\n"`},
		{"CR at the end of a value", "GET / HTTP/1.1\r\nA: 1\r\r\nHost: a.example\r\n\r\n", "GET", "/", "HTTP/1.1", fields{{Name: "A", Value: "1\r"}, host}, `bare-cr:"\r"`},
		{"CR, NUL, DEL in a value", "GET / HTTP/1.1\r\nA: 1\r2\x003\x7f4\r\n\r\n", "GET", "/", "HTTP/1.1", fields{{Name: "A", Value: "1\r2\x003\x7f4"}}, `bare-cr:"\r" control-byte:"\x00" control-byte:"\x7f"`},
		{"no UTF-8", "GET / HTTP/1.1\r\nA: \xff\xe4\r\n\r\n", "GET", "/", "HTTP/1.1", fields{{Name: "A", Value: "\xff\xe4"}}, ""},
		{"names", "GET / HTTP/1.1\r\n\"Authorization\": 1\r\nA B: 2\r\n: 3\r\n\r\n", "GET", "/", "HTTP/1.1", fields{{Name: `"Authorization"`, Value: "1"}, {Name: "A B", Value: "2"}, {Name: "", Value: "3"}}, `bad-name:"\"Authorization\"" bad-name:"A B" empty-name:":"`},
		{"blank before the first field", "GET / HTTP/1.1\r\n Host: a.example\r\n\r\n", "GET", "/", "HTTP/1.1", fields{{Name: " Host", Value: "a.example"}}, `blank-before-field:" Host: a.example" bad-name:" Host"`},
		{"blank in the target", "GET /search?jql=a = b HTTP/1.1\r\n\r\n", "GET", "/search?jql=a = b", "HTTP/1.1", nil, `blank-in-start-line:"GET /search?jql=a = b HTTP/1.1"`},
		{"blanks in the start line", "GET  /x\tHTTP/1.1 \r\n\r\n", "GET", "/x", "HTTP/1.1", nil, "blank-in-start-line:\"GET  /x\\tHTTP/1.1 \""},
		{"HTTP/0.9", "GET /\r\n", "GET", "/", "", nil, `no-version:"GET /"`},
		{"odd version", "GET / http/1.1\r\n\r\n", "GET", "/", "http/1.1", nil, `bad-start-line:"GET / http/1.1"`},
		{"no target", "GET HTTP/1.1\r\n\r\n", "GET", "", "HTTP/1.1", nil, `bad-start-line:"GET HTTP/1.1"`},
		{"one word", "hello\r\n\r\n", "hello", "", "", nil, `bad-start-line:"hello"`},
		{"absolute form", "GET http://a.example/x HTTP/1.1\r\nHost: b.example\r\n\r\n", "GET", "http://a.example/x", "HTTP/1.1", fields{{Name: "Host", Value: "b.example"}}, ""},
		{"cut", "GET / HTTP/1.1\r\nHost: a.example\r", "GET", "/", "HTTP/1.1", fields{host}, ""},
		{"cut in a name", "GET / HTTP/1.1\r\nAuthoriz", "GET", "/", "HTTP/1.1", fields{{Name: "Authoriz"}}, `no-colon:"Authoriz"`},
		{"nothing", "", "", "", "", nil, ""},
		{"what follows", "GET / HTTP/1.1\r\n\r\nGET /2 HTTP/1.1\r\n\r\n", "GET", "/", "HTTP/1.1", nil, ""},
	} {
		h, err := ParseRequest([]byte(tt.in))
		if err != nil {
			t.Errorf("%s: %v", tt.name, err)
			continue
		}
		if h.Method != tt.method || h.Target != tt.target || h.Proto != tt.proto {
			t.Errorf("%s: %q %q %q", tt.name, h.Method, h.Target, h.Proto)
		}
		if !slices.Equal(h.Header, tt.header) {
			t.Errorf("%s: header %+v, want %+v", tt.name, h.Header, tt.header)
		}
		if got := odd(h); got != tt.odd {
			t.Errorf("%s: oddities %s, want %s", tt.name, got, tt.odd)
		}
		if want := !strings.HasPrefix(tt.name, "cut") && tt.in != "" && tt.name != "HTTP/0.9"; h.Complete != want {
			t.Errorf("%s: complete %v", tt.name, h.Complete)
		}
		if r := h.Request(); r.URL != tt.target || !bytes.HasPrefix([]byte(tt.in)[h.Lead:], r.Raw) {
			t.Errorf("%s: request %q", tt.name, r.URL)
		}
	}
}

func TestParseResponse(t *testing.T) {
	for _, tt := range []struct {
		in, proto string
		status    int
		reason    string
		odd       string
	}{
		{"HTTP/1.1 401 Unauthorized\r\n\r\n", "HTTP/1.1", 401, "Unauthorized", ""},
		{"HTTP/1.1 401 \r\n\r\n", "HTTP/1.1", 401, "", ""},
		{"HTTP/1.1 401\r\n\r\n", "HTTP/1.1", 401, "", ""},
		{"HTTP/1.1 200 Connection  established \r\n\r\n", "HTTP/1.1", 200, "Connection  established ", ""},
		{"HTTP/1.1  200 OK\r\n\r\n", "HTTP/1.1", 200, "OK", `blank-in-start-line:"  "`},
		{"ICY 200 OK\r\n\r\n", "ICY", 200, "OK", `bad-start-line:"ICY 200 OK"`},
		{"HTTP/1.1 4O1 x\r\n\r\n", "HTTP/1.1", 0, "x", `bad-start-line:"HTTP/1.1 4O1 x"`},
		{"HTTP/1.1 4010 x\r\n\r\n", "HTTP/1.1", 0, "x", `bad-start-line:"HTTP/1.1 4010 x"`},
		{"<html>", "<html>", 0, "", `bad-start-line:"<html>"`},
	} {
		h, err := ParseResponse([]byte(tt.in))
		if err != nil || h.Proto != tt.proto || h.Status != tt.status || h.Reason != tt.reason || odd(h) != tt.odd {
			t.Errorf("%q: %q %d %q %s, %v", tt.in, h.Proto, h.Status, h.Reason, odd(h), err)
		}
		if r := h.Response(); r.Status != tt.status || r.Body.Size != -1 {
			t.Errorf("%q: %v", tt.in, r)
		}
	}
}

func TestLost(t *testing.T) {
	const early = "GET / HTTP/1.1\r\nAuthorization: Basic abc\n\r\n"
	for _, tt := range []struct {
		head, after string
		lost        string
		n           int
		more        bool
	}{
		{early, "Host: a.example\r\nAccept: */*\r\n\r\n{}", "Host=a.example Accept=*/*", 32, false},
		{early, "Host: a.example\r\nAcc", "Host=a.example Acc=", 20, true},
		{early, "Ho", "", 0, true},
		{early, "", "", 0, true},
		{early, "\r\n", "", 2, true}, // what curl leaves behind
		{early, "\r\nGET / HTTP/1.1\r\n", "", 2, false},
		{early, "GET / HTTP/1.1\r\n", "", 0, false},
		{early, `{"a": 1}`, "", 0, false},
		{early[:len(early)-3] + "\r\n\r\n", "Host: a.example\r\n\r\n", "", 0, false},
	} {
		h, err := ParseRequest([]byte(tt.head))
		if err != nil {
			t.Fatal(err)
		}
		lost, n, more := h.Lost([]byte(tt.after))
		var got []string
		for _, f := range lost {
			got = append(got, f.Name+"="+f.Value)
		}
		if strings.Join(got, " ") != tt.lost || n != tt.n || more != tt.more {
			t.Errorf("%q: %q %d %v", tt.after, got, n, more)
		}
	}
}

func TestURL(t *testing.T) {
	for _, tt := range []struct{ in, want string }{
		{"GET /x?y HTTP/1.1\r\nHost: a.example:8080 \r\n\r\n", "https://a.example:8080/x?y"},
		{"GET /x HTTP/1.0\r\n\r\n", "https://far.example/x"},
		{"GET http://b.example/ HTTP/1.1\r\nHost: a.example\r\n\r\n", "http://b.example/"},
		{"GET /?u=http://b.example/ HTTP/1.1\r\nHost: a.example\r\n\r\n", "https://a.example/?u=http://b.example/"},
		{"OPTIONS * HTTP/1.1\r\nHost: a.example\r\n\r\n", "https://a.example"},
		{"CONNECT a.example:443 HTTP/1.1\r\nHost: b.example\r\n\r\n", "a.example:443"},
		{"GET x HTTP/1.1\r\n\r\n", "https://far.example/x"},
	} {
		h, _ := ParseRequest([]byte(tt.in))
		if got := h.URL("https", "far.example"); got != tt.want {
			t.Errorf("%q: %q", tt.in, got)
		}
	}
}

func TestReadHead(t *testing.T) {
	in := "\r\nGET / HTTP/1.1\nA: " + strings.Repeat("x", 10_000) + "\r\n\r\nbody"
	r := bufio.NewReaderSize(strings.NewReader(in), 16)
	head, err := ReadHead(r, nil)
	rest, _ := io.ReadAll(r)
	if err != nil || string(head) != in[:len(in)-4] || string(rest) != "body" {
		t.Errorf("%d bytes, %q, %v", len(head), rest, err)
	}
	for _, tt := range []struct {
		in  string
		err error
	}{{"", io.EOF}, {"\r\n", io.EOF}, {"GET / HT", io.ErrUnexpectedEOF}, {"GET / HTTP/1.1\r\nA: b\r\n", io.ErrUnexpectedEOF}} {
		head, err := ReadHead(bufio.NewReader(strings.NewReader(tt.in)), nil)
		if err != tt.err || string(head) != tt.in {
			t.Errorf("%q: %q, %v", tt.in, head, err)
		}
	}
}

func TestTooLong(t *testing.T) {
	in := "GET / HTTP/1.1\r\nA: " + strings.Repeat("CANARY", MaxHead/6) + "\r\n\r\n"
	_, err := ParseRequest([]byte(in))
	var e *Error
	if !errors.As(err, &e) || e.At != MaxHead || strings.Contains(err.Error(), "CANARY") {
		t.Errorf("%v", err)
	}
	if _, err := ReadHead(bufio.NewReader(strings.NewReader(in)), nil); !errors.As(err, &e) {
		t.Errorf("%v", err)
	}
	fits := "GET / HTTP/1.1\r\nA: " + strings.Repeat("x", MaxHead-23) + "\r\n\r\n"
	if h, err := ParseRequest([]byte(fits)); err != nil || !h.Complete || h.Count(LongLine) != 1 {
		t.Errorf("%d bytes: %v", len(fits), err)
	}
	many := "GET / HTTP/1.1\r\n" + strings.Repeat("a:\r\n", 2*maxFields) + "\r\n"
	if h, err := ParseRequest([]byte(many)); err != nil || len(h.Header) != maxFields || h.Count(TooManyFields) != 1 {
		t.Errorf("%d fields: %v", len(h.Header), err)
	}
	if h, err := ParseRequest([]byte(strings.Repeat("a\n", 1000) + "\n")); err != nil || h.Count(BareLF) != 1001 || len(h.Oddities()) != 2*maxOddities+1 {
		t.Errorf("%d, %v", h.Count(BareLF), err)
	}
}

func TestSniff(t *testing.T) {
	for _, tt := range []struct {
		in   string
		want Protocol
	}{
		{"", Unsure},
		{"G", Unsure},
		{"GET ", HTTPRequest},
		{"\r\nPOST /", HTTPRequest},
		{"PR", Unsure},
		{"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\x00", HTTP2},
		{"PROPFIND /", HTTPRequest},
		{"BREW /pot HTTP/1.1\r\n", HTTPRequest},
		{"BREW /pot", Unsure},
		{"BREW /pot\r\n", Other},
		{"HTTP/", Unsure},
		{"HTTP/1.1 2", HTTPResponse},
		{"HTTP/x", Other},
		{"SSH-2.0-x y\r\n", Other},
		{"220 mail.example ESMTP\r\n", Other},
		{"\x16", Unsure},
		{"\x16\x03\x01\x02\x00\x01", TLSRecords},
		{"\x16\x03\x01\xff\xff", Other},
		{"\x16\x05", Other},
		{"\x80\x2e\x01\x03\x01", TLSRecords},
		{"\x80\x2e\x01\x00\x02", TLSRecords},
		{"\x80\x2e\x05", Other},
		{"\x00\x00\x00\x00", Other},
	} {
		if got := Sniff([]byte(tt.in)); got != tt.want {
			t.Errorf("%q: %d, want %d", tt.in, got, tt.want)
		}
	}
}
