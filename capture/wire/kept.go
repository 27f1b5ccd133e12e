package wire

import (
	"bytes"
	"compress/flate"
	"compress/gzip"
	"compress/zlib"
	"io"
	"strings"
	"sync"

	"github.com/why401/why401/internal/exchange"
)

// A Keeper keeps the start of a body for a capture and counts the rest.
type Keeper struct {
	head []byte
	size int64
	most int  // bytes that are kept; 0: exchange.MaxBody
	gap  bool // what is kept has a hole, so it ends there
	lent bool // head is memory of the caller
	memo *Memo
}

// Borrow lets k, which must be new, use the memory of b until Return is called,
// so that it need not grow its own.
func (k *Keeper) Borrow(b []byte) { k.head, k.lent = b[:0], b != nil }

// Return gives back the memory that was lent; nil: none was. Bodies that k
// returned stay as they are. k keeps nothing.
func (k *Keeper) Return() []byte {
	if !k.lent {
		return nil
	}
	b := k.head
	k.head, k.lent = nil, false
	return b[:0]
}

// Share lets k look for its body in m: what Body returns may then be shared with
// others and must not be changed.
func (k *Keeper) Share(m *Memo) { k.memo = m }

// Keep bounds what is kept to n bytes, at most [exchange.MaxBody].
func (k *Keeper) Keep(n int) { k.most = n }

func (k *Keeper) limit() int {
	if k.most > 0 {
		return min(k.most, exchange.MaxBody)
	}
	return exchange.MaxBody
}

// Write takes the next bytes of content. It never fails.
func (k *Keeper) Write(data []byte) (int, error) {
	k.size += int64(len(data))
	if room := k.limit() - len(k.head); room > 0 && !k.gap {
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
	b := exchange.Body{Size: k.size, Media: strings.Trim(h.Value("Content-Type"), " \t\r\n")}
	list := append(codings(h), f.Codings...)
	switch {
	case k.memo != nil:
		b.Head, b.Kept = k.memo.decode(k.head, list, other, k.limit())
	case k.lent:
		b.Head, b.Kept = decodeApart(k.head, list, other, k.limit())
	default:
		b.Head, b.Kept = decode(k.head, list, other, k.limit())
	}
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
// It reports false if nothing can be made of it. The result may be packed itself.
func Decode(packed []byte, codings []string, other Decoder) ([]byte, bool) {
	return decode(packed, codings, other, exchange.MaxBody)
}

func decode(packed []byte, codings []string, other Decoder, limit int) ([]byte, bool) {
	if len(codings) > maxCodings {
		return nil, false
	}
	for i := len(codings) - 1; i >= 0 && len(packed) > 0; i-- {
		var ok bool
		switch c := codings[i]; c {
		case "gzip", "x-gzip", "deflate":
			packed, ok = inflate(packed, c == "deflate", limit)
		default:
			packed, ok = undo(c, packed, other, limit)
		}
		if !ok {
			return nil, false
		}
	}
	return packed, true
}

func undo(coding string, packed []byte, other Decoder, limit int) ([]byte, bool) {
	if other == nil {
		return nil, false
	}
	out := other(coding, packed, limit)
	return out[:min(len(out), limit)], out != nil
}

// An inflater is what undoing gzip and deflate takes. A new one costs some 100
// KiB, more than most bodies hold, so they are used again.
type inflater struct {
	in   bytes.Reader
	gzip gzip.Reader
	zlib io.ReadCloser // with [zlib.Resetter]
	bare io.ReadCloser // with [flate.Resetter]
	out  []byte
}

var inflaters = sync.Pool{New: func() any { return &inflater{out: make([]byte, exchange.MaxBody)} }}

func inflate(packed []byte, deflate bool, limit int) ([]byte, bool) {
	f := inflaters.Get().(*inflater)
	defer inflaters.Put(f)
	defer f.in.Reset(nil)
	r, err := f.reader(packed, deflate)
	if err != nil {
		return nil, false
	}
	n, err := io.ReadFull(r, f.out[:limit])
	if n == 0 && err != io.EOF && err != io.ErrUnexpectedEOF {
		return nil, false
	}
	return bytes.Clone(f.out[:n]), true
}

// reader returns what undoes one coding of packed.
func (f *inflater) reader(packed []byte, deflate bool) (io.Reader, error) {
	f.in.Reset(packed)
	if !deflate {
		return &f.gzip, f.gzip.Reset(&f.in)
	}
	// Meant to be zlib; many send it without its frame.
	var err error
	if f.zlib == nil {
		f.zlib, err = zlib.NewReader(&f.in)
	} else {
		err = f.zlib.(zlib.Resetter).Reset(&f.in, nil)
	}
	if err == nil {
		return f.zlib, nil
	}
	f.in.Reset(packed)
	if f.bare == nil {
		f.bare = flate.NewReader(&f.in)
		return f.bare, nil
	}
	return f.bare, f.bare.(flate.Resetter).Reset(&f.in, nil)
}
