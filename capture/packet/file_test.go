package packet

import (
	"bytes"
	"encoding/binary"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/why401/why401/internal/exchange"
	"github.com/why401/why401/internal/packettest"
)

const one = "GET http://jira.example.com/rest/api/2/myself -> 401 \"no!\" 3\n"

func story() *packettest.Trace {
	tr := &packettest.Trace{}
	tr.Dial(laptop, jira, 1).Open().Ask(get).Answer(denied).Close()
	return tr
}

// pcapng writes the packets as pcapng; each as blocks of the given kind.
func pcapngOf(t *packettest.Trace, o binary.ByteOrder, kind uint32, resol byte) []byte {
	var b bytes.Buffer
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
	block(blockSection, section)
	face := make([]byte, 20)
	o.PutUint16(face, linkEthernet)
	o.PutUint16(face[8:], 9)
	o.PutUint16(face[10:], 1)
	face[12] = resol
	block(blockInterface, face)
	block(4, []byte("names"))
	for i, p := range t.Packets {
		var h []byte
		ticks := uint64(packettest.Epoch.Add(t.Times[i]).UnixMicro())
		if resol == 9 {
			ticks *= 1000
		}
		switch kind {
		case blockEnhanced, blockPacket:
			h = make([]byte, 20)
			o.PutUint32(h[4:], uint32(ticks>>32))
			o.PutUint32(h[8:], uint32(ticks))
			o.PutUint32(h[12:], uint32(len(p)))
			o.PutUint32(h[16:], uint32(len(p)))
		case blockSimple:
			h = make([]byte, 4)
			o.PutUint32(h, uint32(len(p)))
		}
		block(kind, append(h, p...))
	}
	return b.Bytes()
}

// swapped turns the byte order of a classic capture, nanoseconds in place of
// microseconds.
func swapped(b []byte) []byte {
	out := slices.Clone(b)
	swap := func(at int) { binary.BigEndian.PutUint32(out[at:], binary.LittleEndian.Uint32(out[at:])) }
	binary.LittleEndian.PutUint32(out, 0xa1b23c4d)
	for at := 0; at < 24; at += 4 {
		swap(at)
	}
	for at := 24; at < len(b); {
		n := int(binary.LittleEndian.Uint32(b[at+8:]))
		binary.LittleEndian.PutUint32(out[at+4:], binary.LittleEndian.Uint32(b[at+4:])*1000)
		for i := range 4 {
			swap(at + 4*i)
		}
		at += 16 + n
	}
	return out
}

// TestFormats reads the same packets in all kinds of files.
func TestFormats(t *testing.T) {
	tr := story()
	for name, b := range map[string][]byte{
		"pcap":                 tr.PCAP(),
		"pcap, nano, swapped":  swapped(tr.PCAP()),
		"pcapng":               pcapngOf(tr, binary.LittleEndian, blockEnhanced, 6),
		"pcapng, big endian":   pcapngOf(tr, binary.BigEndian, blockEnhanced, 9),
		"obsolete blocks":      pcapngOf(tr, binary.LittleEndian, blockPacket, 6),
		"simple blocks":        pcapngOf(tr, binary.BigEndian, blockSimple, 6),
		"no usable resolution": pcapngOf(tr, binary.LittleEndian, blockEnhanced, 0xc0),
	} {
		xs, c := read(t, b, nil)
		equal(t, lines(xs), one)
		if len(xs) != 1 || len(c.Notes) != 0 {
			t.Errorf("%s: notes %v", name, c.Notes)
			continue
		}
		at := packettest.Epoch.Add(4 * time.Millisecond)
		if name == "simple blocks" || name == "no usable resolution" {
			at = time.Time{}
		}
		if !xs[0].Start.Equal(at) || xs[0].At.Frame != 4 {
			t.Errorf("%s: start %v, frame %d", name, xs[0].Start, xs[0].At.Frame)
		}
	}
	// Two sections of different byte orders; the second reuses the ports.
	other := &packettest.Trace{}
	other.Dial(laptop, jira, 77).Open().Ask(get).Answer(denied).Close()
	xs, _ := read(t, append(pcapngOf(tr, binary.LittleEndian, blockEnhanced, 6), pcapngOf(other, binary.BigEndian, blockEnhanced, 6)...), nil)
	equal(t, lines(xs), one+one)
}

