package capturing

import (
	"github.com/why401/why401/internal/exchange"
	"github.com/why401/why401/internal/redact"
	"github.com/why401/why401/internal/rule"
)

var _ = Set.Add(&rule.Rule{
	ID:    "capture-one-sided",
	Title: "Only one direction was captured",
	Doc: `Of some connections the capture holds what one side sent, and nothing of the other: requests without answers, or
answers without requests. It was taken where traffic comes and goes on different ways (two interfaces, a mirror port
for one direction, two lines that share the load), or with a filter for one direction.

A connection of which only the first packet was seen is not reported: nobody may have answered it.`,
	Area: rule.CaptureQuality, Severity: rule.Info,
	Fix: []rule.Fix{{
		Who:        rule.Caller,
		Do:         redact.Const("Capture on an interface that sees both directions, best on the machine of the client, without a filter for src or dst"),
		Command:    redact.Const("tcpdump -i any -s 0 -w trace.pcap host HOST"),
		PowerShell: redact.Const("pktmon start --capture --pkt-size 0 --file-name trace.etl; pktmon stop; pktmon etl2pcap trace.etl"),
	}},
	References: []rule.Reference{
		{Title: "tcpdump(1), -i any", URL: "https://www.tcpdump.org/manpages/tcpdump.1.html"},
	},
	Since:    "0.1",
	Formerly: []string{"one-sided-capture"},
	Whole: func(p *rule.Pass, c *rule.Capture) {
		if n := noted(c, exchange.NoteOneSided); n > 0 {
			p.Proven(nil, redact.Const("Connections are in the capture of which only one side is to be seen."),
				about(c, redact.Const("connections"), redact.Sprintf("%s with one direction", redact.Count(n, "connection", "connections")), redact.Const("both directions")))
		}
	},
})
