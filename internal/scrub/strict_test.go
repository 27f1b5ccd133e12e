package scrub

import (
	"bytes"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/why401/why401/internal/exchange"
)

// crowded returns a scrubber that knows more secrets than it can look for.
func crowded(t *testing.T) *Scrubber {
	t.Helper()
	s := New(Options{Key: [32]byte{1}})
	for i := 0; !s.over; i++ {
		if i > 2*maxLearnt {
			t.Fatal("the number of secrets has no bound")
		}
		s.secret(fmt.Sprintf("CANARY%dq8Xw2mZ7tR4kP9vL3nB6hJ1%d", i, i*7))
	}
	if s.bytes > maxLearntBytes || len(s.learnt) > maxLearnt {
		t.Fatalf("%d secrets, %d bytes", len(s.learnt), s.bytes)
	}
	return s
}

// TestTooMany: with more secrets than can be looked for, what is not known to be
// harmless goes, whether it was learnt or not, and the count says so.
func TestTooMany(t *testing.T) {
	s := crowded(t)
	before := s.bytes
	never := "q8Xw-CANARY.zP3v/9Lk2" // was never learnt
	forms := []string{
		never, reverse(never), hex.EncodeToString([]byte(never)), base64.StdEncoding.EncodeToString([]byte(never)), "%71%38%58%77%43%41%4e%41%52%59",
		"CANARY", "%2FCANARY", `\nCANARY`, `\"CANARY\"`, "x@CANARY.example", "redacted-CANARY", "Müller", "123456", `C\u0041NARY`,
	}
	line := `{"name":"X-Odd","value":"` + strings.Join(forms, " ") + `"}` + "\n"
	var out bytes.Buffer
	if err := s.Copy(&out, strings.NewReader(line), s.Gate()); err != nil {
		t.Fatal(err)
	}
	if out.Len() != len(line) {
		t.Errorf("%d bytes became %d", len(line), out.Len())
	}
	for _, f := range forms {
		if f = strings.Trim(f, `\"n`); f != `C\u0041NARY` && strings.Contains(out.String(), f) {
			t.Errorf("%q is left in %s", f, out.String())
		}
	}
	for _, w := range []string{"CANARY", "Müller", "%43%41", "123456", `\u0041`} {
		if strings.Contains(out.String(), w) {
			t.Errorf("%q is left", w)
		}
	}
	n := s.Counts()
	if n.Strict == 0 || n.Unlearnt == 0 {
		t.Errorf("nobody is told: %+v", n)
	}
	if s.secret("CANARYanother8Xw2mZ7tR4kP9vL3n"); s.bytes != before {
		t.Error("it goes on to learn")
	}
	again := strings.ReplaceAll(out.String(), "%", " ")
	out.Reset()
	if err := s.Copy(&out, strings.NewReader(again), s.Gate()); err != nil {
		t.Fatal(err)
	}
	again = out.String()
	out.Reset()
	if err := s.Copy(&out, strings.NewReader(again), s.Gate()); err != nil || out.String() != again {
		t.Errorf("what was made is replaced once more: %s, then %s", again, out.String())
	}
}

// TestHarmlessStays: what the writer of a HAR writes, known words and stand-ins stay.
func TestHarmlessStays(t *testing.T) {
	s := crowded(t)
	s.host("acme.atlassian.net")
	token := s.secret("CANARYq8Xw2mZ7tR4kP9vL3nB6hJ1")
	pair := s.authorization("Basic " + base64.StdEncoding.EncodeToString([]byte("fred@corp.example:CANARY-horse9")))
	for _, v := range []string{
		token, pair, "JSESSIONID=" + token + "; Path=/", "redacted-0a1b2c3d@example.com", "https://acme.atlassian.net/rest/api/3/issue/QA-12",
		"https%3A%2F%2Facme.atlassian.net%2Frest", "2026-03-01T10:00:00.000Z", "Sun, 01 Mar 2026 10:00:00 GMT", "application/json;charset=UTF-8", `\u003cb\u003e`, `json\ufffdjson`, `\\u003cb`, `{\"text\":\"a\\nlogin\"}`,
	} {
		line := `{"value":"` + v + `"}`
		var out bytes.Buffer
		if err := s.Copy(&out, strings.NewReader(line), s.Gate()); err != nil || out.String() != line {
			t.Errorf("%s became %s (%v)", line, out.String(), err)
		}
	}
}

// TestStrictFaults breaks the scrubber in one place at a time while it has too many
// secrets: no secret is left even so, and where nothing can be replaced nothing is
// written.
func TestStrictFaults(t *testing.T) {
	var places []string
	seen := map[string]bool{}
	s := Strict(New(Options{Key: [32]byte{1}}))
	s.fault = func(place string) bool {
		if !seen[place] {
			seen[place] = true
			places = append(places, place)
		}
		return false
	}
	good := draft(t, s, faulty())
	for _, place := range places {
		for _, mend := range []bool{false, true} {
			s := Strict(New(Options{Key: [32]byte{1}}))
			s.fault = func(p string) bool { return p == place || !mend && p == "mend" }
			b := draft(t, s, faulty())
			if bytes.Equal(b, good) {
				continue
			}
			var out bytes.Buffer
			err := s.Copy(&out, bytes.NewReader(b), s.Gate())
			switch {
			case !mend && !errors.Is(err, ErrLeak):
				t.Errorf("%s: the gate lets it through", place)
			case mend && err != nil && !errors.Is(err, ErrLeak):
				t.Errorf("%s: %v", place, err)
			case mend && err == nil && readable(out.String()) != "":
				t.Errorf("%s: left at %s", place, readable(out.String()))
			}
		}
	}
}

// readable returns where in t the marker of secrets stands, encoded or not.
func readable(t string) string {
	if i := strings.Index(strings.ToUpper(t), "CANARY"); i >= 0 {
		return t[max(0, i-30):min(len(t), i+30)]
	}
	for _, p := range strings.FieldsFunc(t, func(r rune) bool { return r >= 0x80 || !alnum(byte(r)) && r != '-' && r != '_' && r != '+' && r != '/' }) {
		for shift := range min(4, len(p)) {
			b, _ := base64.RawStdEncoding.DecodeString(strings.NewReplacer("-", "+", "_", "/").Replace(p[shift:]))
			if strings.Contains(strings.ToUpper(string(b)), "CANARY") {
				return p
			}
		}
	}
	return ""
}

// TestMendOften: each secret that is learnt on the way is looked for from then on,
// and no index is made of all of them each time.
func TestMendOften(t *testing.T) {
	s := New(Options{Key: [32]byte{1}})
	made := map[*Gate]bool{}
	indexed := 0
	const n = 500
	for i := range n {
		v := fmt.Sprintf("CANARYq%dk7Rw2mZ%dtPvLx", i, i*7)
		s.Exchange(&exchange.Exchange{Request: exchange.Request{Method: "GET", Header: exchange.Header{{Name: "X-Api-Key", Value: v}}}})
		b := []byte(`{"text":"it says ` + v + `"}`)
		if err := s.Mend(b); err != nil {
			t.Fatal(err)
		}
		if bytes.Contains(b, []byte(v[6:])) {
			t.Fatalf("secret %d is left: %s", i, b)
		}
		for _, g := range s.gates {
			if !made[g] {
				made[g] = true
				indexed += len(g.words)
			}
		}
	}
	if indexed > 20*n {
		t.Errorf("%d secrets were put into an index %d times", n, indexed)
	}
}
