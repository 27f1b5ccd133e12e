package packet

import (
	"strings"

	"github.com/why401/why401/internal/exchange"
)

// worth returns how many bytes of the body of an answer are kept.
func (r *reader) worth(a *exchange.Response) int {
	if r.o.Bodies || a.Status < 200 || a.Status > 299 {
		return exchange.MaxBody
	}
	media := strings.ToLower(a.Header.Value("Content-Type"))
	if media == "" || strings.Contains(media, "html") || strings.HasPrefix(media, "text/") {
		return exchange.MaxBody
	}
	return maxFine
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
