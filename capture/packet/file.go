package packet

import (
	"bufio"
	"encoding/binary"
	"errors"
	"io"
	"math"
	"time"
)

// A frame is one packet of a file. Its data are valid until the next is read.
type frame struct {
	number int // as Wireshark counts, from 1
	at     time.Time
	link   uint16 // link type, as in LINKTYPE_ of tcpdump.org
	size   int    // bytes on the wire; more than len(data) if it was cut
	data   []byte
}

// errDamaged is for what cannot be the format, so that nothing that follows can
// be found.
var errDamaged = errors.New("damaged")

// A file reads pcap and pcapng.
type file struct {
	r      *bufio.Reader
	order  binary.ByteOrder
	number int
	used   int // bytes of r to be dropped before the next packet
	next   func(*frame) error

	// Of pcap.
	link   uint16
	header int // bytes before each packet
	nano   bool

	// Of pcapng.
	interfaces []iface
	secrets    func([]byte) // gets the key logs within the file
	long       []byte
	writer     string // the program that wrote the file
}

// An iface is an interface of pcapng.
type iface struct {
	link   uint16
	snap   uint32
	units  uint64 // of time, per second; 0: cannot be used
	offset int64  // seconds
}

func newFile(r io.Reader, secrets func([]byte)) (*file, error) {
	f := &file{r: bufio.NewReaderSize(r, fileBuffer), secrets: secrets}
	b, err := f.r.Peek(4)
	if err != nil {
		return nil, short(err)
	}
	if binary.BigEndian.Uint32(b) == blockSection {
		f.next = f.block
		return f, nil
	}
	f.next, f.header = f.record, 16
	switch m := binary.LittleEndian.Uint32(b); m {
	case 0xa1b2c3d4, 0xa1b23c4d, 0xa1b2cd34:
		f.order, f.nano = binary.LittleEndian, m == 0xa1b23c4d
		if m == 0xa1b2cd34 { // Kuznetzov's patch: an index and flags more
			f.header = 24
		}
	case 0xd4c3b2a1, 0x4d3cb2a1, 0x34cdb2a1:
		f.order, f.nano = binary.BigEndian, m == 0x4d3cb2a1
		if m == 0x34cdb2a1 {
			f.header = 24
		}
	default:
		return nil, errDamaged
	}
	if b, err = f.r.Peek(24); err != nil {
		return nil, short(err)
	}
	f.link = uint16(f.order.Uint32(b[20:])) // the upper bits tell of checksums
	f.used = 24
	return f, nil
}

// short turns the end of the input within something into one error.
func short(err error) error {
	if err == io.EOF {
		return io.ErrUnexpectedEOF
	}
	return err
}

// drop passes over what was handed out.
func (f *file) drop() error {
	n := f.used
	f.used = 0
	_, err := f.r.Discard(n)
	return err
}

// take returns the next n bytes, valid until the next call of drop.
func (f *file) take(n int) ([]byte, error) {
	if n > fileBuffer {
		if cap(f.long) < n {
			f.long = make([]byte, 0, n)
		}
		b := f.long[:0]
		for len(b) < n { // grows only as far as there is something
			m, err := f.r.Read(b[len(b):min(n, len(b)+fileBuffer)])
			b = b[:len(b)+m]
			if err != nil {
				return nil, short(err)
			}
		}
		return b, nil
	}
	b, err := f.r.Peek(n)
	f.used = n
	if err != nil {
		f.used = len(b)
		return b, short(err)
	}
	return b, nil
}

// read reads the next packet. The error is io.EOF at the end, and
// io.ErrUnexpectedEOF if the input ends within a packet.
func (f *file) read(fr *frame) error {
	if err := f.drop(); err != nil {
		return short(err)
	}
	return f.next(fr)
}

// record reads a packet of pcap.
func (f *file) record(fr *frame) error {
	for {
		h, err := f.r.Peek(f.header)
		if err != nil {
			if len(h) == 0 && err == io.EOF {
				return io.EOF
			}
			return short(err)
		}
		sec, frac := f.order.Uint32(h), f.order.Uint32(h[4:])
		length, size := f.order.Uint32(h[8:]), f.order.Uint32(h[12:])
		if !f.nano {
			frac *= 1000
		}
		if length > maxBlock {
			return errDamaged
		}
		f.number++
		if length > maxPacket {
			if _, err := f.r.Discard(f.header + int(length)); err != nil {
				return short(err)
			}
			continue
		}
		if f.header+int(length) > fileBuffer {
			if _, err := f.r.Discard(f.header); err != nil {
				return short(err)
			}
			b, err := f.take(int(length))
			if err != nil {
				return err
			}
			f.fill(fr, f.link, time.Unix(int64(sec), int64(frac)), b, size)
			return nil
		}
		b, err := f.take(f.header + int(length))
		if err != nil {
			return err
		}
		f.fill(fr, f.link, time.Unix(int64(sec), int64(frac)), b[f.header:], size)
		return nil
	}
}

func (f *file) fill(fr *frame, link uint16, at time.Time, data []byte, size uint32) {
	*fr = frame{f.number, at, link, max(len(data), int(min(size, maxBlock))), data}
}

