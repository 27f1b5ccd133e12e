package packet

import (
	"encoding/binary"

	"github.com/google/gopacket"
)

// Link types (https://www.tcpdump.org/linktypes.html).
const (
	linkNull     = 0
	linkEthernet = 1
	linkRawBSD   = 12
	linkRawOpen  = 14
	linkRaw      = 101
	linkLoop     = 108
	linkSLL      = 113
	linkIPv4     = 228
	linkIPv6     = 229
	linkSLL2     = 276
)

// An address is an IP address, IPv4 as in ::ffff:0:0/96.
type address [16]byte

// A datagram is what one packet says at the level of TCP or UDP.
type datagram struct {
	from, to address
	ttl      uint8
	vni      uint32 // of VXLAN, plus 1; 0: none
	cut      int    // bytes of the payload that were not captured
	udp      bool
	src, dst uint16
	payload  []byte

	seq, ack            uint32
	syn, fin, rst, ackd bool
}

// A decoder takes packets apart down to TCP and UDP.
type decoder struct {
	eth  ethernet
	tag  vlan
	loop loopback
	ip4  ipv4
	ip6  ipv6
	tcp  tcp

	parsers [4]*gopacket.DecodingLayerParser
	decoded []gopacket.LayerType
	frag    fragments

	cuts    int // packets of which not all bytes were captured
	strange int // packets of a link type that is not known
}

// The parsers by the layer that they start with.
const (
	atEthernet = iota
	atLoopback
	atIPv4
	atIPv6
)

func newDecoder() *decoder {
	d := &decoder{decoded: make([]gopacket.LayerType, 0, 8)}
	first := [...]gopacket.LayerType{layerEthernet, layerLoopback, layerIPv4, layerIPv6}
	for i, t := range first {
		p := gopacket.NewDecodingLayerParser(t, &d.eth, &d.tag, &d.loop, &d.ip4, &d.ip6)
		p.IgnoreUnsupported = true
		d.parsers[i] = p
	}
	return d
}

// decode takes a frame apart and reports whether it holds TCP or UDP.
func (d *decoder) decode(fr *frame, g *datagram) bool {
	missing := fr.size - len(fr.data)
	if missing <= 0 && plain(fr, g) {
		return true
	}
	*g = datagram{}
	if missing > 0 {
		d.cuts++
	}
	return d.link(fr.link, fr.data, missing, g, 0)
}

// plain decodes a frame if it is what nearly all frames are: TCP in a whole
// packet of IPv4 without options, in Ethernet or the cooked form of Linux. It
// finds what the parser would. With false, g has no meaning.
func plain(fr *frame, g *datagram) bool {
	b := fr.data
	switch {
	case fr.link == linkEthernet && len(b) >= 14+20+20:
		b = b[12:]
	case fr.link == linkSLL && len(b) >= 16+20+20:
		b = b[14:]
	default:
		return false
	}
	// The EtherType, version 4 with a header of 20 bytes, TCP, and no fragment.
	if b[0] != 0x08 || b[1] != 0 || b[2] != 0x45 || b[2+9] != 6 || b[2+6]&0x3f != 0 || b[2+7] != 0 {
		return false
	}
	b = b[2:]
	length := int(binary.BigEndian.Uint16(b[2:]))
	if length < 20+20 || length > len(b) {
		return false
	}
	t := b[20:length]
	head := int(t[12]>>4) * 4
	if head < 20 || head > len(t) {
		return false
	}
	copy(g.from[:12], v4in6[:])
	copy(g.from[12:], b[12:16])
	copy(g.to[:12], v4in6[:])
	copy(g.to[12:], b[16:20])
	g.ttl, g.vni, g.cut, g.udp = b[8], 0, 0, false
	g.src, g.dst = binary.BigEndian.Uint16(t), binary.BigEndian.Uint16(t[2:])
	g.seq, g.ack = binary.BigEndian.Uint32(t[4:]), binary.BigEndian.Uint32(t[8:])
	f := t[13]
	g.fin, g.syn, g.rst, g.ackd = f&1 != 0, f&2 != 0, f&4 != 0, f&16 != 0
	g.payload = t[head:]
	return true
}

func (d *decoder) link(link uint16, b []byte, missing int, g *datagram, depth int) bool {
	switch link {
	case linkEthernet:
		return d.parse(atEthernet, b, missing, g, depth)
	case linkNull, linkLoop:
		return d.parse(atLoopback, b, missing, g, depth)
	case linkRaw, linkRawBSD, linkRawOpen, linkIPv4, linkIPv6:
		return d.raw(b, missing, g, depth)
	case linkSLL:
		if len(b) < 16 {
			return false
		}
		return d.ether(binary.BigEndian.Uint16(b[14:]), b[16:], missing, g, depth)
	case linkSLL2:
		if len(b) < 20 {
			return false
		}
		return d.ether(binary.BigEndian.Uint16(b), b[20:], missing, g, depth)
	}
	d.strange++
	return false
}

