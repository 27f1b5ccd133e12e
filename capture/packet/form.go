package packet

import (
	"encoding/binary"

	"github.com/why401/why401/capture/form"
	"github.com/why401/why401/internal/exchange"
)

// holds is what packets can show: TLS only with keys.
const holds = sight | exchange.DNSFacts | exchange.Wire

// PCAP is a packet capture as tcpdump writes it.
var PCAP = form.Form{
	ID:    "pcap",
	By:    form.Start,
	Is:    form.Magic("\xd4\xc3\xb2\xa1", "\xa1\xb2\xc3\xd4", "\x4d\x3c\xb2\xa1", "\xa1\xb2\x3c\x4d", "\x34\xcd\xb2\xa1", "\xa1\xb2\xcd\x34"),
	Read:  readInput,
	Holds: holds,
	Place: form.ByFrame,
	Doc: form.Doc{
		Name:   "packets",
		Shows:  "every byte of plain HTTP; TLS handshakes, DNS, TCP; with keys also what is encrypted",
		Cannot: "encrypted content without a key log or keys in the file",
		Make:   "`tcpdump -i any -w trace.pcap`, Wireshark; `SSLKEYLOGFILE=keys.txt` for the client; `why401 sniff`",
		Known:  "magic number",
	},
}

// PCAPNG is a packet capture as Wireshark writes it.
var PCAPNG = form.Form{
	ID:    "pcapng",
	By:    form.Start,
	Is:    isPCAPNG,
	Read:  readInput,
	Holds: holds,
	Place: form.ByFrame,
}

func isPCAPNG(s *form.Sample) bool {
	if len(s.Raw) < 12 || string(s.Raw[:4]) != "\n\r\r\n" {
		return false
	}
	m := binary.BigEndian.Uint32(s.Raw[8:])
	return m == 0x1a2b3c4d || m == 0x4d3c2b1a
}

func readInput(c *exchange.Capture, in *form.Input) form.Exchanges {
	keys, _ := in.Keys.(*Keys)
	return Read(c, in.Raw, Options{Keys: keys, Decoder: in.Decoder, Bodies: in.Bodies})
}