// Types of blocks of pcapng (draft-ietf-opsawg-pcapng, section 4).
const (
	blockInterface = 1
	blockPacket    = 2 // obsolete
	blockSimple    = 3
	blockEnhanced  = 6
	blockSecrets   = 10
	blockSection   = 0x0a0d0d0a
)

// secretsTLS is the type of the secrets of a TLS key log: "TLSK".
const secretsTLS = 0x544c534b

// block reads blocks of pcapng up to the next packet.
func (f *file) block(fr *frame) error {
	for {
		if err := f.drop(); err != nil {
			return short(err)
		}
		h, err := f.r.Peek(12)
		if err != nil {
			if len(h) == 0 && err == io.EOF {
				return io.EOF
			}
			return short(err)
		}
		if binary.BigEndian.Uint32(h) == blockSection {
			switch binary.LittleEndian.Uint32(h[8:]) {
			case 0x1a2b3c4d:
				f.order = binary.LittleEndian
			case 0x4d3c2b1a:
				f.order = binary.BigEndian
			default:
				return errDamaged
			}
			f.interfaces = f.interfaces[:0]
		} else if f.order == nil {
			return errDamaged
		}
		kind, length := f.order.Uint32(h), f.order.Uint32(h[4:])
		if length < 12 || length%4 != 0 || length > maxBlock {
			return errDamaged
		}
		b, err := f.take(int(length))
		if err != nil {
			if kind == blockEnhanced && len(b) >= 28 {
				f.number++
			}
			return err
		}
		body := b[8 : length-4]
		packet, err := f.content(kind, body, fr)
		if err != nil || packet {
			return err
		}
	}
}

// content reads the body of a block and reports whether it is a packet that fr
// now holds.
func (f *file) content(kind uint32, b []byte, fr *frame) (bool, error) {
	u16, u32 := f.order.Uint16, f.order.Uint32
	switch kind {
	case blockSection:
		if len(b) < 16 {
			return false, errDamaged
		}
		f.options(b[16:], func(code uint16, v []byte) {
			if code == 4 && f.writer == "" && len(v) <= 128 { // shb_userappl
				f.writer = string(v)
			}
		})
	case blockInterface:
		if len(b) < 8 || len(f.interfaces) >= maxInterfaces {
			return false, errDamaged
		}
		i := iface{link: u16(b), snap: u32(b[4:]), units: 1e6}
		f.options(b[8:], i.option(f.order))
		f.interfaces = append(f.interfaces, i)
	case blockEnhanced, blockPacket:
		f.number++
		if len(b) < 20 {
			return false, errDamaged
		}
		id := u32(b)
		if kind == blockPacket {
			id = uint32(u16(b))
		}
		length := u32(b[12:])
		if uint64(length) > uint64(len(b)-20) {
			return false, errDamaged
		}
		if uint64(id) >= uint64(len(f.interfaces)) || length > maxPacket {
			return false, nil
		}
		i := &f.interfaces[id]
		f.fill(fr, i.link, i.time(uint64(u32(b[4:]))<<32|uint64(u32(b[8:]))), b[20:20+length], u32(b[16:]))
		return true, nil
	case blockSimple:
		f.number++
		if len(b) < 4 {
			return false, errDamaged
		}
		if len(f.interfaces) == 0 {
			return false, nil
		}
		i := &f.interfaces[0]
		size := u32(b)
		length := min(uint64(size), uint64(len(b)-4))
		if i.snap > 0 {
			length = min(length, uint64(i.snap))
		}
		if length > maxPacket {
			return false, nil
		}
		f.fill(fr, i.link, time.Time{}, b[4:4+length], size)
		return true, nil
	case blockSecrets:
		if len(b) >= 8 && u32(b) == secretsTLS {
			f.secrets(b[8 : 8+min(uint64(u32(b[4:])), uint64(len(b)-8))])
		}
	}
	return false, nil
}

// options calls yield for the options at the end of a block.
func (f *file) options(b []byte, yield func(code uint16, v []byte)) {
	for len(b) >= 4 {
		code, n := f.order.Uint16(b), int(f.order.Uint16(b[2:]))
		if code == 0 || 4+n > len(b) {
			return
		}
		yield(code, b[4:4+n])
		b = b[min(4+(n+3)&^3, len(b)):]
	}
}

// option takes the options of an interface that tell the time.
func (i *iface) option(order binary.ByteOrder) func(uint16, []byte) {
	return func(code uint16, v []byte) {
		switch {
		case code == 9 && len(v) == 1: // if_tsresol
			e := v[0] & 0x7f
			switch {
			case v[0]&0x80 != 0 && e < 64:
				i.units = 1 << e
			case v[0]&0x80 == 0 && e < 20:
				i.units = uint64(math.Pow10(int(e)))
			default:
				i.units = 0
			}
		case code == 14 && len(v) == 8: // if_tsoffset
			i.offset = int64(order.Uint64(v))
		}
	}
}

// time returns the time of a packet; the zero time if nobody can tell.
func (i *iface) time(t uint64) time.Time {
	if i.units == 0 {
		return time.Time{}
	}
	sec := int64(t/i.units) + i.offset
	if sec < 0 || sec > 1<<40 {
		return time.Time{}
	}
	return time.Unix(sec, int64(float64(t%i.units)/float64(i.units)*1e9+.5))
}
