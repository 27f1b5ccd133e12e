// Package packettest builds packet captures for tests: packets byte by byte, and
// real connections whose bytes are put into packets. It reads nothing, so that
// what it builds can be held against what other packages read.
package packettest

import (
	"bytes"
	"encoding/binary"
	"net/netip"
	"strings"
	"time"
)

// Epoch is when captures begin.
var Epoch = time.Date(2026, time.September, 14, 9, 30, 0, 0, time.UTC)

// An End is one end of a connection, with an IPv4 or IPv6 address.
type End = netip.AddrPort

// The ends that most tests want.
var (
	Laptop     = netip.MustParseAddrPort("10.20.0.5:51000")
	Server     = netip.MustParseAddrPort("203.0.113.20:80")
	NameServer = netip.MustParseAddrPort("10.20.0.53:53")
)

// At returns the same host at another port.
func At(e End, port uint16) End { return netip.AddrPortFrom(e.Addr(), port) }

// Flags of TCP.
const (
	FIN = 1
	SYN = 2
	RST = 4
	ACK = 16
)

// A Trace collects packets for a capture file. The zero value is ready.
type Trace struct {
	Packets [][]byte
	Times   []time.Duration // since Start
	Now     time.Duration
	Start   time.Time // zero: [Epoch]
}

// IP wraps a payload in IP and Ethernet.
func IP(from, to End, proto, ttl uint8, payload []byte) []byte {
	b := make([]byte, 14, 54+len(payload))
	if from.Addr().Is4() {
		binary.BigEndian.PutUint16(b[12:], 0x0800)
		h := make([]byte, 12)
		h[0], h[8], h[9] = 0x45, ttl, proto
		binary.BigEndian.PutUint16(h[2:], uint16(20+len(payload)))
		b = append(b, h...)
	} else {
		binary.BigEndian.PutUint16(b[12:], 0x86dd)
		h := make([]byte, 8)
		h[0], h[6], h[7] = 0x60, proto, ttl
		binary.BigEndian.PutUint16(h[4:], uint16(len(payload)))
		b = append(b, h...)
	}
	b = append(b, from.Addr().AsSlice()...)
	b = append(b, to.Addr().AsSlice()...)
	return append(b, payload...)
}

// TCP makes a packet of TCP.
func TCP(from, to End, seq, ack uint32, flags, ttl uint8, payload []byte) []byte {
	h := make([]byte, 20, 20+len(payload))
	binary.BigEndian.PutUint16(h, from.Port())
	binary.BigEndian.PutUint16(h[2:], to.Port())
	binary.BigEndian.PutUint32(h[4:], seq)
	binary.BigEndian.PutUint32(h[8:], ack)
	h[12], h[13] = 5<<4, flags
	return IP(from, to, 6, ttl, append(h, payload...))
}

// Add adds a packet, a millisecond after the one before.
func (t *Trace) Add(p []byte) {
	t.Now += time.Millisecond
	t.Packets, t.Times = append(t.Packets, p), append(t.Times, t.Now)
}

// UDP adds a packet of UDP.
func (t *Trace) UDP(from, to End, payload []byte) {
	h := make([]byte, 8, 8+len(payload))
	binary.BigEndian.PutUint16(h, from.Port())
	binary.BigEndian.PutUint16(h[2:], to.Port())
	binary.BigEndian.PutUint16(h[4:], uint16(8+len(payload)))
	t.Add(IP(from, to, 17, 64, append(h, payload...)))
}

// Lookup adds a query for a name, and unless rcode is negative an answer with it
// and with addresses.
func (t *Trace) Lookup(name string, rcode int, addrs ...string) {
	client := At(Laptop, 40000)
	t.UDP(client, NameServer, DNS(name, 0))
	if rcode >= 0 {
		t.UDP(NameServer, client, DNS(name, 0x8180|uint16(rcode), addrs...))
	}
}

// DNS makes a query for the address of a name, or an answer.
func DNS(name string, flags uint16, addrs ...string) []byte {
	b := make([]byte, 12)
	binary.BigEndian.PutUint16(b[2:], flags)
	b[5], b[7] = 1, byte(len(addrs))
	for l := range strings.SplitSeq(name, ".") {
		b = append(append(b, byte(len(l))), l...)
	}
	b = append(b, 0, 0, 1, 0, 1)
	for _, s := range addrs {
		a := netip.MustParseAddr(s)
		kind := byte(1)
		if a.Is6() {
			kind = 28
		}
		b = append(b, 0xc0, 12, 0, kind, 0, 1, 0, 0, 0, 60, 0, byte(a.BitLen()/8))
		b = append(b, a.AsSlice()...)
	}
	return b
}

