package packet

import (
	"encoding/binary"
	"errors"

	"github.com/google/gopacket"
)

// The layers that lead to TCP and UDP, for gopacket's DecodingLayerParser. The
// library has its own in gopacket/layers, but importing that fills tables of
// some 65,000 entries at the start of the program, which took longer than
// reading a HAR does: measured, 30 of 110 ms. These five are all that is needed.
var (
	layerEthernet = gopacket.RegisterLayerType(2401, gopacket.LayerTypeMetadata{Name: "Ethernet"})
	layerVLAN     = gopacket.RegisterLayerType(2402, gopacket.LayerTypeMetadata{Name: "VLAN"})
	layerLoopback = gopacket.RegisterLayerType(2403, gopacket.LayerTypeMetadata{Name: "Loopback"})
	layerIPv4     = gopacket.RegisterLayerType(2404, gopacket.LayerTypeMetadata{Name: "IPv4"})
	layerIPv6     = gopacket.RegisterLayerType(2405, gopacket.LayerTypeMetadata{Name: "IPv6"})
)

var errShort = errors.New("the header is cut off or contradicts itself")

// etherNext returns the layer that an EtherType announces.
func etherNext(kind uint16) gopacket.LayerType {
	switch kind {
	case 0x0800:
		return layerIPv4
	case 0x86dd:
		return layerIPv6
	case 0x8100, 0x88a8, 0x9100: // IEEE 802.1Q, 802.1ad, and QinQ of old
		return layerVLAN
	}
	return gopacket.LayerTypeZero
}

// ethernet is an Ethernet II header.
type ethernet struct {
	kind    uint16
	payload []byte
}

func (e *ethernet) DecodeFromBytes(b []byte, _ gopacket.DecodeFeedback) error {
	if len(b) < 14 {
		return errShort
	}
	e.kind, e.payload = binary.BigEndian.Uint16(b[12:]), b[14:]
	return nil
}
func (*ethernet) CanDecode() gopacket.LayerClass      { return layerEthernet }
func (e *ethernet) NextLayerType() gopacket.LayerType { return etherNext(e.kind) }
func (e *ethernet) LayerPayload() []byte              { return e.payload }

// vlan is a tag of IEEE 802.1Q.
type vlan struct {
	kind    uint16
	payload []byte
}

func (v *vlan) DecodeFromBytes(b []byte, _ gopacket.DecodeFeedback) error {
	if len(b) < 4 {
		return errShort
	}
	v.kind, v.payload = binary.BigEndian.Uint16(b[2:]), b[4:]
	return nil
}
func (*vlan) CanDecode() gopacket.LayerClass      { return layerVLAN }
func (v *vlan) NextLayerType() gopacket.LayerType { return etherNext(v.kind) }
func (v *vlan) LayerPayload() []byte              { return v.payload }

// loopback is the header of BSD loopback interfaces: an address family in the
// byte order of the machine that captured.
type loopback struct {
	next    gopacket.LayerType
	payload []byte
}

func (l *loopback) DecodeFromBytes(b []byte, _ gopacket.DecodeFeedback) error {
	if len(b) < 4 {
		return errShort
	}
	family := binary.LittleEndian.Uint32(b)
	if family > 0xffff {
		family = binary.BigEndian.Uint32(b)
	}
	switch family {
	case 2:
		l.next = layerIPv4
	case 10, 24, 28, 30: // AF_INET6 of Linux, NetBSD, FreeBSD, Darwin
		l.next = layerIPv6
	default:
		l.next = gopacket.LayerTypeZero
	}
	l.payload = b[4:]
	return nil
}
func (*loopback) CanDecode() gopacket.LayerClass      { return layerLoopback }
func (l *loopback) NextLayerType() gopacket.LayerType { return l.next }
func (l *loopback) LayerPayload() []byte              { return l.payload }

// ipv4 is an IPv4 header (RFC 791, section 3.1).
type ipv4 struct {
	ttl, proto uint8
	id         uint16
	more       bool
	offset     int // of the fragment, in bytes
	src, dst   [4]byte
	payload    []byte
}

func (ip *ipv4) DecodeFromBytes(b []byte, _ gopacket.DecodeFeedback) error {
	if len(b) < 20 || b[0]>>4 != 4 {
		return errShort
	}
	head, length := int(b[0]&0xf)*4, int(binary.BigEndian.Uint16(b[2:]))
	if head < 20 || head > len(b) || length != 0 && length < head {
		return errShort
	}
	if length != 0 && length < len(b) { // 0: the network card cuts the segment itself
		b = b[:length] // what follows is padding of the frame
	}
	flags := binary.BigEndian.Uint16(b[6:])
	*ip = ipv4{
		ttl: b[8], proto: b[9], id: binary.BigEndian.Uint16(b[4:]),
		more: flags&0x2000 != 0, offset: int(flags&0x1fff) * 8, payload: b[head:],
	}
	copy(ip.src[:], b[12:16])
	copy(ip.dst[:], b[16:20])
	return nil
}
func (*ipv4) CanDecode() gopacket.LayerClass    { return layerIPv4 }
func (*ipv4) NextLayerType() gopacket.LayerType { return gopacket.LayerTypeZero }
func (ip *ipv4) LayerPayload() []byte           { return ip.payload }

// ipv6 is the fixed header of IPv6 (RFC 8200, section 3).
type ipv6 struct {
	hops, next uint8
	src, dst   [16]byte
	payload    []byte
}

func (ip *ipv6) DecodeFromBytes(b []byte, _ gopacket.DecodeFeedback) error {
	if len(b) < 40 || b[0]>>4 != 6 {
		return errShort
	}
	if length := 40 + int(binary.BigEndian.Uint16(b[4:])); length != 40 && length < len(b) {
		b = b[:length]
	}
	*ip = ipv6{hops: b[7], next: b[6], payload: b[40:]}
	copy(ip.src[:], b[8:24])
	copy(ip.dst[:], b[24:40])
	return nil
}
func (*ipv6) CanDecode() gopacket.LayerClass    { return layerIPv6 }
func (*ipv6) NextLayerType() gopacket.LayerType { return gopacket.LayerTypeZero }
func (ip *ipv6) LayerPayload() []byte           { return ip.payload }

// tcp is a TCP header (RFC 9293, section 3.1).
type tcp struct {
	src, dst            uint16
	seq, ack            uint32
	syn, fin, rst, ackd bool
	payload             []byte
}

// read takes a segment and reports whether it has a whole header.
func (t *tcp) read(b []byte) bool {
	if len(b) < 20 {
		return false
	}
	head := int(b[12]>>4) * 4
	if head < 20 || head > len(b) {
		return false
	}
	f := b[13]
	*t = tcp{
		src: binary.BigEndian.Uint16(b), dst: binary.BigEndian.Uint16(b[2:]),
		seq: binary.BigEndian.Uint32(b[4:]), ack: binary.BigEndian.Uint32(b[8:]),
		fin: f&1 != 0, syn: f&2 != 0, rst: f&4 != 0, ackd: f&16 != 0, payload: b[head:],
	}
	return true
}
