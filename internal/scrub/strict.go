package scrub

import (
	"bytes"
	"encoding/hex"
	"unicode"
	"unicode/utf16"
)

// A capture may hold more secrets than can be remembered. Nothing is looked for
// then: what stands in the finished bytes must be known to be harmless. Known words
// are, small numbers, times, numbers that JSON shows as such, hosts that stay, and
// stand-ins. Any other text is replaced, whatever it is, so that no secret can be
// left, seen or unseen.

// strict replaces in b, a line of a HAR, each text that is not known to be harmless.
// Equal ones are replaced by equal ones.
func (g *Gate) strict(s *Scrubber, b []byte) error {
	if g.clear == nil {
		g.clear = make([]uint64, maxClear)
	}
	for i := 0; i < len(b); {
		n := bytes.IndexByte(b[i:], '"')
		if n < 0 {
			break
		}
		from := i + n + 1
		to := stringEnd(b, from)
		if i = to + 1; to-from < 3 {
			continue
		}
		h := hashBytes(b[from:to]) // most strings come again and again
		if g.clear[h>>8%maxClear] == h {
			continue
		}
		if g.made.has(h) && !g.made.has(h|unsure) {
			continue
		}
		n, ok := g.strictText(s, b[from:to])
		switch {
		case !ok:
			return ErrLeak
		case n == 0:
			g.clear[h>>8%maxClear] = h
		}
	}
	return nil
}

// stringEnd returns where the string of JSON ends that begins at i: at its quote, or
// at the end of b.
func stringEnd(b []byte, i int) int {
	for from := i; ; i++ {
		n := bytes.IndexByte(b[min(i, len(b)):], '"')
		if n < 0 {
			return len(b)
		}
		i += n
		slashes := 0
		for i-slashes > from && b[i-slashes-1] == '\\' {
			slashes++
		}
		if slashes%2 == 0 {
			return i
		}
	}
}

// plain reports whether strict would find nothing to replace in b.
func (g *Gate) plain(b []byte) bool {
	for i := 0; i < len(b); {
		n := bytes.IndexByte(b[i:], '"')
		if n < 0 {
			return true
		}
		from := i + n + 1
		i = stringEnd(b, from) + 1
		if n, _ := g.strictText(nil, b[from:i-1]); n > 0 {
			return false
		}
	}
	return true
}

// strictText is strict for what stands in a string. It returns how many words it
// replaced, and whether all could be. Without a Scrubber it only counts.
func (g *Gate) strictText(s *Scrubber, t []byte) (count int, ok bool) {
	var token token
	replace := func(from, to, lo int, hexed bool) bool {
		if g.explained(t, lo, from, to, &token) {
			return true
		}
		count++
		return s == nil || s.cover(t[from:to], hexed)
	}
	for i, lo := 0, 0; i < len(t); {
		c := t[i]
		if classes[c]&inWord == 0 {
			if c != '\\' && c != '%' {
				i++
				continue
			}
			n := escapeLen(t[i:])
			if c == '%' && n == 1 && i+2 < len(t) && isByte(t[i+1:i+3]) { // a letter that needs no escape
				if !replace(i+1, i+3, lo, true) {
					return count, false
				}
				n = 3
			}
			if c == '\\' && n > 5 {
				if r, _ := unicodeEscape(t[i+n-4:]); unicode.IsLetter(r) || unicode.IsDigit(r) || utf16.IsSurrogate(r) {
					if count++; s != nil && !s.put(t[i+n-4:i+n], "0078") {
						return count, false
					}
				}
			}
			i += n
			if c == '\\' {
				lo = i // what stands before it is no part of a word behind it
			}
			continue
		}
		j, kinds := i+1, classes[c]
		for j < len(t) {
			k := classes[t[j]]
			if k&inWord == 0 || (k^kinds)&inASCII != 0 {
				break
			}
			kinds |= k
			j++
		}
		if !harmlessAt(t, i, j, kinds) && !replace(i, j, lo, false) {
			return count, false
		}
		i = j
	}
	return count, true
}

// harmlessAt reports whether the word from..to of t, of characters of these kinds, may
// stay by itself.
func harmlessAt(t []byte, from, to int, kinds uint8) bool {
	w := t[from:to]
	switch {
	case kinds&inASCII == 0:
		return false
	case harmlessWord(w, kinds), isTime(w), asWritten[string(w)]:
		return true
	}
	return kinds&isLetter == 0 && bytes.HasSuffix(bytes.TrimRight(t[:from], `\"=`), []byte("oauth_timestamp"))
}

