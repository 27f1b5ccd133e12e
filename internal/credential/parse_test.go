package credential

import (
	"encoding/base64"
	"fmt"
	"slices"
	"strings"
	"testing"
)

func auth(value string) *Credential { return Parse(InAuthorization, 0, "Authorization", value) }

func enc(s string) string { return base64.StdEncoding.EncodeToString([]byte(s)) }

// TestVectors runs the published vectors: see docs/credentials.md.
func TestVectors(t *testing.T) {
	token, patToken := apiToken(1), pat(1)
	for _, tt := range []struct {
		name, value string
		scheme      Scheme
		encoding    Base64
		user, pass  string
		class       Class
		check       func(*Credential) bool
	}{
		{"good", "Basic bWVAZXhhbXBsZS5jb206VE9LRU4=", Basic, Strict, "me@example.com", "TOKEN", Unrecognized, func(c *Credential) bool {
			return c.Flaws() == nil && c.Basic.Flaws() == nil && c.Normalized() == "me@example.com:TOKEN"
		}},
		{"LF", "Basic bWVAZXhhbXBsZS5jb206VE9LRU4K", Basic, Strict, "me@example.com", "TOKEN\n", Unrecognized, func(c *Credential) bool {
			f, ok := c.Basic.LineEnd()
			return ok && f == Flaw{EndsLF, 20, 21} && c.Normalized() == "me@example.com:TOKEN"
		}},
		{"CRLF", "Basic bWVAZXhhbXBsZS5jb206VE9LRU4NCg==", Basic, Strict, "me@example.com", "TOKEN\r\n", Unrecognized, func(c *Credential) bool {
			f, ok := c.Basic.LineEnd()
			return ok && f == Flaw{EndsCRLF, 20, 22}
		}},
		{"double", "Basic YldWQVpYaGhiWEJzWlM1amIyMDZWRTlMUlU0PQ==", Basic, Strict, "bWVAZXhhbXBsZS5jb206VE9LRU4=", "", Unrecognized, func(c *Credential) bool {
			return c.Basic.Twice == "me@example.com:TOKEN" && c.Normalized() == "me@example.com:TOKEN" && !c.Basic.TokenOnly()
		}},
		{"UTF-16LE", "Basic ZgByAGUAZAA6AGYAcgBlAGQA", Basic, Strict, "f\x00r\x00e\x00d\x00", "\x00f\x00r\x00e\x00d\x00", Unrecognized, func(c *Credential) bool {
			return c.Basic.UTF16 == "LE" && c.Basic.UTF16Text == "fred:fred" && c.Token == "fred" &&
				c.Basic.Flaws() == nil && c.Basic.Sample() == SurelySample && c.Normalized() == "fred:fred"
		}},
		{"BOM", "Basic 77u/ZnJlZDpmcmVk", Basic, Strict, "\ufefffred", "fred", Unrecognized, func(c *Credential) bool {
			f, ok := c.Basic.Flaw(ByteOrderMark)
			return ok && f == Flaw{ByteOrderMark, 0, 3} && c.Normalized() == "fred:fred"
		}},
		{"sample", "Basic ZnJlZDpmcmVk", Basic, Strict, "fred", "fred", Unrecognized, func(c *Credential) bool { return c.Basic.Sample() == SurelySample }},
		{"sample LF", "Basic ZnJlZDpmcmVkCg==", Basic, Strict, "fred", "fred\n", Unrecognized, func(c *Credential) bool {
			_, ok := c.Basic.Flaw(EndsLF)
			return ok && c.Basic.Sample() == SurelySample
		}},
		{"raw pair", "Basic me@example.com:TOKEN", Basic, NotBase64, "me@example.com", "TOKEN", Unrecognized, func(c *Credential) bool { return c.Basic.Plain && c.Basic.Decoded == nil }},
		{"token only", "Basic VE9LRU4=", Basic, Strict, "TOKEN", "", Unrecognized, func(c *Credential) bool {
			return c.Basic.TokenOnly() && !c.Basic.HasColon && c.Token == "TOKEN" && c.Secret() == "TOKEN"
		}},
		{"PAT as Basic", "Basic " + patToken, Basic, Strict, "", "", PAT, func(c *Credential) bool {
			return c.Basic.ParamClass == PAT && c.Token == patToken && c.Normalized() == patToken && c.Basic.Flaws() == nil &&
				c.Secret() == auth("Bearer "+patToken).Secret()
		}},
		{"Align without bearer", "user:123|abc#DEF[ghi", NoScheme, NotBase64, "", "", AlignToken, func(c *Credential) bool { return c.Fits() == Bearer && c.Param == c.Raw }},
		{"Align", "bearer user:123|abc#DEF[ghi", Bearer, NotBase64, "", "", AlignToken, nil},
		{"template", "Basic {{token}}", Basic, NotBase64, "", "", Placeholder, func(c *Credential) bool { return c.Basic.ParamClass == Placeholder && !c.Basic.Plain }},
		{"template", "Bearer ${TOKEN}", Bearer, NotBase64, "", "", Placeholder, nil},
		{"template pair", "Basic {{user}}:{{token}}", Basic, NotBase64, "{{user}}", "{{token}}", Placeholder, func(c *Credential) bool {
			return c.Basic.Plain && c.Basic.UserClass == Placeholder
		}},
		{"twice the scheme", "Basic Basic bWVAZXhhbXBsZS5jb206VE9LRU4=", Basic, Sloppy, "me@example.com", "TOKEN", Unrecognized, func(c *Credential) bool {
			k, at, end := c.Extra()
			return k == SecondScheme && at == 6 && c.Raw[end:] == "bWVAZXhhbXBsZS5jb206VE9LRU4="
		}},
		{"API token", "Basic " + enc("me@example.com:"+token), Basic, Strict, "me@example.com", token, APIToken, func(c *Credential) bool {
			return c.Checksum == ChecksumRight && c.Secret() == token
		}},
		{"raw API token", "Basic " + token, Basic, NotBase64, "", "", APIToken, func(c *Credential) bool {
			return c.Basic.ParamClass == APIToken && c.Checksum == ChecksumRight && c.Token == token
		}},
		{"API token as bearer", "Bearer " + token, Bearer, NotBase64, "", "", APIToken, func(c *Credential) bool { return c.Fits() == Basic }},
		{"pair as bearer", "Bearer bWVAZXhhbXBsZS5jb206VE9LRU4=", Bearer, NotBase64, "", "", Unrecognized, func(c *Credential) bool {
			return c.Fits() == Basic && c.Secret() == "TOKEN"
		}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			c := auth(tt.value)
			if c.Scheme != tt.scheme || c.Class != tt.class {
				t.Errorf("scheme %d, class %d; want %d, %d", c.Scheme, c.Class, tt.scheme, tt.class)
			}
			if c.Basic != nil && c.Basic.Encoding != tt.encoding {
				t.Errorf("encoding %d, want %d", c.Basic.Encoding, tt.encoding)
			}
			if c.Basic != nil && tt.user != "" && (c.Basic.User != tt.user || c.Basic.Password != tt.pass) {
				t.Errorf("pair %q, %q; want %q, %q", c.Basic.User, c.Basic.Password, tt.user, tt.pass)
			}
			if tt.check != nil && !tt.check(c) {
				t.Errorf("check failed: %q %q %q", c.Word, c.Param, c.Normalized())
			}
			reassembles(t, c)
		})
	}
}

