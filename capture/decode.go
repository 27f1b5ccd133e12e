package capture

import (
	"bytes"
	"errors"
	"io"
	"sync"

	"github.com/andybalholm/brotli"
	"github.com/klauspost/compress/zstd"
)

// Decode undoes the content codings that the standard library does not know, br
// and zstd (RFC 9110, section 8.4.1), of the start of a body, up to limit bytes. nil:
// it is another coding, or nothing can be made of it. It may be called by several
// goroutines.
func Decode(coding string, packed []byte, limit int) []byte {
	var pool *sync.Pool
	switch coding {
	case "br":
		pool = &brotlis
	case "zstd":
		pool = &zstds
	default:
		return nil
	}
	d, _ := pool.Get().(resettable)
	if d == nil || d.Reset(bytes.NewReader(packed)) != nil {
		return nil
	}
	out, err := io.ReadAll(io.LimitReader(d, int64(limit)))
	if d.Reset(nil) == nil {
		pool.Put(d)
	}
	if len(out) == 0 && err != nil && !errors.Is(err, io.ErrUnexpectedEOF) {
		return nil
	}
	return out
}

type resettable interface {
	io.Reader
	Reset(io.Reader) error
}

// A decoder costs more to make than most bodies cost to decode.
var (
	brotlis = sync.Pool{New: func() any { return brotli.NewReader(nil) }}
	zstds   = sync.Pool{New: func() any {
		d, err := zstd.NewReader(nil, zstd.WithDecoderConcurrency(1), zstd.WithDecoderLowmem(true), zstd.WithDecoderMaxWindow(maxBodyWindow))
		if err != nil {
			return nil
		}
		return d
	}}
)
