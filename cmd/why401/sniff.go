package main

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"strings"

	"github.com/spf13/cobra"

	"github.com/why401/why401/capture/packet"
	"github.com/why401/why401/internal/exchange"
	"github.com/why401/why401/internal/report"
)

// sniffing is the flags of sniff.
type sniffing struct {
	analyzing
	iface  string
	har    string
	harRaw string
}

func newSniff(io stdio) *cobra.Command {
	var s sniffing
	c := &cobra.Command{
		Use:   "sniff [-i INTERFACE] [FILTER...]",
		Short: "Watch the packets of an interface, and show findings live",
		Long: `Captures packets on this machine (Linux), reads the HTTP in them, and shows each
request with what is wrong with it. On Ctrl-C it prints the ranked diagnosis.
Nothing is sent, and no packet is kept.

What is in TLS can be read only with the secrets of the clients: have them
write these to a file (SSLKEYLOGFILE) and name it with --keylog. It is followed
while it grows. Without root or CAP_NET_RAW the system refuses; on other
systems the command is told that captures there.

FILTER is in the words of tcpdump: host, net, port, portrange, src, dst, tcp,
udp, ip, ip6, and, or, not. Without one it is the usual ports of the products
and DNS.`,
		Example: `  sudo why401 sniff
  sudo why401 sniff -i lo tcp port 8080
  sudo why401 sniff --keylog keys.log host acme.atlassian.net or port 53`,
		Args: cobra.ArbitraryArgs,
		RunE: func(c *cobra.Command, args []string) error {
			s.failOn = "error"
			if err := s.check(); err != nil {
				return err
			}
			return s.run(c.Context(), io, strings.Join(args, " "))
		},
	}
	f := c.Flags()
	s.showing.flags(f)
	s.sharedFlags(f)
	_ = f.MarkHidden("workers")
	f.StringVarP(&s.iface, "interface", "i", "any", "network interface; any: all of them")
	f.StringVar(&s.har, "har", "", "also write all that was read to this file, scrubbed: secrets are replaced")
	f.StringVar(&s.harRaw, "har-raw", "", "also write all that was read to this file, secrets included")
	_ = c.RegisterFlagCompletionFunc("interface", words(append(packet.Interfaces(), "any")...))
	s.complete(c)
	return c
}

func (s *sniffing) run(ctx context.Context, io stdio, filter string) error {
	view, err := newLive(io.out, s.hosts, s.style(io.out))
	if err != nil {
		return err
	}
	view.quiet = s.format != "table" // what machines read is one document
	tap, err := packet.Listen(s.iface, filter)
	if err != nil {
		return cannotListen(err, s.iface, filter)
	}
	defer tap.Close()
	name, scrubber, err := s.recorded(s.har, s.harRaw)
	if err != nil {
		return err
	}
	if name != "" {
		if err := view.record(name, scrubber, s.keyLogs...); err != nil {
			return err
		}
		fmt.Fprint(io.err, willHold(name, scrubber))
	}
	fmt.Fprintf(io.err, "why401: capturing on %s; Ctrl-C ends it and prints the diagnosis\n", s.iface)
	defer onSignal(func() { view.interim(io.out) })()
	c := &exchange.Capture{Name: s.iface, Format: "live", Producer: "why401"}
	o := packet.Options{Bodies: name != ""}
	if len(s.keyLogs) > 0 {
		o.Keys = &packet.Keys{}
		o.Keys.Follow(s.keyLogs...)
	}
	view.opened(c)
	var broken error
	for x, err := range tap.Exchanges(ctx, c, o) {
		if err != nil {
			broken = err
			continue
		}
		view.see(x)
	}
	if e := view.close(); e != nil {
		fmt.Fprintf(io.err, "why401: the HAR is not complete: %s\n", cause(e))
	}
	n := tap.Counts()
	fmt.Fprintf(io.err, "why401: %d packets captured, %d dropped by the system\n", n.Seen, n.Dropped)
	if !view.quiet {
		fmt.Fprintln(io.out)
	}
	if err := s.show(io, report.New(view.diagnosis(), buildVersion())); err != nil {
		return err
	}
	if broken != nil {
		return &exitError{code: exitUnusable, err: errors.New("the capture broke off; the report is on what was read until then")}
	}
	return s.verdict(view.diagnosis())
}

// cannotListen says what to do where packets cannot be captured.
func cannotListen(err error, iface, filter string) error {
	e := &exitError{code: exitUnusable, err: err}
	var f *packet.FilterError
	switch {
	case errors.As(err, &f):
		e.hint = "for example: host jira.example.com and (port 8080 or 53)"
	case errors.Is(err, packet.ErrPermission):
		e.hint = "run it with sudo, or allow it once and for all:\n  sudo setcap cap_net_raw+ep \"$(command -v why401)\"\nor capture with another program and analyze its file:\n  " +
			strings.Join(captureWith("linux", iface, filter), "\n  ")
	case errors.Is(err, packet.ErrInterface):
		e.hint = "these are up: any " + strings.Join(packet.Interfaces(), " ")
	case errors.Is(err, packet.ErrUnsupported):
		e.hint = "capture with a program of this system and analyze its file:\n  " + strings.Join(captureWith(runtime.GOOS, iface, filter), "\n  ")
	}
	return e
}

// captureWith returns the commands that capture packets on a system, and analyze
// them.
func captureWith(goos, iface, filter string) []string {
	const analyze = "why401 analyze --keylog keys.log "
	if goos == "windows" {
		return []string{
			"pktmon filter remove", "pktmon filter add -p 443", "pktmon filter add -p 8080", "pktmon filter add -p 53",
			"pktmon start --capture --pkt-size 0 --file-name trace.etl", "pktmon stop", "pktmon etl2pcap trace.etl --out trace.pcapng",
			analyze + "trace.pcapng",
			"(pktmon does not see what stays on this machine; Wireshark with Npcap does,", "on the interface \"Adapter for loopback traffic capture\")",
		}
	}
	if filter == "" {
		filter = "port 53 or tcp"
	}
	if goos == "darwin" && iface == "any" {
		iface = "pktap,all"
	}
	return []string{fmt.Sprintf("sudo tcpdump -i %s -s 0 -w trace.pcap '%s'", iface, strings.ReplaceAll(filter, "'", "")), analyze + "trace.pcap"}
}
