package packet

import (
	"encoding/binary"
	"io"
	"math"
)

// An iface is an interface of pcapng.
type iface struct {
	link   uint16
	snap   uint32
	units  uint64 // of time, per second; 0: cannot be used
	offset int64  // seconds
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
		h, err := f.w.peek(12)
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
		f.fill(fr, i.link, 0, b[4:4+length], size)
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

// time returns the time of a packet; 0 if nobody can tell.
func (i *iface) time(t uint64) instant {
	if i.units == 0 {
		return 0
	}
	sec := int64(t/i.units) + i.offset
	return instantAt(sec, int64(float64(t%i.units)/float64(i.units)*1e9+.5))
}