func reassembles(t *testing.T, c *Credential) {
	t.Helper()
	if got := c.Lead() + c.Word + c.Gap + c.Param + c.Tail(); got != c.Raw {
		t.Errorf("parts make %q, want %q", got, c.Raw)
	}
	if c.Raw[c.ParamAt:c.ParamAt+len(c.Param)] != c.Param {
		t.Errorf("parameter is not at %d", c.ParamAt)
	}
}

func TestSplit(t *testing.T) {
	for _, tt := range []struct {
		value                        string
		lead, word, gap, param, tail string
		scheme                       Scheme
	}{
		{"", "", "", "", "", "", NoScheme},
		{"  \n", "  \n", "", "", "", "", NoScheme},
		{"Basic", "", "Basic", "", "", "", Basic},
		{"bEARER  ", "", "bEARER", "  ", "", "", Bearer},
		{"Bearer  x", "", "Bearer", "  ", "x", "", Bearer},
		{" Basic\tx\r\n", " ", "Basic", "\t", "x", "\r\n", Basic},
		{"Basic a\r\n b", "", "Basic", " ", "a\r\n b", "", Basic},
		{"Bearer:x", "", "Bearer:", "", "x", "", UnknownScheme},
		{"Basic: x", "", "Basic:", " ", "x", "", UnknownScheme},
		{"Basc x", "", "Basc", " ", "x", "", UnknownScheme},
		{"AWS4-HMAC-SHA256 x", "", "AWS4-HMAC-SHA256", " ", "x", "", UnknownScheme},
		{"Token x", "", "Token", " ", "x", "", UnknownScheme},
		{"JWT x", "", "JWT", " ", "x", "", JWT},
		{"GenieKey x", "", "GenieKey", " ", "x", "", GenieKey},
		{"Negotiate x", "", "Negotiate", " ", "x", "", Negotiate},
		{"NTLM x", "", "NTLM", " ", "x", "", NTLM},
		{"Digest a=\"b\"", "", "Digest", " ", "a=\"b\"", "", Digest},
		{"OAuth oauth_consumer_key=\"a\"", "", "OAuth", " ", "oauth_consumer_key=\"a\"", "", OAuth1},
		{"OAuth 89a229ce-1a8c-46f7-b26b-8bd0e3ff8ada", "", "OAuth", " ", "89a229ce-1a8c-46f7-b26b-8bd0e3ff8ada", "", OAuthKey},
		{"OAuth", "", "OAuth", "", "", "", OAuth1},
		{"dXNlcjp0b2tlbg==", "", "", "", "dXNlcjp0b2tlbg==", "", NoScheme},
		{"mytoken", "", "", "", "mytoken", "", NoScheme},
		{"user:123|abc defghijk", "", "", "", "user:123|abc defghijk", "", NoScheme},
		{"-u me@x:token", "", "", "", "-u me@x:token", "", NoScheme},
		{"curl -u me@x:token", "", "", "", "curl -u me@x:token", "", NoScheme},
		{"Authorization: Basic x", "", "", "", "Authorization: Basic x", "", NoScheme},
		{"\"Basic x\"", "", "", "", "\"Basic x\"", "", NoScheme},
		{"me@example.com TOKEN", "", "", "", "me@example.com TOKEN", "", NoScheme},
		{"\ufeffBasic x", "\ufeff", "Basic", " ", "x", "", Basic},
		{"\ufeffx", "", "", "", "\ufeffx", "", NoScheme},
		{"Bearer\u00a0x", "", "Bearer", "\u00a0", "x", "", Bearer},
		{"Bearer \u200bx", "", "Bearer", " \u200b", "x", "", Bearer},
		{"Basicx y", "", "Basicx", " ", "y", "", UnknownScheme},
		{"Basic=x", "", "", "", "Basic=x", "", NoScheme},
	} {
		c := auth(tt.value)
		got := [...]string{c.Lead(), c.Word, c.Gap, c.Param, c.Tail()}
		if want := [...]string{tt.lead, tt.word, tt.gap, tt.param, tt.tail}; got != want || c.Scheme != tt.scheme {
			t.Errorf("%q: %q scheme %d; want %q scheme %d", tt.value, got, c.Scheme, want, tt.scheme)
		}
		reassembles(t, c)
	}
}

