package redact

import (
	"encoding/base64"
	"fmt"
	"math/rand/v2"
	"regexp"
	"strings"
	"testing"
	"unicode/utf8"
)

// mostOut is the length that no shown part of an exchange goes beyond, in
// bytes.
const mostOut = 2 * maxShown

// safe fails unless s is what may be written to a terminal.
func safe(t *testing.T, s string) {
	t.Helper()
	if !utf8.ValidString(s) {
		t.Fatalf("invalid UTF-8: %q", s)
	}
	for _, r := range s {
		switch {
		case r < 0x20, r >= 0x7f && r < 0xa0, // control characters
			r >= 0x200b && r <= 0x200f, r >= 0x2028 && r <= 0x202e, r >= 0x2060 && r <= 0x206f, // invisible, bidirectional
			r == 0xad, r == 0x61c, r == 0x34f, r == 0x115f, r == 0x1160, r == 0x3164, r == 0xffa0, r == 0xfeff,
			r >= 0x180b && r <= 0x180f, r >= 0xfe00 && r <= 0xfe0f, r >= 0xfff9 && r <= 0xfffb, r >= 0xe0000 && r <= 0xe0fff,
			r >= 0xd800 && r <= 0xf8ff, r >= 0xf0000: // private use
			t.Fatalf("%U in %q", r, s)
		}
	}
}

// planted are secrets that a test puts into its inputs. The form of the first
// tells nothing; it may stand only where the place tells that it is secret.
func planted(seed uint64) (opaque string, shaped []string) {
	r := rand.New(rand.NewPCG(seed, 7))
	e := base64.RawURLEncoding
	return "qzJX" + pick(r, "bcdfghjkmnpqrstvwxz", 12), []string{
		"ATATT3xFfGF0" + pick(r, base62, 40) + "=" + pick(r, "0123456789ABCDEF", 8),
		"ATBB" + pick(r, base62, 32),
		pat(r),
		"BBDC-" + pat(r),
		e.EncodeToString([]byte(`{"alg":"HS256","typ":"JWT"}`)) + "." + e.EncodeToString([]byte(`{"sub":"fred"}`)) + "." + e.EncodeToString(octets(r, 32)),
		base64.StdEncoding.EncodeToString([]byte("fred:" + pick(r, base62, 12))),
		fmt.Sprintf("%016x%016x", r.Uint64(), r.Uint64()),
	}
}

var anyTag = regexp.MustCompile(`\[[a-z]+ [0-9a-f]{8}\]`)

// leaks fails if out holds six bytes of a secret that the fuzzer's own bytes do
// not hold.
func leaks(t *testing.T, out, secret string, own ...string) {
	t.Helper()
	out = anyTag.ReplaceAllString(out, "[]") // eight digits of a hash can be anything
	for i := 0; i+6 <= len(secret); i++ {
		w := secret[i : i+6]
		if !strings.Contains(out, w) || harmless(w) {
			continue
		}
		innocent := false
		for _, o := range own {
			innocent = innocent || strings.Contains(o, w)
		}
		if !innocent {
			t.Fatalf("%q shows %q of %q", out, w, secret)
		}
	}
}

// bounded fails if f's output is not safe, bounded and always the same.
func bounded(t *testing.T, f func() Text, most int) string {
	t.Helper()
	out := f().String()
	if again := f().String(); again != out {
		t.Fatalf("%q, then %q", out, again)
	}
	safe(t, out)
	if len(out) > most {
		t.Fatalf("%d bytes: %q", len(out), out)
	}
	return out
}

var texts = []string{
	"", "/", "a", "x=1&y", "%", "%2", "%25%32%35", ";", "://", "https://h.example", "@", ":", "#", "?", "[::1]", "\\", "\x1b[31m",
	"\u202e", "\u200b\u2028", "\xff\xfe", "{{x}}", "user:1|", "Basic ", "eyJ", "~", "/user/", "é漢", "\x00", "%00", "-CDN", "MTIz",
}

func FuzzURL(f *testing.F) {
	for i, s := range texts {
		f.Add(uint64(i), s, texts[(i*7+3)%len(texts)])
	}
	f.Fuzz(func(t *testing.T, seed uint64, a, b string) {
		bounded(t, func() Text { return URL(a + b) }, mostOut)
		bounded(t, func() Text { return Host(a + b) }, 4*mostOut)
		opaque, shaped := planted(seed)
		// What stands around the secret must not change its place.
		clean := func(s string) string {
			return strings.Map(func(r rune) rune {
				if r < 0x80 && (alnum(byte(r)) || strings.ContainsRune("._~%-=+;,", r)) {
					return r
				}
				return -1
			}, s[:min(len(s), 200)])
		}
		c, d := clean(a), clean(b)
		for _, u := range []string{
			"https://" + c + ":" + opaque + "@h.example/" + d,
			"https://" + opaque + "@h.example/" + d,
			"https://" + c + "@x.example:" + opaque + "@h.example?" + d,
			"https://h.example/" + d + "?" + c + "=" + opaque + "&" + d + "=x",
			"https://h.example/x?" + c + "&token=" + opaque,
			"https://h.example/x?" + c + "&" + opaque + "=1",
			"https://h.example/" + d + "#" + opaque,
			"https://h.example/" + c + ";jsessionid=" + opaque + "/" + d,
			"//" + c + ":" + opaque + "@h.example/",
		} {
			leaks(t, bounded(t, func() Text { return URL(u) }, mostOut), opaque, a, b)
		}
		for _, s := range shaped {
			leaks(t, bounded(t, func() Text { return URL("https://h.example/x?expand=" + s + "&limit=" + s) }, mostOut), s)
			leaks(t, bounded(t, func() Text { return URL("https://h.example/rest/" + s + "/" + d) }, mostOut), s, a, b, d)
		}
	})
}

