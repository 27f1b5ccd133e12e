package packet

import (
	"encoding/binary"
	"slices"
	"strconv"
	"strings"

	"golang.org/x/net/http2/hpack"

	"github.com/why401/why401/internal/exchange"
)

// Types of frames of HTTP/2 (RFC 9113, section 6).
const (
	frameData         = 0
	frameHeaders      = 1
	frameRSTStream    = 3
	framePushPromise  = 5
	frameGoAway       = 7
	frameContinuation = 9
)

// Flags of frames.
const (
	flagEndStream  = 1
	flagEndHeaders = 4
	flagPadded     = 8
	flagPriority   = 32
)

// http2 reads the two directions of HTTP/2.
type http2 struct {
	c       *conn
	ctx     around
	sides   [2]h2side
	streams map[uint32]*flight
	order   []uint32
	code    string // of the error with which the server ends the connection
}

// An h2side is one direction.
type h2side struct {
	preface int // bytes of the preface of the client that are still due
	head    [9]byte
	headed  int
	payload []byte
	left    int // of the payload of the frame
	inFrame bool
	pad     int // of a DATA frame; -1: its length is still due
	at      mark

	dec   *hpack.Decoder
	list  []hpack.HeaderField
	size  int
	block []byte
	id    uint32 // of the stream whose block goes on; 0: none
	ends  bool
	push  bool
	began mark
	lost  bool
}

func newHTTP2(c *conn, ctx around) *http2 {
	h := &http2{c: c, ctx: ctx, streams: map[uint32]*flight{}}
	h.sides[0].preface = len("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n")
	for i := range h.sides {
		s := &h.sides[i]
		s.dec = hpack.NewDecoder(4096, func(f hpack.HeaderField) {
			if s.size += len(f.Name) + len(f.Value) + 32; s.size <= maxHeaderList {
				s.list = append(s.list, f)
			}
		})
		s.dec.SetAllowedMaxDynamicTableSize(maxTable)
		s.dec.SetMaxStringLength(maxHeaderList)
	}
	return h
}

// upgraded is what follows an upgrade from HTTP/1: the answer to f comes on
// stream 1.
func upgraded(c *conn, ctx around, f *flight) *http2 {
	h := newHTTP2(c, ctx)
	f.response, f.answered, f.sent = nil, false, true
	h.streams[1], h.order = f, []uint32{1}
	return h
}

func (h *http2) data(from exchange.Side, p []byte, at mark) {
	s := &h.sides[index(from)]
	for len(p) > 0 && !s.lost {
		switch {
		case s.preface > 0:
			n := min(s.preface, len(p))
			s.preface -= n
			p = p[n:]
		case !s.inFrame:
			if s.headed == 0 {
				s.at = at
			}
			n := copy(s.head[s.headed:], p)
			s.headed += n
			p = p[n:]
			if s.headed == len(s.head) {
				h.start(from, s)
			}
		case s.head[3] == frameData:
			n := min(s.left, len(p))
			h.content(from, s, p[:n], at)
			s.left -= n
			p = p[n:]
		default:
			n := min(s.left, len(p))
			s.payload = append(s.payload, p[:n]...)
			s.left -= n
			p = p[n:]
		}
		if s.inFrame && s.left == 0 && !s.lost {
			s.inFrame = false
			h.frame(from, s, at)
			s.payload = s.payload[:0]
		}
	}
}

func (s *h2side) stream() uint32 { return binary.BigEndian.Uint32(s.head[5:]) &^ (1 << 31) }

// start judges the header of a frame.
func (h *http2) start(from exchange.Side, s *h2side) {
	s.headed, s.inFrame = 0, true
	s.left = int(s.head[0])<<16 | int(s.head[1])<<8 | int(s.head[2])
	s.pad = 0
	if s.head[4]&flagPadded != 0 {
		s.pad = -1
	}
	if s.head[3] != frameData && s.left > maxHeaderList || s.id != 0 && s.head[3] != frameContinuation {
		h.lose(s)
	}
}

func (h *http2) lose(s *h2side) {
	s.lost = true
	s.payload, s.block, s.list = nil, nil, nil
	for _, f := range h.streams {
		f.lost = true
	}
}

