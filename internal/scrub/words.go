package scrub

import (
	"math/bits"
	"strings"
	"sync/atomic"
	"unicode/utf8"
)

// known reports whether w is a word of the vocabulary, or made of such words in
// camel case, or too short to tell anything.
func known[T string | []byte](w T) bool {
	if len(w) <= 2 || listed(w) {
		return true
	}
	if len(w) > 128 {
		return false
	}
	from, parts := 0, 0
	for i := 1; i <= len(w); i++ {
		if i < len(w) && !(w[i] >= 'A' && w[i] <= 'Z' && (w[i-1] > 'Z' || i+1 < len(w) && w[i+1] > 'Z')) {
			continue
		}
		if i-from < 2 || from == 0 && i == len(w) || !listed(w[from:i]) {
			return false
		}
		from, parts = i, parts+1
	}
	return parts > 1
}

// listed reports whether w is one of the words of the vocabulary, in capitals or
// not. It is called for every word that is written, so that it has a table of its
// own: of hashes of 64 bits, among which the few thousand words stand alone.
func listed[T string | []byte](w T) bool {
	if len(w) > maxListed {
		return false
	}
	table := vocabularyTable.Load()
	if table == nil {
		table = makeVocabulary()
	}
	h := wordHash(w)
	for i := h % slots; table[i] != 0; i = (i + 1) % slots {
		if table[i] == h {
			return true
		}
	}
	return false
}

// maxListed is more than the length of the longest word of the vocabulary.
const maxListed = 32

// wordHash is a hash of a word, in capitals or not. Of what is no word it may be that
// of one: digits and letters differ.
func wordHash[T string | []byte](w T) uint64 {
	const capitals = 0x2020202020202020
	h := uint64(len(w)) * 0x9E3779B97F4A7C15
	i := 0
	for ; i+8 <= len(w); i += 8 {
		v := uint64(w[i]) | uint64(w[i+1])<<8 | uint64(w[i+2])<<16 | uint64(w[i+3])<<24 |
			uint64(w[i+4])<<32 | uint64(w[i+5])<<40 | uint64(w[i+6])<<48 | uint64(w[i+7])<<56
		h = mixed(h ^ (v | capitals))
	}
	if i < len(w) {
		var v uint64
		for k := len(w) - 1; k >= i; k-- {
			v = v<<8 | uint64(w[k]) | 0x20
		}
		h = mixed(h ^ v)
	}
	return h
}

func mixed(h uint64) uint64 {
	hi, lo := bits.Mul64(h^0xA0761D6478BD642F, 0xE7037ED1A0B428DB)
	return hi ^ lo
}

// slots is the size of the table of the vocabulary.
const slots = 1 << 13

// vocabularyTable is made when it is first needed.
var vocabularyTable atomic.Pointer[[slots]uint64]

func makeVocabulary() *[slots]uint64 {
	table := new([slots]uint64)
	for w := range strings.FieldsSeq(vocabulary) {
		h := wordHash(w)
		i := h % slots
		for table[i] != 0 {
			i = (i + 1) % slots
		}
		table[i] = h
	}
	vocabularyTable.Store(table)
	return table
}

// maxDigits is the length of numbers that stay in texts.
const maxDigits = 4

// harmless reports whether a piece may stay.
func harmless[T string | []byte](w T) bool {
	if len(w) > 2*maxDigits && w[0] <= '9' { // a number that begins a word is short
		return false
	}
	digits, letters := 0, 0
	for i := range len(w) {
		switch c := w[i]; {
		case c >= '0' && c <= '9':
			digits++
		case c >= utf8.RuneSelf || !alnum(c): // not ASCII, or escapes
			return false
		default:
			letters++
		}
	}
	switch {
	case letters == 0:
		return digits <= maxDigits
	case digits == 0:
		return known(w)
	case digits <= 2 && letters > 2: // utf8, oauth2
		for w[len(w)-1] <= '9' {
			w = w[:len(w)-1]
		}
		return known(w)
	}
	return len(w) <= 3 // h2, v1
}

// harmlessWord is harmless for a word of characters of these kinds.
func harmlessWord[T string | []byte](w T, kinds uint8) bool {
	switch {
	case kinds&inASCII == 0:
		return false
	case len(w) <= 2:
		return true
	case kinds&(isDigit|isLetter) == isLetter:
		return known(w)
	}
	return harmless(w)
}

// allKnown reports whether t is made of known words.
func allKnown(t string) bool {
	for i := 0; i < len(t); {
		k := classes[t[i]]
		if k&(inWord|isEscape) == 0 {
			i++
			continue
		}
		if k&isEscape != 0 {
			if wordEscape(t[i:]) > 0 {
				return false
			}
			i++
			continue
		}
		j, kinds := i+1, k
		for ; j < len(t) && classes[t[j]]&inWord != 0; j++ {
			if k = classes[t[j]]; k&inASCII == 0 {
				return false
			}
			kinds |= k
		}
		if !harmlessWord(t[i:j], kinds) {
			return false
		}
		i = j
	}
	return true
}
