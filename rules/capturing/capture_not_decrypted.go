package capturing

import (
	"github.com/why401/why401/internal/exchange"
	"github.com/why401/why401/internal/redact"
	"github.com/why401/why401/internal/rule"
)

var _ = Set.Add(&rule.Rule{
	ID:    "capture-not-decrypted",
	Title: "The traffic is encrypted and no key was given",
	Doc: `The packet capture holds TLS connections, and no key that fits them. Names, IP addresses, handshakes and certificates
can be judged, requests and answers cannot. If something failed inside those connections, this is the cause that is
named, because the capture hides the real one; otherwise it is only a note.

A key log fits if it has the client random of the connection. Clients write one if the environment variable
SSLKEYLOGFILE names a file (Chrome, Firefox, curl, Python, Node with --tls-keylog); Java and Go programs do not
by themselves.`,
	Area: rule.CaptureQuality, Severity: rule.Info,
	Hides: exchange.Credentials,
	Fix: []rule.Fix{{
		Who: rule.Caller,
		Do: redact.Const("Record the keys, too, and give both files; or let why401 stand between client and server (why401 run), or export a HAR from the browser. " +
			"Put the failing client in place of CLIENT"),
		Command:    redact.Const("SSLKEYLOGFILE=$PWD/keys.log CLIENT"),
		PowerShell: redact.Const(`$env:SSLKEYLOGFILE = "$PWD\keys.log"; CLIENT`),
	}},
	Alternatives: []string{
		"no-credentials-sent", "cloud-credential-refused", "dc-credential-refused", "dc-token-refused", "cloud-password",
		"basic-newline", "captcha-required", "hidden-or-missing",
	},
	Confirm: &rule.Confirm{
		Do:         redact.Const("Repeat the failing request with a key log while the packets are captured, and analyze both."),
		Command:    redact.Const("SSLKEYLOGFILE=$PWD/keys.log CLIENT && why401 analyze --keylog keys.log trace.pcap"),
		PowerShell: redact.Const(`$env:SSLKEYLOGFILE = "$PWD\keys.log"; CLIENT; why401 analyze --keylog keys.log trace.pcap`),
		Outcomes: []rule.Outcome{
			{Seen: redact.Const("another cause is reported: it is that")},
			{Seen: redact.Const("the key log stays empty: the client writes none, so use why401 run or a HAR")},
		},
	},
	References: []rule.Reference{
		{Title: "The SSLKEYLOGFILE format for TLS", URL: "https://www.ietf.org/archive/id/draft-ietf-tls-keylogfile-05.html"},
	},
	Since:    "0.1",
	Formerly: []string{"tls-undecryptable"},
	Whole: func(p *rule.Pass, c *rule.Capture) {
		n := noted(c, exchange.NoteEncrypted)
		if n == 0 {
			return
		}
		f := rule.Finding{
			Certainty: rule.Proven,
			Message:   redact.Const("Connections are encrypted, and no key of theirs was given: what was asked and answered in them cannot be judged."),
			Evidence: []rule.Evidence{about(c, redact.Const("TLS connections"),
				redact.Sprintf("%s without a key", redact.Count(n, "connection", "connections")), redact.Const("a key log that holds the keys of these connections"))},
		}
		if c.Failed > 0 {
			f.Certainty = rule.Likely // as a cause; that they are encrypted is certain
		}
		p.Report(nil, f)
	},
})