// content takes bytes of a DATA frame.
func (h *http2) content(from exchange.Side, s *h2side, p []byte, at mark) {
	left := s.left
	if s.pad < 0 && len(p) > 0 {
		s.pad = int(p[0])
		p = p[1:]
		left--
	}
	if real := max(left-s.pad, 0); s.pad > 0 && len(p) > real {
		p = p[:real]
	}
	f := h.streams[s.stream()]
	if f == nil || len(p) == 0 {
		return
	}
	if from == exchange.Client {
		_, _ = f.body.Write(p)
	} else {
		_, _ = f.content.Write(p)
		f.last = at.at
	}
}

// frame takes a frame that is whole.
func (h *http2) frame(from exchange.Side, s *h2side, at mark) {
	flags, p := s.head[4], s.payload
	switch s.head[3] {
	case frameData:
		if flags&flagEndStream != 0 {
			h.ended(from, s.stream())
		}
	case frameHeaders, framePushPromise:
		if flags&flagPadded != 0 {
			if len(p) == 0 || int(p[0]) >= len(p) {
				h.lose(s)
				return
			}
			p = p[1 : len(p)-int(p[0])]
		}
		skip := 0
		s.push = s.head[3] == framePushPromise
		if s.push {
			skip = 4
		} else if flags&flagPriority != 0 {
			skip = 5
		}
		if len(p) < skip {
			h.lose(s)
			return
		}
		s.id, s.began, s.ends = s.stream(), s.at, flags&flagEndStream != 0 && !s.push
		s.block = append(s.block[:0], p[skip:]...)
		if flags&flagEndHeaders != 0 {
			h.headers(from, s, at)
		}
	case frameContinuation:
		if s.id == 0 || s.id != s.stream() || len(s.block)+len(p) > maxHeaderList {
			h.lose(s)
			return
		}
		s.block = append(s.block, p...)
		if flags&flagEndHeaders != 0 {
			h.headers(from, s, at)
		}
	case frameRSTStream:
		if len(p) == 4 {
			h.reset(from, s.stream(), binary.BigEndian.Uint32(p))
		}
	case frameGoAway:
		if len(p) >= 8 && from == exchange.Server {
			h.goAway(binary.BigEndian.Uint32(p)&^(1<<31), binary.BigEndian.Uint32(p[4:]))
		}
	}
}

// h2Errors are the names of error codes (RFC 9113, section 7), as browsers call
// them.
var h2Errors = [...]string{
	"", "ERR_HTTP2_PROTOCOL_ERROR", "ERR_HTTP2_INTERNAL_ERROR", "ERR_HTTP2_FLOW_CONTROL_ERROR", "ERR_HTTP2_SETTINGS_TIMEOUT",
	"ERR_HTTP2_STREAM_CLOSED", "ERR_HTTP2_FRAME_SIZE_ERROR", "ERR_HTTP2_REFUSED_STREAM", "ERR_HTTP2_CANCEL",
	"ERR_HTTP2_COMPRESSION_ERROR", "ERR_HTTP2_CONNECT_ERROR", "ERR_HTTP2_ENHANCE_YOUR_CALM",
	"ERR_HTTP2_INADEQUATE_TRANSPORT_SECURITY", "ERR_HTTP_1_1_REQUIRED",
}

// h2Error names an error code; "": it is none.
func h2Error(code uint32) string {
	if int64(code) >= int64(len(h2Errors)) {
		return "ERR_HTTP2_UNKNOWN_ERROR"
	}
	return h2Errors[code]
}

// goAway ends the streams after last: the server did not look at them. The client
// may try them again elsewhere, so without an error code they did not fail.
func (h *http2) goAway(last, code uint32) {
	if h.code = h2Error(code); h.code == "" {
		for id, f := range h.streams {
			f.lost = f.lost || id > last
		}
	}
}

// headers takes a header block that is whole.
func (h *http2) headers(from exchange.Side, s *h2side, at mark) {
	id := s.id
	s.id, s.list, s.size = 0, nil, 0
	if _, err := s.dec.Write(s.block); err != nil {
		h.lose(s)
		return
	}
	if s.dec.Close() != nil {
		h.lose(s)
		return
	}
	if s.push || id == 0 {
		return
	}
	f := h.streams[id]
	if f == nil {
		if len(h.streams) >= maxStreams {
			h.c.r.overflow++
			return
		}
		f = h.c.r.flight()
		h.streams[id], h.order = f, append(h.order, id)
	}
	if from == exchange.Client {
		if f.slot == nil { // else these are trailers
			h.request(f, s)
		}
	} else if f.response == nil {
		h.response(f, s)
		f.last = at.at
	}
	if s.ends {
		h.ended(from, id)
	}
}