func TestNearestScheme(t *testing.T) {
	for _, tt := range []struct {
		word     string
		scheme   Scheme
		distance int
	}{
		{"Basic", Basic, 0},
		{"Basc", Basic, 1},
		{"Baisc", Basic, 1},
		{"Bear", Bearer, 2},
		{"Bearer:", Bearer, 1},
		{"Baerer", Bearer, 1},
		{"Beaerr", Bearer, 1},
		{"JTW", JWT, 1},
		{"Oauth2", OAuth1, 1},
		{"Genie-Key", GenieKey, 1},
	} {
		if s, d := NearestScheme(tt.word); s != tt.scheme || d != tt.distance {
			t.Errorf("%s: scheme %d at %d; want %d at %d", tt.word, s, d, tt.scheme, tt.distance)
		}
	}
	if _, d := NearestScheme("Token"); d < 3 {
		t.Errorf("Token is %d away", d)
	}
	if s, d := NearestScheme(strings.Repeat("x", 33)); s != UnknownScheme || d != 33 {
		t.Errorf("long word: %d at %d", s, d)
	}
}

func TestExtra(t *testing.T) {
	for _, tt := range []struct {
		value string
		kind  Extra
		rest  string
	}{
		{"Authorization: Basic x", HeaderName, "Basic x"},
		{"authorization:Bearer x", HeaderName, "Bearer x"},
		{"\"Authorization\": \"Basic x\"", HeaderName, "\"Basic x\""},
		{"Basic Authorization: Basic x", HeaderName, "Basic x"},
		{"-u me@x:token", CurlOption, "me@x:token"},
		{"-u 'me@x:token'", CurlOption, "'me@x:token'"},
		{"--user me@x:token", CurlOption, "me@x:token"},
		{"--user=me@x:token", CurlOption, "me@x:token"},
		{"curl -u me@x:token", CurlOption, "-u me@x:token"},
		{"-H 'Authorization: x'", CurlOption, "'Authorization: x'"},
		{"Basic -u me@x:token", CurlOption, "me@x:token"},
		{"basic  bearer x", SecondScheme, "x"},
		{"Bearer Bearer", SecondScheme, ""},
		{"JWT token=\"x\"", ParamName, "\"x\""},
		{"Bearer token=x", ParamName, "x"},
		{"Bearer access_token=x", ParamName, "x"},
		{"\"Basic x\"", WholeQuoted, "Basic x\""},
		// Near misses.
		{"Basic x", NoExtra, "x"},
		{"-userx", NoExtra, "-userx"},
		{"-ux", NoExtra, "-ux"},
		{"curlew", NoExtra, "curlew"},
		{"Authorizationx", NoExtra, "Authorizationx"},
		{"Bearer basics x", NoExtra, "basics x"},
		{"OAuth oauth_token=\"x\"", NoExtra, "oauth_token=\"x\""},
		{"\"x\"", NoExtra, "\"x\""},
		{"Bearer tokenx", NoExtra, "tokenx"},
	} {
		c := auth(tt.value)
		kind, _, end := c.Extra()
		if kind != tt.kind || c.Raw[end:] != tt.rest {
			t.Errorf("%q: kind %d, rest %q; want %d, %q", tt.value, kind, c.Raw[end:], tt.kind, tt.rest)
		}
	}
}

