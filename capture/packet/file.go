package packet

import (
	"encoding/binary"
	"errors"
	"io"
)

// A frame is one packet of a file. Its data are valid until the next is read.
type frame struct {
	number int // as Wireshark counts, from 1
	at     instant
	link   uint16 // link type, as in LINKTYPE_ of tcpdump.org
	size   int    // bytes on the wire; more than len(data) if it was cut
	data   []byte
}

// errDamaged is for what cannot be the format, so that nothing that follows can
// be found.
var errDamaged = errors.New("damaged")

// A file reads pcap and pcapng.
type file struct {
	w      *window
	order  binary.ByteOrder
	number int
	next   func(*frame) error
	long   []byte // a packet or block that the window is too small for

	// Of pcap.
	link   uint16
	header int  // bytes before each packet
	nano   bool // in place of microseconds
	swap   bool // numbers are big endian

	// Of pcapng.
	interfaces []iface
	secrets    func([]byte) // gets the key logs within the file
	writer     string       // the program that wrote the file
}

func newFile(r io.Reader, secrets func([]byte)) (*file, error) {
	f := &file{w: newWindow(r), secrets: secrets}
	b, err := f.w.peek(4)
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
		f.order, f.swap, f.nano = binary.BigEndian, true, m == 0x4d3cb2a1
		if m == 0x34cdb2a1 {
			f.header = 24
		}
	default:
		return nil, errDamaged
	}
	if b, err = f.w.peek(24); err != nil {
		return nil, short(err)
	}
	f.link = uint16(f.order.Uint32(b[20:])) // the upper bits tell of checksums
	return f, f.w.skip(24)
}

// short turns the end of the input within something into one error.
func short(err error) error {
	if err == io.EOF {
		return io.ErrUnexpectedEOF
	}
	return err
}

// take returns the next n bytes, valid until the next call. What there is of
// them comes with an error.
func (f *file) take(n int) ([]byte, error) {
	if n > fileBuffer {
		var err error
		f.long, err = f.w.read(f.long[:0], n)
		return f.long, short(err)
	}
	b, err := f.w.peek(n)
	f.w.at += len(b)
	return b, short(err)
}

// read fills fr with the next packet. The error is [io.EOF] at the end of the
// file, [io.ErrUnexpectedEOF] if that lies within something, and errDamaged.
func (f *file) read(fr *frame) error { return f.next(fr) }

// record reads a packet of pcap.
func (f *file) record(fr *frame) error {
	for {
		h, err := f.w.peek(f.header)
		if err != nil {
			if len(h) == 0 && err == io.EOF {
				return io.EOF
			}
			return short(err)
		}
		n := [...]uint32{
			binary.LittleEndian.Uint32(h), binary.LittleEndian.Uint32(h[4:]),
			binary.LittleEndian.Uint32(h[8:]), binary.LittleEndian.Uint32(h[12:]),
		}
		if f.swap {
			for i := range n {
				n[i] = binary.BigEndian.Uint32(h[4*i:])
			}
		}
		sec, frac, length, size := int64(n[0]), int64(n[1]), n[2], n[3]
		if !f.nano {
			frac *= 1000
		}
		if length > maxBlock {
			return errDamaged
		}
		f.number++
		if length > maxPacket {
			if err := f.w.skip(f.header + int(length)); err != nil {
				return short(err)
			}
			continue
		}
		b, err := f.take(f.header + int(length))
		if err != nil {
			return err
		}
		f.fill(fr, f.link, instantAt(sec, frac), b[f.header:], size)
		return nil
	}
}

func (f *file) fill(fr *frame, link uint16, at instant, data []byte, size uint32) {
	fr.number, fr.at, fr.link, fr.data = f.number, at, link, data
	fr.size = max(len(data), int(min(size, maxBlock)))
}
