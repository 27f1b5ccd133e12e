package credential

import (
	"encoding/base64"
	"math/rand/v2"
	"testing"
)

// defects are the ways to spoil a pair, and the predicate that must see each,
// on every spoilt credential and on no other.
var defects = []struct {
	name  string
	spoil func(r *rand.Rand, user, secret string) string
	seen  func(c *Credential) bool
}{
	{"LF", func(_ *rand.Rand, u, s string) string { return enc(u + ":" + s + "\n") }, func(c *Credential) bool {
		f, ok := c.Basic.LineEnd()
		return ok && f.Kind == EndsLF
	}},
	{"CRLF", func(_ *rand.Rand, u, s string) string { return enc(u + ":" + s + "\r\n") }, func(c *Credential) bool {
		f, ok := c.Basic.LineEnd()
		return ok && f.Kind == EndsCRLF
	}},
	{"blank", func(r *rand.Rand, u, s string) string {
		return enc([]string{" " + u + ":" + s, u + " :" + s, u + ":\t" + s, u + ":" + s + " "}[r.IntN(4)])
	}, func(c *Credential) bool {
		_, ok := c.Basic.Flaw(StrayBlank)
		return ok
	}},
	{"BOM", func(_ *rand.Rand, u, s string) string { return enc("\ufeff" + u + ":" + s) }, func(c *Credential) bool {
		_, ok := c.Basic.Flaw(ByteOrderMark)
		return ok
	}},
	{"UTF-16", func(r *rand.Rand, u, s string) string {
		return enc([]string{"", "\xff\xfe"}[r.IntN(2)] + utf16LE(u+":"+s))
	}, func(c *Credential) bool { return c.Basic.UTF16 == "LE" }},
	{"twice", func(r *rand.Rand, u, s string) string { return enc(enc(u + ":" + s + []string{"", "\n"}[r.IntN(2)])) }, func(c *Credential) bool { return c.Basic.Twice != "" }},
	{"pair as password", func(_ *rand.Rand, u, s string) string { return enc(u + ":" + enc(u+":"+s)) }, func(c *Credential) bool { return c.Basic.PasswordPair != "" }},
	{"raw PAT", func(r *rand.Rand, _, _ string) string { return patFrom(r) }, func(c *Credential) bool { return c.Basic.ParamClass == PAT }},
}

// clean makes a healthy pair of one of four kinds.
func clean(r *rand.Rand) (user, secret string) {
	const punctuation = "!#$%&()*+,-./;<=>?@[]^_{|}~"
	name := random(r, alnumAlphabet, 3+r.IntN(10))
	switch r.IntN(4) {
	case 0:
		return name + "@example.com", token("ATATT3", r)
	case 1:
		return name + "@example.com", random(r, alnumAlphabet, 24)
	case 2:
		return name, random(r, alnumAlphabet+punctuation, 8+r.IntN(20))
	default:
		return name, random(r, alnumAlphabet, 8+r.IntN(12))
	}
}

// TestPredicates is the measurement that the certainty of the rules rests on:
// no clean credential shows a defect, and no defect goes unseen.
func TestPredicates(t *testing.T) {
	r := seeded(1)
	for range 20_000 {
		user, secret := clean(r)
		c := auth("Basic " + enc(user+":"+secret))
		for _, d := range defects {
			if d.seen(c) {
				t.Errorf("%s seen in clean %q:%q", d.name, user, secret)
			}
		}
		if c.Basic.IsToken() || c.Basic.Encoding != Strict || c.Basic.User != user || c.Basic.Password != secret {
			t.Errorf("clean pair %q:%q is read as something else", user, secret)
		}
	}
	for _, d := range defects {
		for range 5_000 {
			user, secret := clean(r)
			c := auth("Basic " + d.spoil(r, user, secret))
			if !d.seen(c) {
				t.Fatalf("%s not seen in %q:%q", d.name, user, secret)
			}
			for _, other := range defects {
				if other.name != d.name && other.seen(c) {
					t.Errorf("%s also seen as %s", d.name, other.name)
				}
			}
		}
	}
}

// TestMaskedEndings does the same for the encoded endings of API token pairs.
func TestMaskedEndings(t *testing.T) {
	r := seeded(2)
	for range 20_000 {
		pair := random(r, alnumAlphabet, 3+r.IntN(10)) + "@example.com:" + token("ATATT3", r)
		for end, want := range map[string]Ending{"": NoEnding, "\n": EndLF, "\r\n": EndCRLF} {
			e := enc(pair + end)
			if got := MaskedEnding(e[:4] + "****" + e[len(e)-8:]); got != want {
				t.Fatalf("%d, want %d", got, want)
			}
		}
	}
}

// TestTokenShapes measures how often chance has a shape.
func TestTokenShapes(t *testing.T) {
	r := seeded(3)
	buf := make([]byte, 33)
	for range 100_000 {
		for i := range buf {
			buf[i] = byte(r.IntN(256))
		}
		if isPAT(base64.StdEncoding.EncodeToString(buf)) {
			t.Fatal("random bytes are a personal access token")
		}
		if k := ClassOf(random(r, alnumAlphabet, 6+r.IntN(17))); k != Unrecognized {
			t.Fatalf("a password of letters and digits is of class %d", k)
		}
	}
	for range 20_000 {
		if p := patFrom(r); ClassOf(p) != PAT {
			t.Fatalf("%s is not seen", p)
		}
		if k := ClassOf("BBDC-" + patFrom(r)); k != BitbucketPAT {
			t.Fatalf("class %d", k)
		}
	}
	// A raw 24-letter token after Basic must not pass for a pair.
	missed := 0
	for range 20_000 {
		if auth("Basic "+random(r, alnumAlphabet, 24)).Basic.ParamClass != LegacyAPIToken {
			missed++
		}
	}
	if missed > 60 {
		t.Errorf("%d of 20000 raw tokens taken for pairs", missed)
	}
	t.Logf("%d of 20000 raw tokens taken for pairs", missed)
}