func TestJoined(t *testing.T) {
	for _, tt := range []struct {
		value  string
		at     int
		scheme Scheme
	}{
		{"Basic abc=, Bearer x", 12, Bearer},
		{"Basic abc=,Basic x", 11, Basic},
		{"Digest a=\"x, Basic y\", b=\"c\"", -1, NoScheme},
		{"Bearer x, y", -1, NoScheme},
		{"Bearer x, Bearer", -1, NoScheme},
	} {
		if at, s := auth(tt.value).Joined(); at != tt.at || s != tt.scheme {
			t.Errorf("%q: %d, %d", tt.value, at, s)
		}
	}
}

func TestEncodings(t *testing.T) {
	for _, tt := range []struct {
		param string
		want  Base64
		dec   string
	}{
		{"ZnJlZDpmcmVkMQ==", Strict, "fred:fred1"},
		{"ZnJlZDpmcmVkMQ", Unpadded, "fred:fred1"},
		{"ZnJlZDo_Pz8-", URLAlphabet, "fred:???>"},
		{"ZnJlZDo_Pz8-MQ==", URLAlphabet, "fred:???>1"},
		{"ZnJlZDpmcmVkMQ=", Sloppy, "fred:fred1"},
		{"ZnJlZDpmcmVkMQ===", Sloppy, "fred:fred1"},
		{"ZnJlZDpmcmVkMR==", Sloppy, "fred:fred1"}, // unused bits set
		{"ZnJlZDpm\r\n cmVkMQ==", Sloppy, "fred:fred1"},
		{"ZnJlZDpmcmVkMQ==\\n", Sloppy, "fred:fred1"},
		{"ZnJlZDpmcmVkMQ%3D%3D", Sloppy, "fred:fred1"},
		{"\"ZnJlZDpmcmVkMQ==\"", Sloppy, "fred:fred1"},
		{"ZnJlZDpm\u200bcmVkMQ==", Sloppy, "fred:fred1"},
		{"ZnJlZDo/Pz8-", Sloppy, "fred:???>"}, // both alphabets
		{"ZnJlZDpmcmVkM", Impossible, "fred:fred"},
		{"Zn=lZDpm", NotBase64, ""},
		{"====", NotBase64, ""},
		{"fred:fred", NotBase64, ""},
		{"fred|fred", NotBase64, ""},
	} {
		p := auth("Basic " + tt.param).Basic
		if p.Encoding != tt.want || string(p.Decoded) != tt.dec {
			t.Errorf("%q: %d %q; want %d %q", tt.param, p.Encoding, p.Decoded, tt.want, tt.dec)
		}
	}
}