// fields returns the fields of a header block but for the pseudo ones, which
// pseudo gets. The crumbs of a cookie are put together (RFC 9113, section 8.2.3).
func fields(list []hpack.HeaderField, pseudo func(name, value string)) exchange.Header {
	var out exchange.Header
	for _, f := range list {
		if strings.HasPrefix(f.Name, ":") {
			pseudo(f.Name, f.Value)
			continue
		}
		if i := out.Index("cookie"); i >= 0 && f.Name == "cookie" {
			out[i].Value += "; " + f.Value
			out[i].Joined = true
			continue
		}
		out = append(out, exchange.Field{Name: f.Name, Value: f.Value})
	}
	return out
}

func (h *http2) request(f *flight, s *h2side) {
	var method, scheme, authority, path string
	header := fields(s.list, func(name, value string) {
		switch name {
		case ":method":
			method = value
		case ":scheme":
			scheme = value
		case ":authority":
			authority = value
		case ":path":
			path = value
		}
	})
	if authority == "" {
		authority = header.Value("host")
	}
	f.slot, f.begun, f.method = h.c.r.begin(s.began), s.began, method
	f.request = exchange.Request{Method: method, Proto: "h2", Header: header}
	f.url = scheme + "://" + authority + path
	if method == "CONNECT" {
		f.url = authority
	}
	h.c.app.exchanges++
}

func (h *http2) response(f *flight, s *h2side) {
	status := 0
	header := fields(s.list, func(name, value string) {
		if name == ":status" && len(value) == 3 {
			status, _ = strconv.Atoi(value)
		}
	})
	if status < 200 {
		return
	}
	f.reply = exchange.Response{Status: status, Proto: "h2", Header: header}
	f.response = &f.reply
	f.content.Borrow(h.c.r.buffer())
	f.content.Share(&h.c.r.bodies)
	f.content.Keep(h.c.r.worth(f))
}

// ended marks one direction of a stream as whole.
func (h *http2) ended(from exchange.Side, id uint32) {
	f := h.streams[id]
	if f == nil {
		return
	}
	if from == exchange.Client {
		f.sent = true
	} else if f.response != nil {
		f.answered = true
	}
	if f.sent && f.answered {
		h.yield(id, f)
	}
}

// reset ends a stream by force.
func (h *http2) reset(from exchange.Side, id uint32, code uint32) {
	f := h.streams[id]
	if f == nil || f.slot == nil {
		return
	}
	switch {
	case f.response != nil: // the server did not want the rest of the request
	case from == exchange.Server:
		f.broken, f.code = true, h2Error(code)
	default:
		f.lost = true // the client gave up
	}
	h.yield(id, f)
}

func (h *http2) yield(id uint32, f *flight) {
	delete(h.streams, id)
	if i := slices.Index(h.order, id); i >= 0 {
		h.order = slices.Delete(h.order, i, i+1)
	}
	if f.slot == nil { // nobody asked for it
		h.c.r.giveBack(f.content.Return())
		return
	}
	if f.code == "" {
		f.code = h.code
	}
	h.c.r.fill(f.slot, f.complete(h.c, &h.ctx, false))
	h.c.r.land(f)
}

func (h *http2) gap(from exchange.Side, n int64, _ mark) {
	s := &h.sides[index(from)]
	if s.lost {
		return
	}
	if s.inFrame && s.head[3] == frameData && s.pad >= 0 && n < int64(s.left) {
		s.left -= int(n)
		if f := h.streams[s.stream()]; f != nil {
			if from == exchange.Client {
				f.body.Skip(n)
			} else {
				f.content.Skip(n)
			}
		}
		return
	}
	h.lose(s)
}

func (h *http2) fin(exchange.Side, mark) {}

func (h *http2) end() {
	for len(h.order) > 0 {
		id := h.order[0]
		h.yield(id, h.streams[id])
	}
}
