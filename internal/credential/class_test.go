package credential

import (
	"strings"
	"testing"
)

func TestClassOf(t *testing.T) {
	const (
		hex     = "0123456789abcdef0123456789abcdef"
		letters = "CANARYcanaryCANARYcanary"
	)
	long := strings.Repeat("CANARY", 7) // 42 characters
	p := pat(1)
	for _, tt := range []struct {
		token string
		want  Class
	}{
		{token("ATATT3", seeded(1)), APIToken},
		{"ATATT3CANARYCANARY0123", APIToken}, // cut before the checksum
		{"atatt3canarycanary0123", APIToken}, // damaged case
		{"ATATT3CANARY", Unrecognized},       // too short to tell
		{"ATATT3CANARY CANARY0123456", Unrecognized},
		{" " + token("ATATT3", seeded(1)), Unrecognized}, // boundaries are the caller's
		{token("ATCTT3", seeded(2)), OrgKey},
		{token("ATSTT3", seeded(3)), ServiceToken},
		{token("ATXYZ3", seeded(4)), OtherToken},
		{"atxyz3canarycanarycanary0123", Unrecognized},
		{"ATTENTIONCANARYCANARYCANARY", Unrecognized},
		{letters, LegacyAPIToken},
		{letters[1:], Unrecognized},
		{letters + "x", Unrecognized},
		{letters[1:] + "-", Unrecognized},
		{"ATBBCANARYCANARY", AppPassword},
		{"ATBBCANARY1", Unrecognized},
		{"atbbCANARYCANARY", Unrecognized},
		{"BBDC-" + long, BitbucketPAT},
		{"BBDC-" + long[:37], Unrecognized},
		{"BBDC-" + long + long, Unrecognized},
		{"bbdc-" + long, Unrecognized},
		{p, PAT},
		{p + "=", Unrecognized},
		{p[:43], Unrecognized},
		{"P" + p[1:], Unrecognized},
		{p[:16] + "P" + p[17:], Unrecognized},
		{p[:17] + "w" + p[18:], Unrecognized},
		{p[:43] + "_", Unrecognized},
		{"user:123|abc#DEF[ghi", AlignToken},
		{"user:123%7Cabc#DEF[ghi", AlignToken},
		{"user:123|abc", Unrecognized},
		{"user:|abc#DEF[ghi", Unrecognized},
		{"user:12345678901|abc#DEF[ghi", Unrecognized},
		{"user:123|abc#DEF ghi", Unrecognized},
		{"user:123", Unrecognized},
		{"user:123abc#DEF[ghi", Unrecognized},
		{jwt(`{"a":1}`), JWTToken},
		{"eyJhbGciOiJub25lIn0.eyJpc3MiOiJhIn0.", JWTToken},
		{"eyJhbGciOiJub25lIn0.eyJpc3MiOiJhIn0.redacted", Masked},
		{"eyJhbGciOiJub25lIn0.eyJpc3MiOiJhIn0", Unrecognized},
		{"eyJhbGciOiJub25lIn0.k.i.c.t", JWTToken},
		{"eyes.only.CANARY", Unrecognized},
		{"eyebrowsandmore.example.com", Unrecognized},
		{hex, TrelloKey},
		{strings.ToUpper(hex), SessionID},
		{strings.ToUpper(hex) + ".node1", SessionID},
		{"A" + hex[1:], Unrecognized},
		{hex + hex, TrelloToken},
		{hex + hex[1:], Unrecognized},
		{"ATTA" + long, TrelloToken},
		{"89a229ce-1a8c-46f7-b26b-8bd0e3ff8ada", UUIDKey},
		{"89a229ce-1a8c-46f7-b26b-8bd0e3ff8adz", Unrecognized},
		{"89a229ce01a8c-46f7-b26b-8bd0e3ff8ada", Unrecognized},
		{"", Empty},
		{" \t\r\n", Empty},
		{strings.Repeat("*", MaxValue+1), Unrecognized},
	} {
		if got := ClassOf(tt.token); got != tt.want {
			t.Errorf("%.60q: %d, want %d", tt.token, got, tt.want)
		}
	}
}