func TestPair(t *testing.T) {
	long := strings.Repeat("a", 40)
	for _, tt := range []struct {
		name, value string
		ok          func(c *Credential, p *BasicPair) bool
	}{
		{"password pair", "Basic " + enc("me:"+enc("me@example.com:CANARY")), func(_ *Credential, p *BasicPair) bool {
			return p.PasswordPair == "me@example.com:CANARY"
		}},
		{"twice with LF", "Basic " + enc(enc("me@example.com:CANARY\n")+"\n"), func(c *Credential, p *BasicPair) bool {
			return p.Twice == "me@example.com:CANARY\n" && c.Normalized() == "me@example.com:CANARY"
		}},
		{"encoded PAT alone is no pair", "Basic " + enc(pat(5)), func(c *Credential, p *BasicPair) bool {
			return p.Twice == "" && p.TokenOnly() && c.Class == PAT
		}},
		{"PAT as password", "Basic " + enc("fred:"+pat(5)), func(c *Credential, p *BasicPair) bool {
			return p.PasswordClass == PAT && c.Secret() == pat(5) && p.PasswordPair == ""
		}},
		{"JWT as password", "Basic " + enc("fred:"+jwt(`{"iss":"a"}`)), func(c *Credential, _ *BasicPair) bool {
			return c.Class == JWTToken && c.JWT() != nil && c.JWT().Issuer == "a"
		}},
		{"JWT after Basic", "Basic " + jwt(`{"iss":"a"}`), func(c *Credential, p *BasicPair) bool {
			return p.ParamClass == JWTToken && c.JWT() != nil && !p.Plain
		}},
		{"24 letters after Basic", "Basic CANARYCANARYCANARY0123z9", func(c *Credential, p *BasicPair) bool {
			return p.ParamClass == LegacyAPIToken && c.Token == c.Param
		}},
		{"short pair of 24 characters", "Basic " + enc("fred:harbour-26-xx"), func(c *Credential, p *BasicPair) bool {
			return len(c.Param) == 24 && p.ParamClass == Unrecognized && p.Password == "harbour-26-xx"
		}},
		{"Bitbucket token after Basic", "Basic BBDC-CANARY" + long, func(_ *Credential, p *BasicPair) bool { return p.ParamClass == BitbucketPAT }},
		{"masked", "Basic [REDACTED]", func(c *Credential, p *BasicPair) bool { return c.Masked && p.ParamClass == Masked }},
		{"middle masked", "Basic aW50****Cg==", func(c *Credential, p *BasicPair) bool {
			return c.Masked && p.Encoding == NotBase64 && MaskedEnding(c.Param) == EndLF
		}},
		{"mask that the client sent", "Basic " + enc("me@example.com:****"), func(c *Credential, p *BasicPair) bool {
			return !c.Masked && p.PasswordClass == Masked
		}},
		{"mask in clear", "Basic me@example.com:****", func(c *Credential, _ *BasicPair) bool { return c.Masked }},
		{"Digest is not clear text", `Basic username="me@example.com"`, func(_ *Credential, p *BasicPair) bool { return !p.Plain }},
		{"empty", "Basic ", func(c *Credential, p *BasicPair) bool {
			return c.Class == Empty && !p.TokenOnly() && p.Encoding == NotBase64
		}},
		{"empty halves", "Basic Og==", func(_ *Credential, p *BasicPair) bool {
			return p.HasColon && p.UserClass == Empty && p.PasswordClass == Empty
		}},
		{"blank password", "Basic " + enc("me@example.com: \n"), func(_ *Credential, p *BasicPair) bool { return p.PasswordClass == Empty }},
		{"UTF-16BE with mark", "Basic " + enc("\xfe\xff\x00f\x00:\x00x"), func(_ *Credential, p *BasicPair) bool { return p.UTF16 == "BE" && p.UTF16Text == "f:x" }},
		{"UTF-16LE with mark", "Basic " + enc("\xff\xfef\x00:\x00x\x00"), func(_ *Credential, p *BasicPair) bool { return p.UTF16 == "LE" && p.UTF16Text == "f:x" }},
		{"UTF-16 and a line feed", "Basic " + enc("f\x00r\x00:\x00x\x00\n"), func(_ *Credential, p *BasicPair) bool { return p.UTF16 == "LE" }},
		{"NUL bytes in one place", "Basic " + enc("fred:\x00\x00\x00\x00x"), func(_ *Credential, p *BasicPair) bool { return p.UTF16 == "" }},
		{"Latin-1", "Basic " + enc("fred:caf\xe9-26"), func(_ *Credential, p *BasicPair) bool {
			f, ok := p.Flaw(NonUTF8)
			return ok && f.At == 8 && p.ParamClass == Unrecognized
		}},
		{"UTF-8", "Basic " + enc("fred:caf\u00e9-26"), func(_ *Credential, p *BasicPair) bool {
			_, not := p.Flaw(NonUTF8)
			f, ok := p.Flaw(NonASCII)
			return !not && ok && f == Flaw{NonASCII, 8, 10}
		}},
		{"admin", "Basic " + enc("admin:admin"), func(_ *Credential, p *BasicPair) bool { return p.Sample() == MaybeSample }},
		{"no sample", "Basic " + enc("admin:admin1"), func(_ *Credential, p *BasicPair) bool { return p.Sample() == NoSample }},
		{"RFC 7617", "Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==", func(_ *Credential, p *BasicPair) bool { return p.Sample() == SurelySample && p.Flaws() == nil }},
		{"bearer inside", "Basic " + enc("me:Bearer "+pat(2)), func(_ *Credential, p *BasicPair) bool {
			s, rest := LeadingScheme(p.Password)
			return s == Bearer && ClassOf(rest) == PAT
		}},
		{"huge", "Basic " + strings.Repeat("bWVAZXhh", 1<<17), func(c *Credential, p *BasicPair) bool {
			return c.Cut && len(p.Decoded) == MaxValue/4*3 && p.Encoding == Strict
		}},
	} {
		c := auth(tt.value)
		if !tt.ok(c, c.Basic) {
			t.Errorf("%s: encoding %d, class %d, halves %d %d, param %d, masked %v, flaws %v",
				tt.name, c.Basic.Encoding, c.Class, c.Basic.UserClass, c.Basic.PasswordClass, c.Basic.ParamClass, c.Masked, c.Basic.Flaws())
		}
		reassembles(t, c)
	}
}