func FuzzPath(f *testing.F) {
	f.Add(uint64(1), "\xe3-f\xc72Q1\x99C\xa2\xa2", "Basic ")
	for i, s := range texts {
		f.Add(uint64(i), s, texts[(i*5+1)%len(texts)])
	}
	f.Fuzz(func(t *testing.T, seed uint64, a, b string) {
		bounded(t, func() Text { return Path(a + b) }, mostOut)
		bounded(t, func() Text { return Name(a + b) }, mostOut)
		bounded(t, func() Text { return Label(a + b) }, mostOut)
		bounded(t, func() Text { return Method(a + b) }, 20)
		_, shaped := planted(seed)
		a, b = strings.ReplaceAll(a, "%", ""), strings.ReplaceAll(b, "%", "")
		for _, s := range shaped {
			out := bounded(t, func() Text { return Path(a + "/" + s + "/" + b) }, mostOut)
			leaks(t, out, s, a, b)
			if !strings.Contains(s, "/") {
				leaks(t, bounded(t, func() Text { return Name(a + "/" + s) }, mostOut), s, a, b)
				leaks(t, bounded(t, func() Text { return Name(s) }, mostOut), s, a, b)
			}
			leaks(t, bounded(t, func() Text { return Label(a + " " + s) }, mostOut), s, a, b)
		}
	})
}

func FuzzHeader(f *testing.F) {
	names := []string{
		"Authorization", "authorization ", "Cookie", "Set-Cookie", "X-Api-Key", "Server", "WWW-Authenticate", "Location", "X-AUSERNAME",
		"X-Seraph-LoginReason", "X-AREQUESTID", "atl-traceid", "Date", "Content-Type", "Via", "X-Unknown", "Origin", "X-Cache", "CF-RAY",
	}
	for i, n := range names {
		f.Add(uint64(i), n, texts[i], texts[i+10])
	}
	f.Fuzz(func(t *testing.T, seed uint64, name, a, b string) {
		bounded(t, func() Text { return Header(name, a) }, 4*mostOut)
		opaque, shaped := planted(seed)
		for _, s := range append(shaped, opaque) {
			leaks(t, bounded(t, func() Text { return HeaderName(a + s + b) }, mostOut), s, a, b)
			leaks(t, bounded(t, func() Text { return Header("Authorization", a+s+b) }, 4*mostOut), s)
			leaks(t, bounded(t, func() Text { return Header("Cookie", a+"="+s+b) }, 4*mostOut), s)
			leaks(t, bounded(t, func() Text { return Header("X-AUSERNAME", a+s+b) }, 4*mostOut), s)
			leaks(t, bounded(t, func() Text { return Header("X-Seraph-LoginReason", a+s+b) }, 4*mostOut), s)
			leaks(t, bounded(t, func() Text { return Header("WWW-Authenticate", `Basic realm="`+s+`"`) }, 4*mostOut), s)
		}
		for _, s := range shaped {
			for _, n := range names {
				leaks(t, bounded(t, func() Text { return Header(n, s) }, 4*mostOut), hexOnly(n, s))
			}
		}
	})
}

// hexOnly returns s, or "" where s is what the field called name is for: an id
// in hexadecimal.
func hexOnly(name, s string) string {
	if shownHeaders[strings.ToLower(name)] == asTrace && hexadecimal(s) {
		return ""
	}
	return s
}

func FuzzBytes(f *testing.F) {
	for i, s := range texts {
		f.Add(uint64(i), []byte(s), []byte(texts[len(texts)-1-i]))
	}
	f.Fuzz(func(t *testing.T, seed uint64, a, b []byte) {
		opaque, shaped := planted(seed)
		for _, s := range append(shaped, opaque) {
			in := append(append(append([]byte(nil), a...), s...), b...)
			out := bounded(t, func() Text { return Bytes(in) }, 250)
			leaks(t, out, s)
			for i := 0; i+6 <= len(s); i++ {
				if w := fmt.Sprintf("% x", s[i:i+6]); strings.Contains(out, w) {
					t.Fatalf("%q shows %q", out, w)
				}
			}
			// The length of what is hidden is not told.
			longer := append(append(append(append([]byte(nil), a...), s...), s...), b...)
			if got := Bytes(longer).String(); got != out {
				t.Fatalf("%q tells the length: %q and %q", in, out, got)
			}
		}
	})
}

func FuzzVisible(f *testing.F) {
	for _, s := range texts {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		out := visible(s)
		safe(t, out)
		if plain(s) && out != s {
			t.Fatalf("%q became %q", s, out)
		}
		for _, u := range []Text{User(s), Secret(s), OneOf(s, "a"), Const("URL x 'URL'").FillWord("URL", URL(s))} {
			safe(t, u.String())
		}
		p := *policy.Load()
		p.ShowUsers = true
		Use(p)
		safe(t, User(s).String())
		p.ShowUsers = false
		Use(p)
	})
}
