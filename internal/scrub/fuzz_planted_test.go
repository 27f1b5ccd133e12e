package scrub_test

import (
	"bytes"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"html"
	"io"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"unicode/utf16"

	"github.com/why401/why401/har"
	"github.com/why401/why401/internal/credential"
	"github.com/why401/why401/internal/exchange"
	"github.com/why401/why401/internal/scrub"
)

// planted is a secret that holds whatever the fuzzer wants, and no word: of a known word
// each run may stay.
func planted(seed []byte) string {
	const alphabet = "qXzJkVwQ7Zj2xK9vGq4YhW8bFzR3mT5pLcN6dH1sB0"
	var b strings.Builder
	for i, c := range seed {
		if b.Len() == 64 {
			break
		}
		switch {
		case c >= 0xF0 && i > 0 && b.Len() > 0:
			b.WriteByte("-_.!~+/=,:"[c%10])
		default:
			b.WriteByte(alphabet[(int(c)+i*7)%len(alphabet)])
		}
	}
	return b.String()
}

// encodings are the ways in which a secret comes back in another place.
var encodings = []func(string) string{
	func(v string) string { return v },
	func(v string) string {
		b := []byte(v)
		slices.Reverse(b)
		return string(b)
	},
	func(v string) string { return base64.StdEncoding.EncodeToString([]byte(v)) },
	func(v string) string { return base64.StdEncoding.EncodeToString([]byte("x" + v)) },
	func(v string) string { return base64.RawURLEncoding.EncodeToString([]byte("xy" + v)) },
	func(v string) string { return hex.EncodeToString([]byte(v)) },
	func(v string) string { return strings.ToUpper(hex.EncodeToString([]byte(v))) },
	url.QueryEscape,
	html.EscapeString,
	func(v string) string { return each("%%%02X", v) },
	func(v string) string { return each("%%25%02x", v) },
	func(v string) string { return each(`\u%04x`, v) },
	func(v string) string { return each("&#%d;", v) },
	func(v string) string {
		var b []byte
		for _, u := range utf16.Encode([]rune(v)) {
			b = append(b, byte(u), byte(u>>8))
		}
		return string(b)
	},
}

func each(format, v string) string {
	var b strings.Builder
	for i := range len(v) {
		fmt.Fprintf(&b, format, v[i])
	}
	return b.String()
}

// plant returns a copy of x with a secret in a place that says what it is, and once more,
// encoded, in one that does not.
func plant(x *exchange.Exchange, v string, place, echo uint8) *exchange.Exchange {
	y := *x
	y.Request.Header = slices.Clone(x.Request.Header)
	set := func(name, value string) {
		y.Request.Header = append(y.Request.Header, exchange.Field{Name: name, Value: value})
	}
	open := "?"
	if strings.Contains(y.Request.URL, "?") {
		open = "&"
	}
	switch place % 10 {
	case 0:
		set("Authorization", "Bearer "+v)
	case 1:
		set("Authorization", "Basic "+base64.StdEncoding.EncodeToString([]byte("fred@corp.example:"+v)))
	case 2:
		set("Authorization", "Basic "+base64.StdEncoding.EncodeToString([]byte(v+":x")))
	case 3:
		set("Cookie", "JSESSIONID="+strings.NewReplacer(";", "", ",", "", "=", "").Replace(v))
	case 4:
		set("X-Api-Key", v)
	case 5:
		y.Request.URL += open + "access_token=" + url.QueryEscape(v)
	case 6:
		text, _ := json.Marshal(map[string]string{"password": v})
		y.Request.Body = exchange.Body{Head: text, Size: int64(len(text)), Media: "application/json", Kept: true}
	case 7:
		y.Request.URL += open + "os_password=" + url.QueryEscape(v)
	case 8:
		set("Authorization", v)
	case 9:
		set("X-Xsrf-Token", v+"_lin")
	}
	e := encodings[int(echo/8)%len(encodings)](v)
	switch echo % 5 {
	case 0:
		set("X-Debug", "it says "+e+", no more")
	case 1:
		y.Request.URL += "#" + strings.Map(visible, e)
	case 2:
		text := []byte("<p>it says " + e + "</p>")
		y.Response = &exchange.Response{Status: 500, Body: exchange.Body{Head: text, Size: int64(len(text)), Media: "text/html", Kept: true}}
	case 3:
		text, _ := json.Marshal(map[string]any{"message": []string{"it says", e}, e: 1})
		y.Response = &exchange.Response{Status: 403, Body: exchange.Body{Head: text, Size: int64(len(text)), Media: "application/json", Kept: true}}
	case 4:
		set("Referer", "https://acme.example/"+url.PathEscape(e))
	}
	return &y
}

func visible(r rune) rune {
	if r <= ' ' || r > '~' {
		return -1
	}
	return r
}

