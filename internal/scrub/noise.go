package scrub

import "crypto/sha256"

// A noise is the random numbers of 16 bits that belong to a text of ASCII, one for each
// character. Few are made faster than many.
type noise struct {
	s    *Scrubber
	few  [32]byte
	word uint64 // what is left of many
	n    int
}

func (s *Scrubber) noise(salt, text string) (n noise) {
	if n.s = s; len(text) > len(n.few)/2 {
		n.s.rng.Seed(s.seedOf(salt, text))
		return n
	}
	sum := s.seedOf(salt, text)
	n.few = sha256.Sum256(sum[:])
	n.n = len(text)
	return n
}

// next returns the number for the i-th character.
func (n *noise) next(i int) uint32 {
	if n.n > 0 {
		return uint32(n.few[2*i]) | uint32(n.few[2*i+1])<<8
	}
	if i%4 == 0 {
		n.word = n.s.rng.Uint64()
	}
	return uint32(n.word >> (48 - 16*(i%4)) & 0xFFFF)
}

// isHex reports whether t looks like a hexadecimal number: digits, and letters to f of
// one case.
func isHex[T string | []byte](t T) bool {
	var kinds uint8
	for i := range len(t) {
		kinds |= hexKinds[t[i]]
		if kinds&notHex != 0 {
			return false
		}
	}
	return kinds&hexDigit != 0 && kinds&(hexUp|hexLow) != hexUp|hexLow && (len(t) == 0 || t[0] != '-')
}

const (
	hexDigit = 1 << iota
	hexLow
	hexUp
	notHex
)

var hexKinds = func() (t [256]uint8) {
	for i := range t {
		switch c := byte(i); {
		case c >= '0' && c <= '9':
			t[i] = hexDigit
		case c >= 'a' && c <= 'f':
			t[i] = hexLow
		case c >= 'A' && c <= 'F':
			t[i] = hexUp
		case c != '-':
			t[i] = notHex
		}
	}
	return t
}()

// other returns another character of the kind of c. n is a random number of 16 bits.
func other(c byte, n uint32, hexed bool) byte {
	k := &letters[c]
	if hexed {
		k = &hexDigits[c]
	}
	if k.of == 0 {
		return c
	}
	return k.other(c, n)
}

// fill is other for all of t, which is ASCII.
func (n *noise) fill(b []byte, t string, hexed bool) {
	table := &letters
	if hexed {
		table = &hexDigits
	}
	b = b[:len(t)]
	if n.n > 0 {
		for i := range b {
			if c := t[i]; table[c].of > 0 {
				b[i] = table[c].other(c, n.next(i))
			} else {
				b[i] = c
			}
		}
		return
	}
	var word uint64
	for i := range b {
		if i%4 == 0 {
			word = n.s.rng.Uint64()
		}
		c := t[i]
		if k := &table[c]; k.of > 0 {
			c = k.other(c, uint32(word>>48))
		}
		b[i] = c
		word <<= 16
	}
}

// An alphabet is where a character comes from.
type alphabet struct {
	first byte
	of    uint32 // how many there are; zero: such a character stays
}

func (k *alphabet) other(c byte, n uint32) byte {
	at := uint32(c-k.first) + 1 + (n&0xFFFF)*(k.of-1)>>16
	for at >= k.of { // more than once only for what is no digit of a hexadecimal number
		at -= k.of
	}
	return k.first + byte(at)
}

var letters, hexDigits = alphabets(false), alphabets(true)

func alphabets(hexed bool) (t [256]alphabet) {
	for i := range t {
		t[i].first, t[i].of = kind(byte(i), hexed)
	}
	return t
}

// pick returns a character of the kind of c that depends on n alone.
func pick(c byte, n uint32, hexed bool) byte {
	first, of := kind(c, hexed)
	if of == 0 {
		return c
	}
	return first + byte(n%of)
}

func kind(c byte, hexed bool) (first byte, of uint32) {
	letters := uint32(26)
	if hexed {
		letters = 6
	}
	switch {
	case c >= '0' && c <= '9':
		return '0', 10
	case c >= 'a' && c <= 'z':
		return 'a', letters
	case c >= 'A' && c <= 'Z':
		return 'A', letters
	}
	return 0, 0
}
