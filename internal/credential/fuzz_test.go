package credential

import (
	"encoding/base64"
	"strings"
	"testing"

	"github.com/why401/why401/internal/exchange"
)

var fuzzSeeds = []string{
	"", " ", "Basic", "Basic bWVAZXhhbXBsZS5jb206VE9LRU4=", "Basic bWVAZXhhbXBsZS5jb206VE9LRU4K\r\n", "Basic me@example.com:TOKEN",
	"Basic ZgByAGUAZAA6AGYAcgBlAGQA", "Basic 77u/ZnJlZDpmcmVk", "Basic YldWQVpYaGhiWEJzWlM1amIyMDZWRTlMUlU0PQ==", "Basic Basic eA==",
	"Bearer user:123|abc#DEF[ghi", "Bearer: ${TOKEN}", "\ufeffBearer\u00a0\"x\"", "JWT token=\"eyJhbGciOiJub25lIn0.eyJpc3MiOiJhIn0.\"",
	"OAuth oauth_token=\"a%20b\", realm=x", "curl -u a:b", "Basic aW50****Cg==", "Basic Zn%3D\\n-_+/", "Digest a=\"b\", Basic x",
}

func FuzzParse(f *testing.F) {
	for _, s := range fuzzSeeds {
		f.Add(uint8(InAuthorization), s)
	}
	f.Add(uint8(InUserinfo), "me%40x:a:b")
	f.Add(uint8(InQuery), "a+b%20")
	f.Add(uint8(InCookie), "eyJhbGciOiJub25lIn0.eyJpc3MiOiJhIn0.")
	f.Fuzz(func(t *testing.T, place uint8, value string) {
		c := Parse(Place(place%uint8(places)), 1, "token", value)
		if c.Raw != value || c.Lead()+c.Word+c.Gap+c.Param+c.Tail() != value {
			t.Fatal("the parts do not make the value")
		}
		if !strings.HasPrefix(value[c.ParamAt:], c.Param) {
			t.Fatal("the parameter is not where it says")
		}
		spansWithin(t, c.Flaws(), len(value))
		if kind, at, end := c.Extra(); at > end || end > len(value) || kind == NoExtra && at != end {
			t.Fatal("extra text out of bounds")
		}
		if at, s := c.Joined(); (at < 0) != (s == NoScheme) || at > len(value) {
			t.Fatal("joined")
		}
		if p := c.Basic; p != nil {
			fuzzPair(t, c, p)
		}
		c.JWT()
		c.Fits()
		c.WrapWidth()
		MaskedEnding(value)
		DamageOf(value)
		if c.Class != Parse(c.Place, 1, "token", value).Class {
			t.Fatal("class is not stable")
		}
		if n := c.Normalized(); !strings.HasSuffix(n, c.Secret()) {
			t.Fatal("the secret is not the end of the credential")
		}
	})
}

func fuzzPair(t *testing.T, c *Credential, p *BasicPair) {
	if p.Encoding == Strict && !c.Cut && base64.StdEncoding.EncodeToString(p.Decoded) != c.Param {
		t.Fatal("strict, but encodes to something else")
	}
	if (p.Encoding == NotBase64) != (p.Decoded == nil) && c.Place != InUserinfo {
		t.Fatal("decoded, but not base64")
	}
	text := p.text
	if p.Decoded != nil && text != string(p.Decoded) {
		t.Fatal("text is not what was decoded")
	}
	joined := p.User
	if p.HasColon {
		joined += ":" + p.Password
	}
	if joined != text {
		t.Fatal("halves do not make the pair")
	}
	spansWithin(t, p.Flaws(), len(text))
	if f, ok := p.LineEnd(); ok && strings.Trim(text[f.At:f.End], "\r\n") != "" {
		t.Fatal("line end is none")
	}
	if p.Twice != "" && !strings.Contains(p.Twice, ":") {
		t.Fatal("pair in pair without colon")
	}
}

func spansWithin(t *testing.T, fs []Flaw, n int) {
	last := 0
	for _, f := range fs {
		if f.At < last || f.End <= f.At || f.End > n {
			t.Fatalf("flaw %v in %d bytes after %d", f, n, last)
		}
		last = f.At
	}
}

func FuzzJWT(f *testing.F) {
	f.Add("eyJhbGciOiJub25lIn0.eyJpc3MiOiJhIn0.")
	f.Add(jwt(`{"aud":["a",1],"exp":1e9,"scope":"a b"}`))
	f.Add("....")
	f.Add("eyJhbGciOiJub25lIn0.eyJpc3MiOiJhIn0=.+/")
	f.Fuzz(func(t *testing.T, token string) {
		j := ParseJWT(token)
		if len(token) <= MaxValue && j.Parts != strings.Count(token, ".")+1 {
			t.Fatal("parts")
		}
		if len(j.Audience) > 256 {
			t.Fatal("audience without bound")
		}
		if ClassOf(token) != ClassOf(strings.Clone(token)) {
			t.Fatal("class is not stable")
		}
		if ChecksumOf(token) != NoChecksum && token[0] != 'A' {
			t.Fatal("checksum of something else")
		}
	})
}

func FuzzOf(f *testing.F) {
	f.Add("https://a:b@c/?token=d&key=e#f", "Cookie", "JSESSIONID=a; b", "JSESSIONID")
	f.Add("?jwt=&&=", "Authorization ", "Basic x", "seraph.x")
	f.Add("://@", "\"Authorization\"", "", "")
	f.Fuzz(func(t *testing.T, url, name, value, cookie string) {
		r := &exchange.Request{
			URL:     url,
			Header:  exchange.Header{{Name: name, Value: value}, {Name: "Cookie", Value: value}, {Name: "Authorization", Value: value}},
			Cookies: []exchange.Field{{Name: cookie, Value: value}},
		}
		a := Of(r)
		n := 0
		for p := range nowhere {
			for i := range a.In(p) {
				c := &a.In(p)[i]
				if c.Place != p {
					t.Fatal("wrong place")
				}
				switch {
				case c.Field < 0:
					checkAt(t, c, url)
				case c.Listed:
					checkAt(t, c, r.Cookies[c.Field].Value)
				default:
					checkAt(t, c, r.Header[c.Field].Value)
				}
				n++
			}
		}
		if n != len(a.List()) || len(a.Authorization()) == 0 || a.Main() != &a.List()[0] {
			t.Fatal("list")
		}
	})
}