// TestDamage cuts files short and breaks lengths: what was before counts.
func TestDamage(t *testing.T) {
	tr := story()
	for _, b := range [][]byte{tr.PCAP(), pcapngOf(tr, binary.LittleEndian, blockEnhanced, 6)} {
		xs, c := read(t, b[:len(b)-7], nil)
		equal(t, lines(xs), one)
		if !slices.Contains(c.Notes, exchange.Note{Kind: exchange.NoteTruncated, N: 1}) {
			t.Errorf("notes %v", c.Notes)
		}
		for at := 24; at < len(b); at += 97 { // a length that is far too large
			bad := append(slices.Clone(b[:at]), 0xff, 0xff, 0xff, 0x7f)
			read(t, append(bad, b[at:]...), nil)
		}
	}
	for _, b := range []string{"", "abc", "\xd4\xc3\xb2\xa1", "not a capture", "\n\r\r\n\x1c\x00\x00\x00MMMM"} {
		c := &exchange.Capture{Name: "x"}
		for x := range Read(c, strings.NewReader(b), Options{}) {
			if x != nil {
				t.Errorf("%q: an exchange", b)
			}
		}
	}
}

// TestCutPackets reads packets of which not all bytes were captured.
func TestCutPackets(t *testing.T) {
	tr := &packettest.Trace{}
	tr.Dial(laptop, jira, 1).Open().Ask(get).
		Answer("HTTP/1.1 200 OK\r\nContent-Length: 500\r\n\r\n" + strings.Repeat("x", 500)).Ask(get).Answer(denied).Close()
	b := tr.PCAP()
	var out bytes.Buffer
	out.Write(b[:24])
	for at := 24; at < len(b); {
		n := int(binary.LittleEndian.Uint32(b[at+8:]))
		h := slices.Clone(b[at : at+16])
		keep := min(n, 220)
		binary.LittleEndian.PutUint32(h[8:], uint32(keep))
		out.Write(h)
		out.Write(b[at+16 : at+16+keep])
		at += 16 + n
	}
	xs, c := read(t, out.Bytes(), nil)
	equal(t, lines(xs), "GET http://jira.example.com/rest/api/2/myself -> 200 \""+strings.Repeat("x", 40)+"\" 500\n"+one)
	if !slices.Contains(c.Notes, exchange.Note{Kind: exchange.NotePacketsCut, N: 1}) {
		t.Errorf("notes %v", c.Notes)
	}
}

// FuzzRead reads anything: it must end, and yield exchanges or errors, not
// both.
func FuzzRead(f *testing.F) {
	tr := story()
	tr.UDP(packettest.At(laptop, 40000), packettest.NameServer, packettest.DNS("jira.example.com", 0))
	f.Add(tr.PCAP())
	f.Add(swapped(tr.PCAP()))
	f.Add(pcapngOf(tr, binary.LittleEndian, blockEnhanced, 6))
	f.Add(pcapngOf(tr, binary.BigEndian, blockSimple, 9))
	f.Fuzz(func(t *testing.T, b []byte) {
		c := &exchange.Capture{Name: "x"}
		n := 0
		for x, err := range Read(c, bytes.NewReader(b), Options{}) {
			if (x == nil) == (err == nil) {
				t.Fatal("neither or both")
			}
			if x != nil && (x.From != c || x.At.Index != n || x.At.Frame <= 0) {
				t.Fatalf("at %+v", x.At)
			}
			if x != nil {
				n++
			}
		}
		if n != c.Exchanges {
			t.Fatalf("%d exchanges, counted %d", n, c.Exchanges)
		}
	})
}

// FuzzStream feeds the same bytes of two sides in two ways.
func FuzzStream(f *testing.F) {
	f.Add(get+get, denied+ok, uint64(1))
	f.Add("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\nabc", ok, uint64(2))
	f.Add(get, "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\na\r\n0\r\n\r\n", uint64(3))
	f.Fuzz(func(t *testing.T, asks, answers string, seed uint64) {
		if len(asks) > 4000 || len(answers) > 4000 || len(asks) == 0 {
			return
		}
		rng := rand.New(rand.NewPCG(seed, 1))
		read(t, scramble(rng, asks, answers, rng.Uint32()).PCAP(), nil)
	})
}