func TestStandIns(t *testing.T) {
	for want, list := range map[Class][]string{
		Placeholder: {
			"{{token}}", "{{ jira.token }}", "${TOKEN}", "${TOKEN:-none}", "$(cat token.txt)", "$TOKEN", "$JIRA_API_TOKEN_2", "$T",
			"$token", "$apiToken", "$env:TOKEN", "%TOKEN%", "%JIRA_TOKEN%", "<your token>", "<api_token>", "<Token: here>", "#{token}",
			"[TOKEN]", "[YOUR API TOKEN]", "{token}", "{api_token}", "YOUR_TOKEN_HERE", "your-api-token", "your_token", "yourtoken",
			"my-api-token", "MyPassword", "your-email@example.com", "changeme", "CHANGE_ME", "api_token", "API-TOKEN", "freds_api_token",
			"your_jira_api_token",
		},
		Masked: {
			"[REDACTED]", "REDACTED", "redacted", "<redacted>", "***", "********", "xxxx", "XXXXXXXX", "\u2022\u2022\u2022", "\u25cf\u25cf\u25cf\u25cf",
			"masked", "[removed]", "hidden", "(filtered)", "<secret>", "[authorization redacted]", "obfuscated", "...", "\u2026",
		},
		Unrecognized: {
			"$ecretHarbour", "$Sommer26", "$harbour", "$", "$$", "${}", "$()", "${a}b${c}", "{{}}", "{{a}}:{{b}}", "%", "%%", "%a b%",
			"100%", "<3 harbour", "<>", "<a<b>", "[abc]", "[]", "[A", "{}", "{harbour}", "#harbour", "#{}", "**", "xxx", "xxxxy", "..", "\u2022\u2022",
			"yourself", "mystery", "my", "mykonos", "YOURS", "changed", "redactedx", "secret", "hiddenbay", "api", "xylophone",
			"Harbour-26!", "your", "maskedball", "you@example.com",
		},
	} {
		for _, s := range list {
			if got := ClassOf(s); got != want {
				t.Errorf("%q: %d, want %d", s, got, want)
			}
		}
	}
}

func TestNullWord(t *testing.T) {
	for _, s := range []string{"", " ", "null", "NULL", "undefined", "None", "nil", "false", "NaN", "[object Object]", "\"null\""} {
		if !NullWord(s) {
			t.Errorf("%q", s)
		}
	}
	for _, s := range []string{"nullx", "none1", "0", "[object]"} {
		if NullWord(s) {
			t.Errorf("%q", s)
		}
	}
}

func TestChecksum(t *testing.T) {
	r := seeded(11)
	for range 2000 {
		good := token([]string{"ATATT3", "ATCTT3", "ATSTT3"}[r.IntN(3)], r)
		if ChecksumOf(good) != ChecksumRight {
			t.Fatal("right checksum not seen")
		}
		b := []byte(good)
		at := 6 + r.IntN(len(b)-15)
		old := b[at]
		for b[at] == old {
			b[at] = alnumAlphabet[r.IntN(len(alnumAlphabet))]
		}
		if ChecksumOf(string(b)) != ChecksumWrong {
			t.Fatal("one letter changed, checksum still right")
		}
	}
	good := apiToken(1)
	n := len(good) - 8
	for _, tt := range []struct {
		token string
		want  Checksum
	}{
		{good[:n] + strings.ToLower(good[n:]), ChecksumRight},
		{good[:n-1], NoChecksum},
		{good[:n] + "CANARYzz", NoChecksum},
		{strings.ToLower(good), NoChecksum},
		{"ATATT4" + good[6:], NoChecksum},
		{good + "\n", NoChecksum},
		{"ATATT3=00000000", NoChecksum},
		{"", NoChecksum},
		{letters24, NoChecksum},
	} {
		if got := ChecksumOf(tt.token); got != tt.want {
			t.Errorf("%q: %d, want %d", tt.token, got, tt.want)
		}
	}
	if c := auth("Bearer " + good + "\n"); c.Checksum != ChecksumRight || c.Class != APIToken {
		t.Error("a line feed hides the token")
	}
}

