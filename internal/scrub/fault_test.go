package scrub

import (
	"bytes"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"

	"github.com/why401/why401/har"
	"github.com/why401/why401/internal/exchange"
)

// faulty is a request with a secret in each place that has a fault.
func faulty() *exchange.Exchange {
	token := "ATATT3xFfGF0" + "CANARYq8Xw2mZ7tR4kP9vL3nB6hJ1" + "=1A2B3C4D"
	field := func(n, v string) exchange.Field { return exchange.Field{Name: n, Value: v} }
	e := base64.StdEncoding.EncodeToString
	var req, res exchange.Header
	req = append(req,
		field("Authorization", "Basic "+e([]byte("canary.flint@corp.example:"+token))),
		field("Proxy-Authorization", "Basic "+e([]byte("canaryproxy:Tr0ub4dor-horse"))),
		field("Cookie", "JSESSIONID=CANARYA1B2C3D4E5F60718293A4B5C6D7E; theme=x"),
		field("Referer", "https://acme.example/x?token=CANARYreferertoken77"),
		field("Origin", "https://canaryorigin:Zx9-secretpass@acme.example"),
	)
	for i, n := range []string{
		"X-Api-Key", "X-Auth-Token", "X-Access-Token", "X-Csrf-Token", "X-Xsrf-Token", "Private-Token", "X-Session-Token",
		"X-Amz-Security-Token", "X-Gitlab-Token", "X-Vault-Token", "X-Secret-Key", "X-Client-Secret", "X-Jwt-Assertion",
		"X-Refresh-Token", "X-Id-Token", "Api-Key", "Apikey", "X-Atlassian-Jira-Personal-Token", "X-Oauth-Token", "X-Signature",
	} {
		req = append(req, field(n, fmt.Sprintf("CANARYq%dk7Rw2mZ%dtPvLx", i, i*7)))
	}
	res = append(res,
		field("Set-Cookie", "JSESSIONID=CANARYF1E2D3C4B5A69788796A5B4C3D2E; Path=/"),
		field("X-AUSERNAME", "canary.flintstone"),
		field("X-AACCOUNTID", "557058:canary-0a1b-2c3d-4e5f"),
		field("Location", "https://acme.example/cb?code=CANARYcode8Kq2mZ7tR&state=CANARYstate9Xw3"),
	)
	for i, n := range []string{
		"X-Auth-Token", "X-Refresh-Token", "X-Session-Id", "X-Csrf-Token", "X-Set-Token", "X-Nonce", "X-Otp", "X-Secret", "X-Signature", "X-Access-Token",
	} {
		res = append(res, field(n, fmt.Sprintf("CANARYz%dm8Tw3nY%dsQuKj", i, i*3)))
	}
	claims := e([]byte(`{"sub":"canary.sub.jectname","email":"canary.claim@corp.example"}`))
	jwt := "eyJhbGciOiJIUzI1NiJ9." + strings.TrimRight(claims, "=") + ".CANARYsigq8Xw2mZ7tR4kP9vL3nB6hJ1q8Xw2mZ7tR4k"
	pat := e(append([]byte("123456789012:"), "CANARYpat8Xw2mZ7tR4k"...))
	req = append(req, field("X-Jwt", jwt), field("X-Pat-Token", pat), field("X-Mask-Token", "{{canaryunknownplace}}"))
	return &exchange.Exchange{
		From: &exchange.Capture{Name: "x", Format: "har"},
		Request: exchange.Request{
			Method: "POST", Proto: "HTTP/1.1", Header: req,
			URL:     "https://canaryuser:Corr3ct-horse@acme.example/rest/api/2/myself?access_token=CANARYurltoken8Xw2&os_password=Canary-staple9",
			Cookies: []exchange.Field{field("JSESSIONID", "CANARYA1B2C3D4E5F60718293A4B5C6D7E")},
			Body:    exchange.Body{Media: "application/json", Head: []byte(`{"username":"canary.body.user","password":"Canary-body-pass9","mail":"canary.mail.box@corp.example"}`), Kept: true},
		},
		Response: &exchange.Response{
			Status: 401, Proto: "HTTP/1.1", Header: res, Redirect: "https://acme.example/cb?code=CANARYredirect8Kq2m",
			Cookies: []exchange.Field{field("JSESSIONID", "CANARYF1E2D3C4B5A69788796A5B4C3D2E")},
			Body:    exchange.Body{Media: "application/json", Head: []byte(`{"message":"no","access_token":"CANARYbody8Xw2mZ7tR4"}`), Kept: true},
		},
	}
}

