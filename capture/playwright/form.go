package playwright

import (
	"github.com/why401/why401/capture/form"
	"github.com/why401/why401/internal/exchange"
)

// Form is a trace of Playwright, or its network log.
var Form = form.Form{
	ID: "playwright-trace",
	By: form.Structure,
	Is: func(s *form.Sample) bool { return s.JSON.Text["type"] == "resource-snapshot" },
	Read: func(c *exchange.Capture, in *form.Input) form.Exchanges {
		return ReadLog(c, in.Text(c))
	},
	Member: form.Named(`(^|/)([\w-]*trace|[0-9a-f-]+)\.network$`),
	Archive: func(c *exchange.Capture, a *form.Archive) form.Exchanges {
		return Read(c, a.Members, Options{Open: a.Open})
	},
	Holds: exchange.Credentials | exchange.Cookies | exchange.TLSFacts | exchange.DNSFacts | exchange.Bodies | exchange.Timing,
	Place: form.ByNumber,
	Doc: form.Doc{
		Name:   "Playwright trace",
		Shows:  "requests and answers with headers, the start of bodies, times, TLS versions, failures",
		Cannot: "bytes of the message heads; `trace.network` alone has no bodies",
		Make:   "`context.tracing.start({snapshots: true})`, the `trace` option of the test runner; hand in `trace.zip`",
		Known:  "a zip with `trace.network`; lines of `resource-snapshot`",
	},
}