// raw takes an IP packet of either version.
func (d *decoder) raw(b []byte, missing int, g *datagram, depth int) bool {
	if len(b) == 0 {
		return false
	}
	switch b[0] >> 4 {
	case 4:
		return d.parse(atIPv4, b, missing, g, depth)
	case 6:
		return d.parse(atIPv6, b, missing, g, depth)
	}
	return false
}

// ether takes what follows an EtherType.
func (d *decoder) ether(kind uint16, b []byte, missing int, g *datagram, depth int) bool {
	for kind == 0x8100 || kind == 0x88a8 {
		if len(b) < 4 {
			return false
		}
		kind, b = binary.BigEndian.Uint16(b[2:]), b[4:]
	}
	if kind != 0x0800 && kind != 0x86dd {
		return false
	}
	return d.raw(b, missing, g, depth)
}

// parse runs the parser that starts with a layer.
func (d *decoder) parse(at int, b []byte, missing int, g *datagram, depth int) bool {
	// With an error, what was decoded before it counts.
	_ = d.parsers[at].DecodeLayers(b, &d.decoded)
	if len(d.decoded) == 0 {
		return false
	}
	switch d.decoded[len(d.decoded)-1] {
	case layerIPv4:
		ip := &d.ip4
		copy(g.from[:], v4in6[:])
		copy(g.to[:], v4in6[:])
		copy(g.from[12:], ip.src[:])
		copy(g.to[12:], ip.dst[:])
		g.ttl = ip.ttl
		payload := ip.payload
		if ip.more || ip.offset != 0 {
			if missing > 0 {
				return false
			}
			payload = d.frag.add(fragmentKey{g.from, g.to, uint32(ip.id), ip.proto}, ip.offset, ip.more, payload)
			if payload == nil {
				return false
			}
		}
		return d.transport(ip.proto, payload, missing, g, depth)
	case layerIPv6:
		ip := &d.ip6
		g.from, g.to = ip.src, ip.dst
		g.ttl = ip.hops
		return d.extended(ip.next, ip.payload, missing, g, depth)
	}
	return false
}

var v4in6 = [12]byte{10: 0xff, 11: 0xff}

// extended passes over the extension headers of IPv6 (RFC 8200, section 4).
func (d *decoder) extended(proto uint8, b []byte, missing int, g *datagram, depth int) bool {
	for range 16 {
		switch proto {
		case 0, 43, 60, 135: // options, routing, mobility
			if len(b) < 8 {
				return false
			}
			n := 8 + int(b[1])*8
			if n > len(b) {
				return false
			}
			proto, b = b[0], b[n:]
		case 51: // authentication
			if len(b) < 8 {
				return false
			}
			n := 8 + int(b[1])*4
			if n > len(b) {
				return false
			}
			proto, b = b[0], b[n:]
		case 44: // fragment
			if len(b) < 8 || missing > 0 {
				return false
			}
			at := binary.BigEndian.Uint16(b[2:])
			key := fragmentKey{g.from, g.to, binary.BigEndian.Uint32(b[4:]), b[0]}
			proto, b = b[0], d.frag.add(key, int(at&^7), at&1 != 0, b[8:])
			if b == nil {
				return false
			}
		default:
			return d.transport(proto, b, missing, g, depth)
		}
	}
	return false
}

// transport takes TCP and UDP, and what tunnels packets in them.
func (d *decoder) transport(proto uint8, b []byte, missing int, g *datagram, depth int) bool {
	switch proto {
	case 6:
		t := &d.tcp
		if !t.read(b) {
			return false
		}
		g.src, g.dst, g.seq, g.ack = t.src, t.dst, t.seq, t.ack
		g.syn, g.fin, g.rst, g.ackd = t.syn, t.fin, t.rst, t.ackd
		g.payload, g.cut = t.payload, min(missing, 1<<16)
		return true
	case 17:
		if len(b) < 8 {
			return false
		}
		g.udp, g.src, g.dst, g.payload = true, binary.BigEndian.Uint16(b), binary.BigEndian.Uint16(b[2:]), b[8:]
		if n := int(binary.BigEndian.Uint16(b[4:])); n >= 8 && n < len(b) {
			g.payload = b[8:n] // 0 is a jumbogram
		}
		if p := g.payload; g.dst == 4789 && len(p) > 8 && p[0]&8 != 0 && depth == 0 { // VXLAN
			*g = datagram{vni: 1 + (uint32(p[4])<<16 | uint32(p[5])<<8 | uint32(p[6]))}
			return d.link(linkEthernet, p[8:], missing, g, depth+1)
		}
		return missing <= 0
	case 47: // GRE
		if len(b) < 4 || b[1]&7 != 0 || depth > 0 {
			return false
		}
		n := 4
		for _, bit := range []byte{0x80, 0x20, 0x10} { // checksum, key, sequence
			if b[0]&bit != 0 {
				n += 4
			}
		}
		if n > len(b) {
			return false
		}
		kind := binary.BigEndian.Uint16(b[2:])
		*g = datagram{}
		if kind == 0x6558 {
			return d.link(linkEthernet, b[n:], missing, g, depth+1)
		}
		return d.ether(kind, b[n:], missing, g, depth+1)
	}
	return false
}
