package wire

// Types of TLS records (RFC 8446, section 5.1; RFC 6520).
const (
	RecordCCS         = 20 // change_cipher_spec
	RecordAlert       = 21
	RecordHandshake   = 22
	RecordApplication = 23
	RecordHeartbeat   = 24
)

// Types of handshake messages (RFC 8446, section 4; RFC 5246, section 7.4).
const (
	MessageClientHello         = 1
	MessageServerHello         = 2
	MessageNewSessionTicket    = 4
	MessageEncryptedExtensions = 8
	MessageCertificate         = 11
	MessageServerKeyExchange   = 12
	MessageCertificateRequest  = 13
	MessageServerHelloDone     = 14
	MessageCertificateVerify   = 15
	MessageClientKeyExchange   = 16
	MessageFinished            = 20
	MessageKeyUpdate           = 24
)

// sslClientHello is the type of a ClientHello in the form of SSL 2.
const sslClientHello = 1

// A Record is one TLS record.
type Record struct {
	Type     uint8
	Version  uint16 // of the record layer; rarely that of the connection
	Fragment []byte // part of the input; encrypted or not
}

// ParseRecord takes one record off b and returns how many bytes it has; 0: more
// are needed. The error is an [*Error] if b does not start with a record.
func ParseRecord(b []byte) (r Record, n int, err error) {
	switch {
	case len(b) > 0 && (b[0] < RecordCCS || b[0] > RecordHeartbeat):
		return r, 0, &Error{0, "not the type of a TLS record"}
	case len(b) > 1 && b[1] != 3:
		return r, 0, &Error{1, "not the version of a TLS record"}
	case len(b) < 5:
		return r, 0, nil
	}
	size := int(b[3])<<8 | int(b[4])
	if size > maxRecord {
		return r, 0, &Error{3, "a TLS record that is too long"}
	}
	if len(b) < 5+size {
		return r, 0, nil
	}
	return Record{b[0], uint16(b[1])<<8 | uint16(b[2]), b[5 : 5+size]}, 5 + size, nil
}

// Messages puts handshake messages together from the fragments of records: one
// message may span several records, one record may hold several messages.
type Messages struct {
	buf     []byte
	skip    int // bytes of a message that is too long
	skipped int
}

// Add takes the fragment of the next handshake record and calls yield for each
// message that ends in it. body is valid during the call.
func (m *Messages) Add(fragment []byte, yield func(kind uint8, body []byte)) {
	for len(fragment) > 0 {
		if m.skip > 0 {
			n := min(m.skip, len(fragment))
			m.skip -= n
			fragment = fragment[n:]
			continue
		}
		if len(m.buf) == 0 { // the usual case: nothing is copied
			if n, ok := m.whole(fragment); ok {
				yield(fragment[0], fragment[4:n])
				fragment = fragment[n:]
				continue
			}
		}
		if len(m.buf) < 4 {
			n := min(4-len(m.buf), len(fragment))
			m.buf = append(m.buf, fragment[:n]...)
			fragment = fragment[n:]
			if len(m.buf) < 4 {
				return
			}
		}
		size := 4 + messageSize(m.buf)
		if size > maxMessage {
			m.skip = size - 4
			m.skipped++
			m.buf = m.buf[:0]
			continue
		}
		n := min(size-len(m.buf), len(fragment))
		m.buf = append(m.buf, fragment[:n]...)
		fragment = fragment[n:]
		if len(m.buf) == size {
			yield(m.buf[0], m.buf[4:])
			m.buf = m.buf[:0]
		}
	}
}

// whole returns the length of the message that b starts with, and whether all of
// it is there.
func (m *Messages) whole(b []byte) (int, bool) {
	if len(b) < 4 {
		return 0, false
	}
	n := 4 + messageSize(b)
	return n, n <= len(b) && n <= maxMessage
}

func messageSize(b []byte) int { return int(b[1])<<16 | int(b[2])<<8 | int(b[3]) }

// Pending reports whether a message has begun and not ended.
func (m *Messages) Pending() bool { return len(m.buf) > 0 || m.skip > 0 }

// Skipped returns the number of messages that were too long to be kept.
func (m *Messages) Skipped() int { return m.skipped }

// A cursor takes numbers and vectors off a message. Beyond the end everything is
// zero, and short is set.
type cursor struct {
	b     []byte
	short bool
}

func (c *cursor) take(n int) []byte {
	if n > len(c.b) {
		c.b, c.short = nil, true
		return nil
	}
	v := c.b[:n:n]
	c.b = c.b[n:]
	return v
}

func (c *cursor) number(size int) int {
	n := 0
	for _, b := range c.take(size) {
		n = n<<8 | int(b)
	}
	return n
}

func (c *cursor) u8() uint8   { return uint8(c.number(1)) }
func (c *cursor) u16() uint16 { return uint16(c.number(2)) }

// vector takes a vector whose length is a number of the given size. Of one that
// is cut short it gives what there is.
func (c *cursor) vector(size int) cursor {
	n := c.number(size)
	if n > len(c.b) {
		rest := c.b
		c.b, c.short = nil, true
		return cursor{b: rest}
	}
	return cursor{b: c.take(n)}
}

// list reads the rest as numbers of two bytes.
func (c *cursor) list(limit int) []uint16 {
	n := min(len(c.b)/2, limit)
	if n == 0 {
		return nil
	}
	l := make([]uint16, n)
	for i := range l {
		l[i] = c.u16()
	}
	return l
}

func text(b []byte) string { return string(b[:min(len(b), maxText)]) }