func TestNormalized(t *testing.T) {
	const want = "me@example.com:CANARY/1="
	for _, value := range []string{
		"Basic " + enc(want),
		"basic " + enc(want+"\n"),
		"Basic " + enc("\ufeff"+want),
		"Basic " + enc("\""+want+"\"\r\n"),
		"Basic " + enc("me@example.com :\u00a0CANARY\u200b/1="),
		"Basic " + enc("me%40example.com:CANARY%2F1%3D"),
		"Basic " + enc(enc(want)),
		"Basic " + enc("me:"+enc(want)),
		"Basic " + want,
		"Bearer " + enc(want),
		enc(want),
		"Token " + enc(want),
		"Basic Basic " + enc(want),
		"Bearer Basic " + enc(want),
		"Basic " + strings.TrimRight(enc(want), "="),
		"Basic " + enc(utf16LE(want)),
	} {
		if got := auth(value).Normalized(); got != want {
			t.Errorf("%q: %q", value, got)
		}
		if got := auth(value).Secret(); got != "CANARY/1=" {
			t.Errorf("%q: secret %q", value, got)
		}
	}
	p := pat(9)
	for _, value := range []string{"Bearer " + p, "Basic " + p, p, "Bearer \"" + p + "\"", "Bearer token=" + p} {
		if got := auth(value).Normalized(); got != p {
			t.Errorf("%q: %q", value, got)
		}
	}
	if got := auth("Basic " + enc("fred:"+p+"\n")).Secret(); got != p {
		t.Errorf("PAT as password: %q", got)
	}
}

