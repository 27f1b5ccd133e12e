package pasted

import (
	"github.com/why401/why401/capture/form"
	"github.com/why401/why401/internal/exchange"
)

// The two forms are read alike: a command and the transcript below it are one
// exchange.

// Transcript is what curl or wget printed.
var Transcript = form.Form{
	ID:    "curl-trace",
	By:    form.Lines,
	Is:    isTranscript,
	Read:  read,
	Holds: exchange.Credentials | exchange.Cookies | exchange.Wire | exchange.TLSFacts | exchange.Bodies,
	Place: form.ByOffset,
	Doc: form.Doc{
		Name:   "curl or wget transcript",
		Shows:  "requests with credentials and cookies as sent, answers, TLS version, certificate names, failures before the request",
		Cannot: "times, DNS answers; bytes of HTTP/2 heads; line ends unless the file kept CR LF; `--trace-ascii` shows control bytes as dots, so a credential with dots in it is taken for not shown",
		Make:   "`curl -v … > curl.txt 2>&1`, also `--trace`; `wget -d`; what `wget` prints without it, or with `-S`, tells less",
		Known:  "lines that start with `*`, `>`, `<`, `== Info:`, `=> Send header`; those of wget (`--2026-03-02 09:00:00--  https://…`, `HTTP request sent, awaiting response...`); text around them is passed over",
	},
}

// Command is a command that makes a request.
var Command = form.Form{
	ID:    "command",
	By:    form.Lines,
	Is:    isCommand,
	Read:  read,
	Holds: exchange.Credentials | exchange.Cookies,
	Place: form.ByOffset,
	Doc: form.Doc{
		Name:   "pasted command",
		Shows:  "the request as configured, slips of `echo`, `base64` and `ToBase64String` even of unknown variables; with the output below it, or as the error of PowerShell that shows it, also the answer",
		Cannot: "what was sent; values of variables that no line above sets, of files, netrc, `Get-Credential` (never guessed, said to be not checked); nothing is run",
		Make:   "copy the command, or Copy as cURL (bash, cmd), fetch, Node.js fetch or PowerShell in the developer tools",
		Known:  "a line that starts with curl, wget, Invoke-RestMethod, Invoke-WebRequest, irm, iwr or fetch and names an address, after a prompt, a bullet or not; errors of PowerShell that show one",
	},
}
