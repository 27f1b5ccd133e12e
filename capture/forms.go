package capture

import (
	"github.com/why401/why401/capture/burp"
	"github.com/why401/why401/capture/charles"
	"github.com/why401/why401/capture/errtext"
	"github.com/why401/why401/capture/fiddler"
	"github.com/why401/why401/capture/form"
	"github.com/why401/why401/capture/httpfile"
	"github.com/why401/why401/capture/insomnia"
	"github.com/why401/why401/capture/mitmflow"
	"github.com/why401/why401/capture/packet"
	"github.com/why401/why401/capture/pasted"
	"github.com/why401/why401/capture/playwright"
	"github.com/why401/why401/capture/postman"
	"github.com/why401/why401/capture/rawhttp"
	"github.com/why401/why401/capture/serverlog"
	"github.com/why401/why401/har"
	"github.com/why401/why401/internal/exchange"
)

// forms is every form of input that can be read. Who adds one adds a line here and
// nothing else outside of its package: see package form.
//
// Among those with the same mark (form.By) the order counts: the first that fits is
// taken. What is told apart but not read is in sniff.go.
var forms = [...]*form.Form{
	&archiveForm,
	&packet.PCAP,
	&packet.PCAPNG,

	&postman.Report,
	&postman.Collection,
	&insomnia.Form,
	&playwright.Form,
	&charles.Form,
	&burp.Form,
	&mitmflow.Form,
	&fiddler.Form,

	&serverlog.Security,
	&serverlog.Access,
	&httpfile.Form,
	&pasted.Transcript,
	&pasted.Command,
	&rawhttp.Form,
	&errtext.Form,
}

// Forms returns the forms that can be read, in the order in which they are looked
// for. They are not to be changed.
func Forms() []*form.Form { return forms[:] }

// archiveForm is a HAR. It stands here because package har is for everybody and
// knows nothing of captures.
var archiveForm = form.Form{
	ID: "har",
	By: form.Start,
	Is: isHAR,
	Read: func(c *exchange.Capture, in *form.Input) form.Exchanges {
		o := har.Options{Workers: in.Workers, Prepare: in.Prepare, Body: in.Body}
		if in.At != nil && !in.Sample.UTF16() {
			return har.ReadAt(c, in.At, in.Size, o)
		}
		return har.Read(c, in.Plain(c), o)
	},
	Holds: exchange.Credentials | exchange.Cookies | exchange.TLSFacts | exchange.DNSFacts | exchange.Bodies | exchange.Timing,
	Place: form.ByNumber,
	Doc: form.Doc{
		Name:   "HAR",
		Shows:  "requests and answers with headers, cookies, the start of bodies, times; by producer also TLS versions, failures and the handshakes that a client broke off (HTTP Toolkit)",
		Cannot: "bytes of the message heads; what an export left out (Chromium removes credentials by default)",
		Make:   "developer tools, Network, Export HAR with sensitive data; `mitmdump --set hardump=out.har`; Playwright `recordHar`, also as .zip with its bodies",
		Known:  "JSON with `log.entries`",
	},
}

// isHAR tests for a HAR. A "log" that is broken is left to the reader too, for
// it can say at which byte; one that is a string, or one on each of many lines,
// is a log of another kind.
func isHAR(s *form.Sample) bool {
	j := &s.JSON
	_, text := j.Text["log"]
	return j.HAR || j.Has["log"] && !text && j.End != form.JSONMore
}