const letters24 = "CANARYcanaryCANARYcanary"

func TestDamage(t *testing.T) {
	good := apiToken(1)
	n := len(good) - 8
	hexTail := good[:n] + "0a1B2c3D"
	for _, tt := range []struct {
		token string
		want  Damage
	}{
		{good, Damage{Foreign: -1}},
		{" \"" + good + "\"\n", Damage{Foreign: -1}},
		{"atatt3" + good[6:], Damage{PrefixCase: true, Foreign: -1}},
		{hexTail, Damage{TailCase: true, Foreign: -1}},
		{good[:100], Damage{NoTail: true, Foreign: -1}},
		{good[:20] + " " + good[20:], Damage{Foreign: 20}},
		{" " + good[:20] + "\u2013" + good[21:], Damage{Foreign: 21}},
	} {
		if d, ok := DamageOf(tt.token); !ok || d != tt.want {
			t.Errorf("%q: %+v, want %+v", tt.token, d, tt.want)
		}
	}
	for _, s := range []string{"", "ATATT3", "CANARYCANARYCANARY", pat(1), "ATBBCANARYCANARY"} {
		if _, ok := DamageOf(s); ok {
			t.Errorf("%q is examined", s)
		}
	}
	if (Damage{Foreign: -1}).Any() || !(Damage{Foreign: 0}).Any() || !(Damage{TailCase: true, Foreign: -1}).Any() {
		t.Error("Any")
	}
}

func TestMaskedEnding(t *testing.T) {
	for value, want := range map[string]Ending{
		"aW50****Cg==":           EndLF,
		"Basic aW50****EK":       EndLF,
		"Basic aW50...go=":       EndLF,
		"aW50****DQo=":           EndCRLF,
		"aW50****ENCg==":         EndCRLF,
		"aW50****w0K":            EndCRLF,
		"...K":                   MaybeLF,
		"\u2022\u2022\u2022QK\n": EndLF,
		"aW50\u2026Cg==":         EndLF,
		"aW50****FK":             NoEnding, // the letter J
		"aW50****bo=":            NoEnding,
		"aW50****Bg==":           NoEnding,
		"aW50****":               NoEnding,
		"aW50Cg==":               NoEnding, // nothing hidden
	} {
		if got := MaskedEnding(value); got != want {
			t.Errorf("%q: %d, want %d", value, got, want)
		}
	}
}

