package har

import (
	"bytes"
	"math"
	"strconv"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/why401/why401/internal/exchange"
)

func seeds(f *testing.F) {
	f.Add([]byte(fixture(2, false)))
	f.Add([]byte(fixture(2, true)))
	f.Add([]byte(log("Browsertime", get(`,"headers":{"a":["b",1,null]},"postData":{"params":[{"name":"a"}]}`, `,"headers":[["a","b\nc"]],"content":{"text":"CANA","encoding":"base64"}`), "null", `{"request":nul`)))
	f.Add([]byte("\ufeff" + log("WebInspector", get("", "")) + "\x00\n" + log("Firefox")))
	f.Add([]byte(`{"log":{"entries":[{"request":{"url":"\ud83dCANARY` + "\xff" + `"}},]},"x":[1.5e+3,-0,true,[[{}]]]}`))
}

// FuzzRead checks what holds for any input: a stream and a file give the same,
// each step is an exchange or an error, errors hold no input, and what is kept
// is bounded.
func FuzzRead(f *testing.F) {
	seeds(f)
	f.Fuzz(func(t *testing.T, text []byte) {
		stream := readText(t, string(text), false, Options{window: 1100})
		same(t, "file", stream, readText(t, string(text), true, Options{Workers: 2, chunk: 64 + len(text)%200, window: 1100}))
		for i, e := range stream.errs {
			if s := e.Error() + e.Hint; strings.Contains(s, "CANARY") {
				t.Errorf("error holds input: %s", s)
			}
			if e.Fatal && i+1 < len(stream.errs) {
				t.Errorf("an error after a fatal one: %v", stream.errs)
			}
		}
		for _, x := range stream.xs {
			if n := kept(x); n > 3*len(text)+1000 || n > maxText+2*maxValue+2*exchange.MaxBody {
				t.Errorf("%d bytes kept of %d", n, len(text))
			}
		}
		if len(text) > 0 && text[0] == '{' {
			compare(t, text)
		}
	})
}

// kept returns the bytes of strings in x.
func kept(x *exchange.Exchange) int {
	n := len(x.Request.Method) + len(x.Request.URL) + len(x.Request.Proto) + len(x.Comment) + len(x.Client) + len(x.Request.Body.Head)
	count := func(fs []exchange.Field) {
		for _, f := range fs {
			n += len(f.Name) + len(f.Value)
		}
	}
	count(x.Request.Header)
	count(x.Request.Cookies)
	if r := x.Response; r != nil {
		n += len(r.Reason) + len(r.Proto) + len(r.Redirect) + len(r.Body.Head)
		count(r.Header)
		count(r.Cookies)
	}
	return n
}

// FuzzValue compares the scanner with jsontext on one value: verdict, end, and
// what strings and numbers stand for.
func FuzzValue(f *testing.F) {
	for _, s := range []string{`"a\u00e9\ud83d\ude00\"\\\/\b\f\n\r\t"`, "\"\xff\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80\xed\xa0\x80\"", `"\ud83d\ud83d\ude00x\ude00"`, `-0.5e+10`, `123456789012345678901234567890`, `01`, `1.`, `[1,{"a":[]},null,true,false]`, `"` + strings.Repeat("0123456789", 130) + `"`} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, in []byte) {
		d := jsontext.NewDecoder(bytes.NewReader(in), jsontext.AllowDuplicateNames(true), jsontext.AllowInvalidUTF8(true))
		want, err := d.ReadValue()
		for _, window := range []int{0, windowSize} {
			s := newScanner(window)
			s.reset(bytes.NewReader(in), 0)
			s.ws()
			ok := s.skip()
			if s.bad.reason == reasonDeep {
				return
			}
			if ok != (err == nil) {
				t.Fatalf("%q: jsontext: %v, we: %+v", in, err, s.bad)
			}
			if ok && s.offset() != d.InputOffset() {
				t.Fatalf("%q: jsontext ends at %d, we at %d", in, d.InputOffset(), s.offset())
			}
		}
		if err != nil {
			return
		}
		p := parser{s: newScanner(0)}
		p.s.reset(bytes.NewReader(in), 0)
		switch p.s.ws(); want.Kind() {
		case '"':
			p.s.i++
			got, cut, ok := p.s.text(nil, math.MaxInt32)
			plain, _ := jsontext.AppendUnquote(nil, want)
			if utf8.Valid(in) && (!ok || cut || !bytes.Equal(got, plain)) {
				t.Fatalf("%q: got %q, want %q", in, got, plain)
			}
			p.s.reset(bytes.NewReader(in), 0)
			p.s.ws()
			p.s.i++
			limit := len(got) / 2
			half, cut, ok := p.s.text(make([]byte, 0, 3), limit)
			if !ok || cut != (limit < len(got)) || !bytes.Equal(half, got[:limit]) {
				t.Fatalf("%q: half of it is %q", in, half)
			}
		case '0':
			got, ok := p.float()
			f, err := strconv.ParseFloat(string(want), 64)
			if !ok || err == nil && len(want) < 64 && f >= 0 && math.Abs(got-f) > f*1e-14 {
				t.Fatalf("%q: got %v", in, got)
			}
		}
	})
}
