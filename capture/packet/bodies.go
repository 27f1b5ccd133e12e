package packet

import (
	"strings"

	"github.com/why401/why401/internal/exchange"
)

// worth returns how many bytes of the body of the answer of f are kept.
func (r *reader) worth(f *flight) int {
	a := f.response
	if r.o.Bodies || a.Status < 200 || a.Status > 299 {
		return exchange.MaxBody
	}
	media := a.Header.Value("Content-Type")
	if media == "" || hasFold(media, "html") || len(media) >= 5 && strings.EqualFold(media[:5], "text/") {
		return exchange.MaxBody
	}
	// What hands out tokens, or lists them, is read whole.
	if strings.Contains(f.url, "token") || strings.Contains(f.url, "oauth") {
		return maxToken
	}
	return maxFine
}

// hasFold reports whether s holds word, which is in lower case, in any case.
func hasFold(s, word string) bool {
	for i := 0; i+len(word) <= len(s); i++ {
		if s[i]|0x20 == word[0] && strings.EqualFold(s[i:i+len(word)], word) {
			return true
		}
	}
	return false
}

// spares is memory for records of TLS that is used again.
type spares [][]byte

func (s *spares) take() []byte {
	n := len(*s)
	if n == 0 {
		return make([]byte, 0, usualRecord)
	}
	b := (*s)[n-1]
	*s = (*s)[:n-1]
	return b
}

func (s *spares) give(b []byte) {
	if len(*s) < maxSpare && cap(b) > 0 && cap(b) <= 2*usualRecord {
		*s = append(*s, b[:0])
	}
}

// buffer lends memory for a body; nil: too much is lent already.
func (r *reader) buffer() []byte {
	if n := len(r.buffers); n > 0 {
		b := r.buffers[n-1]
		r.buffers = r.buffers[:n-1]
		return b
	}
	if r.lent >= maxBuffers {
		return nil
	}
	r.lent++
	return make([]byte, 0, exchange.MaxBody)
}

func (r *reader) giveBack(b []byte) {
	if b != nil {
		r.buffers = append(r.buffers, b)
	}
}
