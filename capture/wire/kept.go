package wire

import (
	"bytes"
	"compress/flate"
	"compress/gzip"
	"compress/zlib"
	"io"
	"strings"

	"github.com/why401/why401/internal/exchange"
)

// A Keeper keeps the start of a body for a capture and counts the rest.
type Keeper struct {
	head []byte
	size int64
	gap  bool // what is kept has a hole, so it ends there
}

// Write takes the next bytes of content. It never fails.
func (k *Keeper) Write(data []byte) (int, error) {
	k.size += int64(len(data))
	if room := exchange.MaxBody - len(k.head); room > 0 && !k.gap {
		k.head = append(k.head, data[:min(room, len(data))]...)
	}
	return len(data), nil
}

// Skip counts n bytes of content that the capture lost. What follows is not kept.
func (k *Keeper) Skip(n int64) {
	if n > 0 {
		k.size += n
		k.gap = true
	}
}

// Reset makes k ready for another body. Bodies that it returned stay as they are.
func (k *Keeper) Reset() { *k = Keeper{} }

// Size returns the number of bytes so far.
func (k *Keeper) Size() int64 { return k.size }

// A Decoder undoes a coding that this package does not know, such as br or zstd,
// up to limit bytes; packed may end early. A nil result means that it cannot.
type Decoder func(coding string, packed []byte, limit int) []byte

// Body returns the body of a message with this header. Codings are undone, those
// of the content (RFC 9110, section 8.4) and the transfer codings of f; Size
// stays that of the coded content. A body that cannot be decoded is left out.
// other may be nil.
func (k *Keeper) Body(h exchange.Header, f Framing, other Decoder) exchange.Body {
	b := exchange.Body{Size: k.size, Media: strings.Trim(h.Value("Content-Type"), " \t\r\n"), Kept: true}
	head, ok := Decode(k.head, append(codings(h), f.Codings...), other)
	if !ok {
		b.Kept = false
		return b
	}
	b.Head = head
	return b
}

// codings lists the content codings, in the order in which they were applied.
func codings(h exchange.Header) []string {
	var list []string
	for i := range h {
		if len(h[i].Name) != len("content-encoding") || !strings.EqualFold(h[i].Name, "content-encoding") {
			continue
		}
		for c := range strings.SplitSeq(h[i].Value, ",") {
			if c = strings.ToLower(strings.Trim(c, " \t\r\n")); c != "" && c != "identity" && len(list) <= maxCodings {
				list = append(list, c)
			}
		}
	}
	return list
}

// Decode undoes codings, the last one first, of the start of some content, up to
// [exchange.MaxBody] bytes. Content that breaks off is decoded as far as it goes.
// It reports false if nothing can be made of it.
func Decode(packed []byte, codings []string, other Decoder) ([]byte, bool) {
	if len(codings) > maxCodings {
		return nil, false
	}
	for i := len(codings) - 1; i >= 0 && len(packed) > 0; i-- {
		var r io.Reader
		var err error
		switch codings[i] {
		case "gzip", "x-gzip":
			r, err = gzip.NewReader(bytes.NewReader(packed))
		case "deflate":
			// Meant to be zlib; many send it without its frame.
			if r, err = zlib.NewReader(bytes.NewReader(packed)); err != nil {
				r, err = flate.NewReader(bytes.NewReader(packed)), nil
			}
		default:
			if other == nil {
				return nil, false
			}
			out := other(codings[i], packed, exchange.MaxBody)
			if out == nil {
				return nil, false
			}
			packed = out[:min(len(out), exchange.MaxBody)]
			continue
		}
		if err != nil {
			return nil, false
		}
		out, err := io.ReadAll(io.LimitReader(r, exchange.MaxBody))
		if err != nil && len(out) == 0 && err != io.ErrUnexpectedEOF {
			return nil, false
		}
		packed = out
	}
	return packed, true
}
