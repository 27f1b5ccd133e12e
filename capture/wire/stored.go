package wire

import (
	"bufio"
	"errors"
	"io"

	"github.com/why401/why401/internal/exchange"
)

// StoredRequest reads a request that a tool kept as it went over the wire, to the
// end of r. A head that breaks off is returned as far as it goes; the error is
// that of r or of a head that is none. other may be nil.
func StoredRequest(r io.Reader, other Decoder) (exchange.Request, *Head, error) {
	b := bufio.NewReader(r)
	h, err := storedHead(b, ParseRequest)
	if err != nil {
		return exchange.Request{}, nil, err
	}
	q := h.Request()
	q.Body, err = storedBody(b, q.Header, RequestBody(&q), other)
	return q, h, err
}

// StoredResponse is [StoredRequest] for the response to a request with this
// method.
func StoredResponse(r io.Reader, method string, other Decoder) (*exchange.Response, *Head, error) {
	b := bufio.NewReader(r)
	h, err := storedHead(b, ParseResponse)
	if err != nil {
		return nil, nil, err
	}
	p := h.Response()
	p.Body, err = storedBody(b, p.Header, ResponseBody(method, p), other)
	return p, h, err
}

func storedHead(b *bufio.Reader, parse func([]byte) (*Head, error)) (*Head, error) {
	raw, err := ReadHead(b, nil)
	if err != nil && !errors.Is(err, io.ErrUnexpectedEOF) {
		return nil, err
	}
	return parse(raw)
}

// storedBody reads a body to the end of r. Some tools undo the chunked coding and
// leave the field that tells of it: what is no chunk is content then.
func storedBody(r io.Reader, h exchange.Header, f Framing, other Decoder) (exchange.Body, error) {
	var k Keeper
	fr := NewFramer(f)
	plain := false
	buf := make([]byte, 32<<10)
	for {
		n, err := r.Read(buf)
		for p := buf[:n]; len(p) > 0; {
			if plain {
				_, _ = k.Write(p)
				break
			}
			used, data, bad := fr.Next(p)
			_, _ = k.Write(data)
			if bad != nil && fr.Content() == 0 && k.Size() == 0 {
				plain, f.Codings = true, nil
				continue
			}
			if used == 0 {
				break // what follows the end
			}
			p = p[used:]
		}
		if err == io.EOF {
			return k.Body(h, f, other), nil
		}
		if err != nil {
			return k.Body(h, f, other), err
		}
	}
}
