package credential

import (
	"encoding/base64"
	"strings"
	"unicode/utf8"
)

// The kinds of bytes in an encoded text.
const (
	b64Other = iota // none of the alphabet
	b64Both         // in both alphabets of RFC 4648
	b64Std          // + /
	b64URL          // - _
	b64Pad          // =
	b64Stray        // blanks and line breaks
)

var b64Kind = func() (t [256]uint8) {
	for b := range 256 {
		switch c := byte(b); {
		case alnum(c):
			t[b] = b64Both
		case c == '+' || c == '/':
			t[b] = b64Std
		case c == '-' || c == '_':
			t[b] = b64URL
		case c == '=':
			t[b] = b64Pad
		case blank(c):
			t[b] = b64Stray
		}
	}
	return t
}()

// The encodings, with unused bits required to be zero: only then does encoding
// what was decoded give the same text.
var (
	strictStd = base64.StdEncoding.Strict()
	strictRaw = base64.RawStdEncoding.Strict()
	strictURL = base64.RawURLEncoding.Strict()
)

// decode64 decodes s as leniently as it takes and says how lenient that was.
// Of a text longer than MaxValue it decodes the start.
func decode64(s string) (Base64, []byte) {
	if s == "" {
		return NotBase64, nil
	}
	if len(s) > MaxValue {
		s = s[:MaxValue] // a multiple of 4
	}
	// The decoders of encoding/base64 skip line breaks, hence the test.
	if len(s)%4 == 0 && strings.IndexByte(s, '\n') < 0 && strings.IndexByte(s, '\r') < 0 {
		if dec, err := strictStd.DecodeString(s); err == nil {
			return Strict, dec
		}
	}
	var count [6]int
	for i := 0; i < len(s); i++ {
		count[b64Kind[s[i]]]++
	}
	if count[b64Other] > 0 || count[b64Stray] > 0 {
		return decodeSloppy(dropStray(s))
	}
	data := strings.TrimRight(s, "=")
	switch {
	case len(s)-len(data) != count[b64Pad]:
		return NotBase64, nil // padding inside: two texts, or no base64
	case count[b64Std] == 0 && count[b64URL] > 0:
		if dec, err := strictURL.DecodeString(data); err == nil {
			return URLAlphabet, dec
		}
	case count[b64URL] == 0 && count[b64Pad] == 0:
		if dec, err := strictRaw.DecodeString(data); err == nil {
			return Unpadded, dec
		}
	}
	return decodeSloppy(data)
}

var urlToStd = strings.NewReplacer("-", "+", "_", "/")

// decodeSloppy decodes what is left after stray bytes are gone.
func decodeSloppy(s string) (Base64, []byte) {
	s = strings.TrimRight(s, "=")
	if s == "" || strings.IndexByte(s, '=') >= 0 {
		return NotBase64, nil
	}
	state := Sloppy
	if len(s)%4 == 1 {
		state, s = Impossible, s[:len(s)-1]
	}
	if strings.IndexByte(s, '-') >= 0 || strings.IndexByte(s, '_') >= 0 {
		s = urlToStd.Replace(s)
	}
	dec, err := base64.RawStdEncoding.DecodeString(s)
	if err != nil {
		return NotBase64, nil
	}
	return state, dec
}

// dropStray removes what gets into encoded text on the way and is no part of
// it: blanks, line breaks (also written \n and %0A), invisible characters,
// quotes around it; and undoes percent-encoding. It returns "" if anything else
// is left that base64 does not have.
func dropStray(s string) string {
	s = trimEdges(s)
	if strings.IndexByte(s, '%') >= 0 {
		s = unescape(s, false)
	}
	out := make([]byte, 0, len(s))
	for i := 0; i < len(s); {
		switch b := s[i]; {
		case b == '\\' && i+1 < len(s) && (s[i+1] == 'n' || s[i+1] == 'r'):
			i += 2
		case b >= utf8.RuneSelf:
			n := invisible(s[i:])
			if n == 0 {
				return ""
			}
			i += n
		case b64Kind[b] == b64Other:
			return ""
		default:
			if b64Kind[b] != b64Stray {
				out = append(out, b)
			}
			i++
		}
	}
	return string(out)
}

// unescape undoes percent-encoding (RFC 3986, section 2.1) and keeps what is no
// escape; plus says that "+" stands for a blank.
func unescape(s string, plus bool) string {
	if strings.IndexByte(s, '%') < 0 && (!plus || strings.IndexByte(s, '+') < 0) {
		return s
	}
	out := make([]byte, 0, len(s))
	for i := 0; i < len(s); i++ {
		switch {
		case isEscape(s, i):
			out = append(out, unhex(s[i+1])<<4|unhex(s[i+2]))
			i += 2
		case plus && s[i] == '+':
			out = append(out, ' ')
		default:
			out = append(out, s[i])
		}
	}
	return string(out)
}

// isEscape reports whether there is a percent escape at s[i].
func isEscape(s string, i int) bool {
	return s[i] == '%' && i+2 < len(s) && hexDigit(s[i+1]) && hexDigit(s[i+2])
}

func hexDigit(b byte) bool { return inSet(b, anyHex) }

func unhex(b byte) byte {
	if digit(b) {
		return b - '0'
	}
	return b | 0x20 - 'a' + 10
}

// startsReadable reports whether the first three bytes of an encoded text are
// such as text can begin with. It spares most tokens and
// passwords the decoding.
func startsReadable(encoded string) bool {
	var dec [3]byte
	if n, _ := base64.RawStdEncoding.Decode(dec[:], []byte(encoded[:4])); n < 3 {
		return true // padded, or the other alphabet: let the decoder say
	}
	return (traitOf[dec[0]]|traitOf[dec[1]]|traitOf[dec[2]])&(hasControl|hasBreak) == 0 && (dec[0] < 0x80 || dec[0] > 0xC1)
}

// EncodedPair returns the pair that text is the base64 of, if it decodes to
// printable text with a colon in it. A personal access token, which decodes to
// digits, a colon and random bytes, is no pair.
func EncodedPair(text string) (pair string, ok bool) {
	text = trimBlank(text)
	if len(text) < 4 || len(text) > MaxValue {
		return "", false
	}
	for i := 0; i < len(text); i++ {
		if k := b64Kind[text[i]]; k == b64Other || k == b64Stray {
			return "", false
		}
	}
	if !startsReadable(text) {
		return "", false
	}
	state, dec := decode64(text)
	if state == NotBase64 || state == Impossible {
		return "", false
	}
	s := string(dec)
	t := traitsOf(trimBlankRight(s))
	if t&hasBreak != 0 || t&hasControl != 0 || t&hasHigh != 0 && !utf8.ValidString(s) {
		return "", false
	}
	if strings.IndexByte(s, ':') < 0 {
		return "", false
	}
	return s, true
}