// escapeLen returns the length of the escape that t begins with, of JSON or of a
// URL, or 1. What it stands for is no letter and no digit.
func escapeLen(t []byte) int {
	switch {
	case t[0] == '\\' && len(t) > 1:
		n := 1
		if t[1] == '\\' && len(t) > 2 && bytes.IndexByte([]byte("nrtbfu"), t[2]) >= 0 { // of JSON in JSON
			n = 2
		}
		if t[n] != 'u' {
			return n + 1
		}
		if _, ok := unicodeEscape(t[n+1:]); ok {
			return n + 5
		}
		return n + 1
	case t[0] == '%':
		n := 1
		for n+1 < len(t) && t[n] == '2' && t[n+1] == '5' { // a percent sign, encoded once more
			n += 2
		}
		if n+1 < len(t) && t[n] >= '0' && t[n] < '8' && escape("%"+string(t[n:n+2])) > 0 {
			return n + 2
		}
	}
	return 1
}

// unicodeEscape returns the character of which the four digits stand at the start of t.
func unicodeEscape(t []byte) (rune, bool) {
	var b [2]byte
	if len(t) < 4 {
		return 0, false
	}
	_, err := hex.Decode(b[:], t[:4])
	return rune(b[0])<<8 | rune(b[1]), err == nil
}

// isTime reports whether w is a piece of a time as RFC 3339 writes it.
func isTime(w []byte) bool {
	number := digits[[]byte]
	switch n := len(w); n {
	case 5:
		return w[2] == 'T' && number(w[:2]) && number(w[3:])
	case 3, 4, 7:
		return w[n-1] == 'Z' && number(w[:n-1])
	}
	return false
}

// A token is a run of characters that tokens are made of, and whether all of it is
// a stand-in.
type token struct {
	from, to int
	made     bool
}

// explained reports whether the word from..to of t is a part of a stand-in, of a
// pseudonym or of a host that stays. What stands before lo does not belong to it.
// in is the token that was looked at last.
func (g *Gate) explained(t []byte, lo, from, to int, in *token) bool {
	if g.isMade(t[from:to]) {
		return true
	}
	if from >= in.to || lo > in.from {
		in.from, in.to = around(t, lo, from, to, len(t), inToken)
		w := t[in.from:in.to]
		in.made = g.isMade(w) || g.made.lost && len(w) <= maxShared && shared(string(w))
	}
	if in.made {
		return true
	}
	at, end := around(t, lo, from, to, maxHost, inHost)
	if at > lo && t[at-1] == '%' { // an escape before it is no part of the name
		at = min(at+2, from)
	}
	if g.shown[string(t[at:end])] {
		return true
	}
	at, end = max(in.from, from-maxPart), min(in.to, to+maxPart)
	if g.standIn(t[at:end], from-at, to-at) {
		return true
	}
	return bytes.HasSuffix(t[:from], []byte("edacted-")) && isPseudonym("redacted-"+string(t[from:to]))
}

// around returns the ends of the run of characters of a kind in which from..to stands,
// but no more than most on each side and nothing before lo.
func around(t []byte, lo, from, to, most int, kind uint8) (at, end int) {
	lo, hi := max(lo, from-most), min(len(t), to+most)
	for from > lo && classes[t[from-1]]&kind != 0 {
		from--
	}
	for to < hi && classes[t[to]]&kind != 0 {
		to++
	}
	return from, to
}

// put replaces b by another text of its length. It reports whether it did.
func (s *Scrubber) put(b []byte, by string) bool {
	if s.broken("mend") {
		return false
	}
	s.count.Strict++
	copy(b, by)
	return true
}

// isByte reports whether w is two hexadecimal digits.
func isByte(w []byte) bool {
	var b [1]byte
	_, err := hex.Decode(b[:], w)
	return err == nil
}

// cover replaces the letters and digits of a word; hexadecimal ones stay such. It
// reports whether it did.
func (s *Scrubber) cover(w []byte, hexed bool) bool {
	if s.broken("mend") {
		return false
	}
	s.count.Strict++
	if hexed || isHex(string(w)+"0") {
		t := string(w)
		noise := s.noise("\x02", t)
		noise.fill(w, t, true)
		s.make(string(w))
		return true
	}
	out := s.letters(string(w), 2)
	if len(out) != len(w) {
		return false
	}
	copy(w, out)
	s.make(out)
	return true
}