// A Dialog is a TCP connection being built: 0 is its client, 1 its server.
type Dialog struct {
	T    *Trace
	Ends [2]End
	Seq  [2]uint32
	MSS  int
	Shut bool // nothing is added any more
}

// Dial starts a connection. isn is the first sequence number of the client.
func (t *Trace) Dial(client, server End, isn uint32) *Dialog {
	return &Dialog{T: t, Ends: [2]End{client, server}, Seq: [2]uint32{isn, isn + 1<<31}, MSS: 1400}
}

// Flags adds a packet of one side without a payload.
func (d *Dialog) Flags(side int, flags uint8) {
	var ack uint32
	if flags&ACK != 0 {
		ack = d.Seq[1-side]
	}
	d.T.Add(TCP(d.Ends[side], d.Ends[1-side], d.Seq[side], ack, flags, 64, nil))
	if flags&(SYN|FIN) != 0 {
		d.Seq[side]++
	}
}

// Open adds the three packets by which connections begin.
func (d *Dialog) Open() *Dialog {
	d.Flags(0, SYN)
	d.Flags(1, SYN|ACK)
	d.Flags(0, ACK)
	return d
}

// Send adds bytes of one side.
func (d *Dialog) Send(side int, s string) *Dialog {
	for len(s) > 0 {
		n := min(len(s), d.MSS)
		d.T.Add(TCP(d.Ends[side], d.Ends[1-side], d.Seq[side], d.Seq[1-side], ACK, 64, []byte(s[:n])))
		d.Seq[side] += uint32(n)
		s = s[n:]
	}
	return d
}

// Ask adds bytes of the client.
func (d *Dialog) Ask(s string) *Dialog { return d.Send(0, s) }

// Answer adds bytes of the server.
func (d *Dialog) Answer(s string) *Dialog { return d.Send(1, s) }

// Close adds the packets by which connections end.
func (d *Dialog) Close() {
	d.Flags(1, FIN|ACK)
	d.Flags(0, FIN|ACK)
	d.Flags(1, ACK)
}

// PCAP returns the packets as a classic capture file.
func (t *Trace) PCAP() []byte {
	var b bytes.Buffer
	head := make([]byte, 24)
	binary.LittleEndian.PutUint32(head, 0xa1b2c3d4)
	binary.LittleEndian.PutUint16(head[4:], 2)
	binary.LittleEndian.PutUint16(head[6:], 4)
	binary.LittleEndian.PutUint32(head[16:], 262144)
	binary.LittleEndian.PutUint32(head[20:], 1) // Ethernet
	b.Write(head)
	for i, p := range t.Packets {
		at := t.time(i)
		h := make([]byte, 16)
		binary.LittleEndian.PutUint32(h, uint32(at.Unix()))
		binary.LittleEndian.PutUint32(h[4:], uint32(at.Nanosecond()/1000))
		binary.LittleEndian.PutUint32(h[8:], uint32(len(p)))
		binary.LittleEndian.PutUint32(h[12:], uint32(len(p)))
		b.Write(h)
		b.Write(p)
	}
	return b.Bytes()
}

func (t *Trace) time(i int) time.Time {
	if t.Start.IsZero() {
		return Epoch.Add(t.Times[i])
	}
	return t.Start.Add(t.Times[i])
}

// PCAPNG returns the packets as pcapng in little-endian order, with a key log in
// it as dumpcap and editcap put it there; "": none.
func (t *Trace) PCAPNG(keyLog string) []byte {
	var b bytes.Buffer
	o := binary.LittleEndian
	block := func(kind uint32, body []byte) {
		h := make([]byte, 8)
		o.PutUint32(h, kind)
		o.PutUint32(h[4:], uint32(12+(len(body)+3)&^3))
		b.Write(h)
		b.Write(body)
		b.Write(make([]byte, -len(body)&3))
		b.Write(h[4:])
	}
	section := make([]byte, 16)
	o.PutUint32(section, 0x1a2b3c4d)
	o.PutUint16(section[4:], 1)
	o.PutUint64(section[8:], 1<<64-1)
	block(0x0a0d0d0a, section)
	face := make([]byte, 8)
	o.PutUint16(face, 1)
	block(1, face)
	if keyLog != "" {
		h := make([]byte, 8)
		o.PutUint32(h, 0x544c534b)
		o.PutUint32(h[4:], uint32(len(keyLog)))
		block(10, append(h, keyLog...))
	}
	for i, p := range t.Packets {
		h := make([]byte, 20)
		ticks := uint64(t.time(i).UnixMicro())
		o.PutUint32(h[4:], uint32(ticks>>32))
		o.PutUint32(h[8:], uint32(ticks))
		o.PutUint32(h[12:], uint32(len(p)))
		o.PutUint32(h[16:], uint32(len(p)))
		block(6, append(h, p...))
	}
	return b.Bytes()
}