// windows returns the runs of 6 bytes of a secret in all encodings, each with what it is.
func windows(v string) map[string]string {
	out := map[string]string{}
	add := func(of, what string, size, step int) {
		for i := 0; i+size <= len(of); i += step {
			out[of[i:i+size]] = what
		}
	}
	for i := 0; i+6 <= len(v); i++ {
		w := v[i : i+6]
		letters := map[byte]bool{}
		for k := range len(w) {
			if c := w[k] | 0x20; c >= 'a' && c <= 'z' {
				letters[c] = true
			}
		}
		if len(letters) < 2 {
			continue // such runs are everywhere
		}
		add(w, "plain", 6, 6)
		add(encodings[1](w), "reversed", 6, 6)
		add(hex.EncodeToString([]byte(w)), "hexadecimal", 12, 12)
		add(strings.ToUpper(hex.EncodeToString([]byte(w))), "hexadecimal", 12, 12)
		add(base64.StdEncoding.EncodeToString([]byte(w)), "base64", 8, 8)
		add(each("%%%02x", w), "percent-encoded", 18, 18)
		add(each("%%%02X", w), "percent-encoded", 18, 18)
		add(each(`\\u%04x`, w), "escaped", 42, 42)
		add(each("&#%d;", w), "escaped for HTML", 99, 99)
	}
	for shift := 1; shift < 3 && len(v) > shift+6; shift++ {
		e := base64.StdEncoding.EncodeToString([]byte(v[shift:]))
		add(e[:len(e)/4*4-4], "base64", 8, 1)
	}
	return out
}

// FuzzPlanted: of a secret in a place that tells what it is, no run of 6 bytes is left,
// neither there nor in another place in another encoding. What is left by chance is not
// left with another key.
func FuzzPlanted(f *testing.F) {
	for place := range 10 {
		for echo := place; echo < len(encodings)*8; echo += 17 {
			f.Add([]byte("a secret of some length, number "+fmt.Sprint(place*100+echo)), uint8(place), uint8(echo))
		}
	}
	f.Add([]byte("\xff-\xf1-\xf2:x\xf3=y\xf6z"), uint8(1), uint8(11))
	base := slices.Collect(func(yield func(*exchange.Exchange) bool) {
		for x, err := range har.Read(&exchange.Capture{Name: "x.har", Format: "har"}, bytes.NewReader(captured(2)), har.Options{}) {
			if err != nil || !yield(x) {
				return
			}
		}
	})
	f.Fuzz(func(t *testing.T, seed []byte, place, echo uint8) {
		v := planted(seed)
		if len(v) < 8 || scrub.Open(v) || credential.ClassOf(v) == credential.Placeholder || credential.ClassOf(v) == credential.Masked {
			return
		}
		list := []*exchange.Exchange{base[0], plant(base[1], v, place, echo), base[0]}
		if echo >= 128 {
			list = []*exchange.Exchange{plant(base[1], "", 4, echo), plant(base[1], v, place, echo)}
		}
		every := windows(v)
		for _, strict := range []bool{false, true} {
			left, again := map[string]int{}, map[string]int{}
			for key := range 2 {
				s := scrub.New(scrub.Options{Key: [32]byte{byte(1 + key)}})
				if strict {
					scrub.Strict(s)
				}
				out := twoSteps(t, s, list)
				if out == nil {
					continue // refused: nothing is written
				}
				readsBack(t, out, len(list))
				for w := range every {
					if bytes.Contains(out, []byte(w)) {
						left[w]++
					}
				}
				// What the structure does not see the gate must find.
				text, _ := json.Marshal("scrubbed by why401 " + encodings[int(echo/8)%len(encodings)](v))
				back := bytes.Replace(out, []byte(`"scrubbed by why401"`), text, 1)
				var mended bytes.Buffer
				if err := s.Copy(&mended, bytes.NewReader(back), s.Gate()); err != nil {
					continue
				}
				readsBack(t, mended.Bytes(), len(list))
				for w := range every {
					if bytes.Contains(mended.Bytes(), []byte(w)) && !bytes.Contains(out, []byte(w)) {
						again[w]++
					}
				}
			}
			for w, n := range left {
				if n == 2 {
					t.Errorf("strict %v: %q of %q is left (%s)", strict, w, v, every[w])
				}
			}
			for w, n := range again {
				if n == 2 {
					t.Errorf("strict %v: %q of %q was put back and is left (%s)", strict, w, v, every[w])
				}
			}
		}
	})
}

// readsBack demands that a document is a HAR of n entries.
func readsBack(t *testing.T, doc []byte, n int) {
	t.Helper()
	if !json.Valid(doc) {
		t.Fatal("no JSON")
	}
	got := 0
	for _, err := range har.Read(&exchange.Capture{Name: "x.har", Format: "har"}, bytes.NewReader(doc), har.Options{}) {
		if err != nil {
			t.Fatal(err)
		}
		got++
	}
	if got != n {
		t.Fatalf("%d entries of %d", got, n)
	}
}

// twoSteps scrubs exchanges by way of a draft, and demands that the same is copied of it
// as stands in it when it is swept. It returns nil if nothing may be written.
func twoSteps(t *testing.T, s *scrub.Scrubber, list []*exchange.Exchange) []byte {
	t.Helper()
	file, err := os.Create(filepath.Join(t.TempDir(), "draft"))
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	d := s.Draft(file, func(w io.Writer) scrub.Encoder { return har.NewWriter(w, "why401", "test") })
	for _, x := range list {
		if err := d.Add(x); err != nil {
			break
		}
	}
	if err := d.Close(); err != nil {
		if !errors.Is(err, scrub.ErrLeak) {
			t.Fatal(err)
		}
		return nil
	}
	var copied bytes.Buffer
	if err := d.Copy(&copied); err != nil {
		return nil
	}
	if err := d.Sweep(file); err != nil {
		t.Fatal(err)
	}
	swept, err := os.ReadFile(file.Name())
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(swept, copied.Bytes()) {
		t.Fatal("what is swept in place is not what is copied")
	}
	return swept
}