func utf16LE(s string) string {
	var b strings.Builder
	for _, r := range s {
		b.WriteByte(byte(r))
		b.WriteByte(byte(r >> 8))
	}
	return b.String()
}

func TestOAuth1(t *testing.T) {
	c := auth(`OAuth realm="https://jira.example.com/a%20b", oauth_consumer_key=CANARY ,oauth_signature="a%2Bb%3D,x%zz", , oauth_token="t"`)
	want := []OAuthParam{
		{"realm", "https://jira.example.com/a b"},
		{"oauth_consumer_key", "CANARY"},
		{"oauth_signature", "a+b=,x%zz"},
		{"oauth_token", "t"},
	}
	if !slices.Equal(c.OAuth1, want) {
		t.Errorf("%d parameters", len(c.OAuth1))
	}
	if v, ok := c.OAuth1Param("oauth_signature"); !ok || v != "a+b=,x%zz" {
		t.Error("signature")
	}
	if _, ok := c.OAuth1Param("oauth_nonce"); ok || c.Token != "t" {
		t.Error("nonce or token")
	}
	if n := len(auth("OAuth " + strings.Repeat("oauth_a=b,", 1000)).OAuth1); n != MaxOAuthParams {
		t.Errorf("%d parameters", n)
	}
}

// A value that is printed or logged by mistake must not show.
func TestHidden(t *testing.T) {
	c := auth("Basic " + enc("me@example.com:CANARY"))
	for _, v := range []any{c, *c, c.Basic, *c.Basic, []Credential{*c}, &Claims{Issuer: "CANARY"}, OAuthParam{"a", "CANARY"}, All{list: []Credential{*c}}} {
		for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%d"} {
			if s := fmt.Sprintf(verb, v); !strings.Contains(s, hidden) || strings.Contains(s, "CANARY") || len(s) > 40 {
				t.Errorf("%s of %T shows %q", verb, v, s)
			}
		}
	}
}