func TestFlaws(t *testing.T) {
	for _, tt := range []struct {
		pair string
		want []Flaw
	}{
		{"me@x:TOKEN", nil},
		{"me@x:TO KEN %41 \\n 'x", nil}, // a password may have these inside
		{"me@x\n:TOKEN", []Flaw{{InnerBreak, 4, 5}}},
		{"me@x:TOK\r\nEN\n\n", []Flaw{{InnerBreak, 8, 10}, {EndsLF, 12, 14}}},
		{"me@x:TOKEN\r", []Flaw{{EndsCR, 10, 11}}},
		{" me@x:TOKEN", []Flaw{{StrayBlank, 0, 1}}},
		{"me@x :\tTOKEN \n", []Flaw{{StrayBlank, 4, 5}, {StrayBlank, 6, 7}, {StrayBlank, 12, 13}, {EndsLF, 13, 14}}},
		{"\ufeffme@x:TO\ufeff", []Flaw{{ByteOrderMark, 0, 3}, {Invisible, 10, 13}}},
		{"me@x:\u200bTO\u2060\u00ad", []Flaw{{Invisible, 5, 8}, {Invisible, 10, 15}}},
		{"me@x:TO\u00a0KEN\xa0", []Flaw{{NoBreakSpace, 7, 9}, {NoBreakSpace, 12, 13}}},
		{"me@x:TO\x00\x7fKEN", []Flaw{{Control, 7, 9}}},
		{"\u201cme@x:TOKEN\u2019", []Flaw{{CurlyQuote, 0, 3}, {CurlyQuote, 13, 16}}},
		{"\x93me@x:TOKEN\x94", []Flaw{{CurlyQuote, 0, 1}, {CurlyQuote, 11, 12}}},
		{"\"me@x:TOKEN\"\n", []Flaw{{Quoted, 0, 1}, {Quoted, 11, 12}, {EndsLF, 12, 13}}},
		{"'me@x:TOKEN", []Flaw{{Quoted, 0, 1}}},
		{"'me@x':'TOKEN'", []Flaw{{Quoted, 0, 1}, {Quoted, 13, 14}}}, // seen as quotes around all of it
		{"me@x:'TOKEN'", []Flaw{{Quoted, 5, 6}, {Quoted, 11, 12}}},
		{"me@x:TOKEN'", nil},
		{"me%40x:TO%3dKEN%2F", []Flaw{{Percent, 2, 5}, {Percent, 9, 12}, {Percent, 15, 18}}},
		{"me@x:caf\xe9", []Flaw{{NonUTF8, 8, 9}}},
		{"me@x:caf\u00e9", []Flaw{{NonASCII, 8, 10}}},
	} {
		p := auth("Basic " + enc(tt.pair)).Basic
		got := p.Flaws()
		if len(got) != len(tt.want) {
			t.Errorf("%q: %v, want %v", tt.pair, got, tt.want)
			continue
		}
		for i := range got {
			if got[i] != tt.want[i] {
				t.Errorf("%q: %v, want %v", tt.pair, got, tt.want)
			}
		}
	}
	p := auth("Basic " + enc("a\nb"+strings.Repeat("\u200bx", 500)+"\n")).Basic
	if n := len(p.Flaws()); n > MaxFlaws+1 {
		t.Errorf("%d flaws", n)
	}
	if _, ok := p.LineEnd(); !ok {
		t.Error("line end lost among others")
	}
}

func TestValueFlaws(t *testing.T) {
	for _, tt := range []struct {
		value string
		want  []Flaw
	}{
		{" Basic x ", nil},
		{"Basic x\n", []Flaw{{EndsLF, 7, 8}}},
		{"Basic a\r\n b", []Flaw{{InnerBreak, 7, 9}, {StrayBlank, 9, 10}}},
		{"Bearer \"x\"", []Flaw{{Quoted, 7, 8}, {Quoted, 9, 10}}},
		{"Bearer x\u200b", []Flaw{{Invisible, 8, 11}}},
		{"Basic a%3D\\n", []Flaw{{Percent, 7, 10}, {EscapedBreak, 10, 12}}},
		{"Basic a%0A", []Flaw{{EscapedBreak, 7, 10}}},
		{"\ufeffBasic x", []Flaw{{ByteOrderMark, 0, 3}}},
		{`OAuth oauth_a="b%3D", oauth_b="c d"`, nil},
	} {
		got := auth(tt.value).Flaws()
		if len(got) != len(tt.want) {
			t.Errorf("%q: %v, want %v", tt.value, got, tt.want)
			continue
		}
		for i := range got {
			if got[i] != tt.want[i] {
				t.Errorf("%q: %v, want %v", tt.value, got, tt.want)
			}
		}
	}
	for value, want := range map[string]int{
		"Basic " + strings.Repeat("A", 76):           76,
		"Basic " + strings.Repeat("A", 64) + "\n AA": 64,
		"Basic " + strings.Repeat("A", 64) + "\\nAA": 64,
		"Basic " + strings.Repeat("A", 77):           0,
	} {
		if got := auth(value).WrapWidth(); got != want {
			t.Errorf("%q: %d, want %d", value, got, want)
		}
	}
	if FlawsOf("me@example.com") != nil || len(FlawsOf(" me@example.com\n")) != 2 {
		t.Error("FlawsOf")
	}
}
