package scrub

import (
	"bufio"
	"errors"
	"io"
	"regexp"
	"strings"
	"sync"

	"github.com/why401/why401/internal/credential"
	"github.com/why401/why401/internal/redact"
)

// A Place is where in a file a secret or an account can be read. Offsets are in
// bytes; the value is nowhere in it.
type Place struct {
	Line, Column int // from 1
	Kind         redact.Text
}

// pattern returns a function for a regular expression, which is compiled when it
// is first needed.
func pattern(expr string) func() *regexp.Regexp {
	return sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(expr) })
}

var tokenKind = redact.Const("Atlassian token")

// nets are what a reader of a file would look for.
var nets = []struct {
	kind redact.Text
	re   func() *regexp.Regexp
	part int // the group that is the secret
}{
	{redact.Const("Authorization value"), pattern(`(?i)\b(?:basic|bearer|jwt|geniekey)\s+([A-Za-z0-9+/=._~|:%-]{8,})`), 1},
	{redact.Const("JSON Web Token"), pattern(`\beyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]*`), 0},
	{redact.Const("password in a URL"), pattern(`[a-z]://[^\s/:@"']+:([^\s/@"']+)@`), 1},
	{redact.Const("session cookie"), pattern(`(?i)\b(?:JSESSIONID|seraph\.rememberme\.cookie|cloud\.session\.token|tenant\.session\.token|atlassian\.xsrf\.token|crowd\.token_key)(?:=|"\s*,\s*"value"\s*:\s*")([^";,\s]{8,})`), 1},
	{redact.Const("secret parameter"), pattern(`(?i)[?&"'](?:os_password|password|client_secret|access_token|refresh_token|code_verifier|id_token)(?:=|"\s*:\s*"|', *')([^"'&\s]{4,})`), 1},
	{redact.Const("private key"), pattern(`-----BEGIN [A-Z ]*PRIVATE KEY-----`), 0},
	{redact.Const("TLS secret"), pattern(`\b(?:CLIENT_RANDOM|(?:CLIENT|SERVER)_(?:HANDSHAKE_)?TRAFFIC_SECRET(?:_0)?) [0-9a-f]{64} ([0-9a-f]{64,})`), 1},
	{redact.Const("e-mail address"), mail, 0},
}

// Check reads any file and calls f for each place of which a third party could
// read a secret or an account. Stand-ins that this package made, and placeholders,
// are none. It returns how many there are.
func Check(r io.Reader, f func(Place)) (n int, err error) {
	in := bufio.NewReaderSize(r, maxLine)
	line, column := 1, 1
	for {
		b, err := in.ReadSlice('\n')
		tokensIn(b, func(from, to int) bool {
			if !shared(string(b[from:to])) {
				n++
				f(Place{line, column + from, tokenKind})
			}
			return true
		})
		for _, net := range nets {
			for _, m := range net.re().FindAllSubmatchIndex(b, -1) {
				v := string(b[m[2*net.part]:m[2*net.part+1]])
				if shared(v) {
					continue
				}
				n++
				f(Place{line, column + m[2*net.part], net.kind})
			}
		}
		switch {
		case err == nil:
			line, column = line+1, 1
		case errors.Is(err, bufio.ErrBufferFull):
			column += len(b)
		case errors.Is(err, io.EOF):
			return n, nil
		default:
			return n, err
		}
	}
}

// room reports whether a stand-in of the form of v has room for a mark. Where it has
// none, the pseudonym before it must do.
func room(v string) bool {
	n := 0
	for i := range len(v) {
		if alnum(v[i]) {
			n++
		}
	}
	return n >= marked || n == short && len(v) == short
}

// shared reports whether v may be shared: a stand-in, a placeholder, a mask.
func shared(v string) bool {
	if isPseudonym(v) || IsStandIn(v) {
		return true
	}
	switch credential.ClassOf(v) {
	case credential.Placeholder, credential.Masked, credential.Empty:
		return true
	case credential.PAT:
		return isPATStandIn(v)
	case credential.JWTToken:
		sig := v[strings.LastIndexByte(v, '.')+1:]
		return sig == "" || IsStandIn(sig[:len(sig)-1])
	}
	for _, m := range loginMarks {
		if rest, ok := strings.CutSuffix(v, m); ok && IsStandIn(rest) {
			return true
		}
	}
	pair, ok := credential.EncodedPair(v)
	if !ok {
		pair = v
	}
	if user, password, colon := strings.Cut(strings.ReplaceAll(pair, "\x00", ""), ":"); colon {
		if isPseudonym(user) {
			return shared(password) || !room(password)
		}
		return shared(password) && shared(user)
	}
	return credential.NullWord(v) || allKnown(v)
}