// draft writes an exchange as the program does, without the gate.
func draft(t *testing.T, s *Scrubber, x *exchange.Exchange) []byte {
	t.Helper()
	var b bytes.Buffer
	w := har.NewWriter(&b, "why401", "test")
	if err := w.Write(s.Exchange(x)); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// TestFaults breaks the scrubber in one place at a time: the gate refuses what
// comes of it, or mends it.
func TestFaults(t *testing.T) {
	var places []string
	seen := map[string]bool{}
	x := faulty()
	s := New(Options{Key: [32]byte{1}})
	s.fault = func(place string) bool {
		if !seen[place] {
			seen[place] = true
			places = append(places, place)
		}
		return false
	}
	good := draft(t, s, x)
	if strings.Contains(strings.ToUpper(string(good)), "CANARY") {
		t.Fatalf("left without a fault: %s", good)
	}
	if g := s.Gate(); !g.Clean(good) {
		t.Fatalf("the gate refuses what is clean")
	}
	faults := 0
	for _, place := range places {
		for _, mend := range []bool{false, true} {
			s := New(Options{Key: [32]byte{1}})
			s.fault = func(p string) bool { return p == place || !mend && p == "mend" }
			b := draft(t, s, x)
			if bytes.Equal(b, good) {
				continue // nothing secret is in this place
			}
			var out bytes.Buffer
			err := s.Copy(&out, bytes.NewReader(b), s.Gate())
			switch {
			case !mend && !errors.Is(err, ErrLeak):
				t.Errorf("%s: the gate lets it through", place)
			case mend && err != nil && !errors.Is(err, ErrLeak):
				t.Errorf("%s: %v", place, err)
			case mend && err == nil && strings.Contains(strings.ToUpper(out.String()), "CANARY"):
				t.Errorf("%s: not mended", place)
			}
			if mend {
				faults++
			}
		}
	}
	t.Logf("%d faults", faults)
	if faults < 50 {
		t.Errorf("only %d faults: %q", faults, places)
	}
}

// TestGateForms puts a secret into a clean file in each form in which it may come
// back, whole and in part.
func TestGateForms(t *testing.T) {
	s := New(Options{Key: [32]byte{1}})
	secret := "q8Xw\"CANARY<zP3v9Lk2"
	s.learn(secret)
	g := s.Gate()
	e := base64.StdEncoding
	hex := fmt.Sprintf("%x", secret)
	wide := strings.Join(strings.Split(secret, ""), "\x00") + "\x00"
	for i, leak := range []string{
		secret, reverse(secret), hex, strings.ToUpper(hex), e.EncodeToString([]byte(secret)), e.EncodeToString([]byte("a" + secret)),
		e.EncodeToString([]byte("ab" + secret)), base64.URLEncoding.EncodeToString([]byte("ab?>" + secret)), "q8Xw%22CANARY%3CzP3v9Lk2",
		`q8Xw\"CANARY<zP3v9Lk2`, "q8Xw&quot;CANARY&lt;zP3v9Lk2", wide, "\x00" + wide, secret[5:11], secret[12:18], reverse(secret[6:12]), hex[10:24],
	} {
		if g.Clean([]byte("it says " + leak + ", no more")) {
			t.Errorf("form %d is not found", i)
		}
	}
	for _, clean := range []string{"it says nothing", `{"name":"Authorization","value":"Basic"}`, "q8Xw", "CANAR", ""} {
		if !g.Clean([]byte(clean)) {
			t.Errorf("found in %q", clean)
		}
	}
	if n := len(s.learnt); n != 1 {
		t.Errorf("%d learnt", n)
	}
	if err := s.Copy(io.Discard, strings.NewReader("no "+secret+"\n"), g); err != nil {
		t.Error(err)
	}
}

// TestStandIns tells stand-ins from secrets, and no secret passes for one because
// of what stands before it.
func TestStandIns(t *testing.T) {
	s := New(Options{})
	for _, v := range []string{
		"ATATT3xFfGF0CANARYq8Xw2mZ7tR4kP9vL3nB6hJ1=1A2B3C4D", "CANARYq8Xw2mZ7tR4kP9", "0123456789abcdef0123456789abcdef", "BBDC-CANARYq8Xw2mZ7tR4kP9vL3nB6hJ1q8Xw2mZ7tR",
		"ATBBCANARYq8Xw2mZ7tR4kP9vL", "user:1234|CANARYq8Xw2mZ7tR4",
	} {
		if IsStandIn(v) {
			t.Errorf("%q passes for a stand-in", v)
		}
		if out := s.secret(v); !IsStandIn(out) {
			t.Errorf("%q: the stand-in %q is not told", v, out)
		}
	}
	for _, v := range []string{"hunter2", "Tr0ub4dor-horse", "correct-horse-battery", "correct horse battery staple and more of it"} {
		out := s.password(v)
		if !IsStandIn(out) || IsStandIn(v) {
			t.Errorf("%q: the stand-in %q is not told", v, out)
		}
		if len(out) == len(v) && len(v) != short {
			t.Errorf("%q has as many characters as %q", out, v)
		}
	}
	for _, v := range []string{
		"redacted-realsecret", "redacted-0a1b2c3d-and-more", "redacted-0a1b2c3d@corp.example", "mypassword@example.com", "redacted-0a1b2c3dCANARYq8Xw2mZ",
	} {
		if shared(v) {
			t.Errorf("%q passes", v)
		}
	}
	if v := base64.StdEncoding.EncodeToString([]byte("redacted-0a1b2c3d:Tr0ub4dor-horse")); shared(v) {
		t.Error("a password behind a pseudonym passes")
	}
}

// TestUsers: an account has one pseudonym, wherever it stands.
func TestUsers(t *testing.T) {
	s := New(Options{})
	pair := func(p string) string {
		v := s.authorization("Basic " + base64.StdEncoding.EncodeToString([]byte(p)))
		b, err := base64.StdEncoding.DecodeString(strings.TrimPrefix(v, "Basic "))
		if err != nil {
			t.Fatal(err)
		}
		return string(b)
	}
	for _, u := range []string{"fred.flintstone", "fred@corp.example", "svc-jira"} {
		in, _, _ := strings.Cut(pair(u+":Tr0ub4dor-horse"), ":")
		for place, out := range map[string]string{
			"X-AUSERNAME": s.field(s.about("X-AUSERNAME"), u), "os_username": s.query("os_username=" + u)[len("os_username="):], "JSON": s.member(s.keyOf([]byte("username")), u),
		} {
			out = strings.ReplaceAll(out, "%40", "@")
			if out != in || !isPseudonym(out) {
				t.Errorf("%s: %s is %q there and %q in the pair", place, u, out, in)
			}
		}
	}
	a, _, _ := strings.Cut(pair("fred@corp.example:x1"), ":")
	b, _, _ := strings.Cut(pair("ferd@corp.example:x1"), ":")
	if a == b || apart(a, b) > 2 {
		t.Errorf("%q and %q should differ in one or two letters", a, b)
	}
}
