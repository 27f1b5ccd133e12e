package capturing

import (
	"github.com/why401/why401/internal/exchange"
	"github.com/why401/why401/internal/redact"
	"github.com/why401/why401/internal/rule"
)

var _ = Set.Add(&rule.Rule{
	ID:    "capture-packets-cut",
	Title: "Packets were cut when captured",
	Doc: `The packet capture holds only the start of some packets, because it was taken with a limit (a snap length). What was
cut is lost: headers and bodies may be incomplete, and encrypted connections cannot be decrypted behind the cut.

Packet captures record both lengths, so this is certain.`,
	Area: rule.CaptureQuality, Severity: rule.Info,
	Fix: []rule.Fix{{
		Who:        rule.Caller,
		Do:         redact.Const("Capture again with full length"),
		Command:    redact.Const("tcpdump -s 0 -w trace.pcap host HOST"),
		PowerShell: redact.Const("pktmon start --capture --pkt-size 0 --file-name trace.etl; pktmon stop; pktmon etl2pcap trace.etl"),
	}},
	References: []rule.Reference{
		{Title: "PCAP capture file format: captured and original packet length", URL: "https://www.ietf.org/archive/id/draft-ietf-opsawg-pcap-04.html"},
	},
	Since:    "0.1",
	Formerly: []string{"capture-truncated-packets"},
	Whole: func(p *rule.Pass, c *rule.Capture) {
		if n := noted(c, exchange.NotePacketsCut); n > 0 {
			p.Proven(nil, redact.Const("Packets are in the capture without their end, so headers and bodies may be incomplete."),
				about(c, redact.Const("captured length"), redact.Sprintf("%s cut", redact.Count(n, "packet", "packets")), redact.Const("the length on the wire")))
		}
	},
})
