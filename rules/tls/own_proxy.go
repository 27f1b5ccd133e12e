package tls

import (
	"slices"
	"strings"

	"github.com/why401/why401/internal/exchange"
	"github.com/why401/why401/internal/redact"
	"github.com/why401/why401/internal/rule"
)

// ours reports a client that does not trust the proxy of this program.
func ours(p *rule.Pass, s *rule.Subject) bool {
	who := redact.Const("The client")
	known := programOf(s)
	if known != nil {
		who = known.name
	}
	f := rule.Finding{
		Certainty: rule.Proven,
		Message:   redact.Sprintf("%s does not trust the certificate that why401's own proxy shows. Nothing in the network is wrong: it has to be told to trust it.", who),
	}
	e, ok := s.FailedWith(redact.Const("ERR_WHY401_CERT_REJECTED"))
	if !ok {
		if e, ok = s.FailedWith(redact.Const("ERR_WHY401_CERT_DROPPED")); !ok {
			return false
		}
		f.Certainty = rule.Likely
		f.Message = redact.Sprintf("%s closed the connection when it saw the certificate of why401's own proxy, without a word: some clients refuse a certificate that way.", who)
	}
	f.Evidence = []rule.Evidence{e}
	f.Confirm = &rule.Confirm{Do: redact.Const("Do that and start the client again: its requests appear here.")}
	f.Fix = []rule.Fix{trustFix(signer(s), known)}
	p.Report(s, f)
	return true
}

func signer(s *rule.Subject) exchange.Signer {
	if s.Conn == nil || s.Conn.Client == nil {
		return exchange.UnknownSigner
	}
	return s.Conn.Client.Signer
}

// The file of the authority, in a shell. why401 ca file prints its name, which
// may hold that of the user.
var (
	storedFile = redact.Const(`"$(why401 ca file)"`)
	namedFile  = redact.Const("CA_FILE")
)

// trustFix says how a program comes to trust an authority; known may be nil.
func trustFix(by exchange.Signer, known *program) rule.Fix {
	fix := rule.Fix{Who: rule.Caller}
	switch {
	case by == exchange.RunSigner:
		// The steps of why401 ca trust are for another authority.
		pass := redact.Const("It takes its authorities from elsewhere than the variables that why401 run sets (SSL_CERT_FILE, REQUESTS_CA_BUNDLE, NODE_EXTRA_CA_CERTS, JAVA_TOOL_OPTIONS and others): let it use these while it runs here")
		if known != nil {
			pass = known.passed
		}
		fix.Do = redact.Sprintf("%s. Or start why401 proxy in place of why401 run and do what why401 ca trust prints: that is for the authority of why401 proxy; the one of why401 run is made for one command and ends with it", pass)
		fix.Command = redact.Const("why401 proxy")
	case by == exchange.NamedSigner && known != nil && known.sh != nil:
		fix.Do = redact.Sprintf("Tell %s to trust the authority that was named with --ca-cert (not the one that why401 ca trust is about), and start it again; CA_FILE is that file, without its key", known.name)
		fix.Command, fix.PowerShell = known.sh(namedFile), known.powerShell(namedFile)
	case by == exchange.NamedSigner:
		fix.Do = redact.Const("Make the client trust the authority that was named with --ca-cert, and start it again. What why401 ca trust prints is for another authority, that of why401 without --ca-cert: put your file in place of the one in it")
		fix.Command = redact.Const("why401 ca trust")
	case by == exchange.StoredSigner && known != nil && known.sh != nil:
		fix.Do = redact.Sprintf("Tell %s to trust the authority of why401, and start it again; or start it with why401 run -- COMMAND, which needs no trust anywhere", known.name)
		fix.Command, fix.PowerShell = known.sh(storedFile), known.powerShell(storedFile)
	default:
		fix.Do = redact.Const("Start the client with why401 run -- COMMAND, which needs no trust anywhere, or do for this client what why401 ca trust prints, and start it again")
		fix.Command = redact.Const("why401 ca trust")
	}
	return fix
}

// A program is one whose way to trust an authority is known. The steps are those
// of why401 ca trust.
type program struct {
	name     redact.Text
	agents   []string // starts of its User-Agent, in lower case
	browser  string   // the same, within one that begins as that of a browser does
	commands []string // that run it
	sh       func(ca redact.Text) redact.Text
	ps       func(ca redact.Text) redact.Text // nil: as sh
	passed   redact.Text                      // why it may pass over the variables of why401 run
}

func (p *program) powerShell(ca redact.Text) redact.Text {
	if p.ps == nil {
		return p.sh(ca)
	}
	return p.ps(ca)
}

// programOf returns the program that a client is; nil: it is not known.
func programOf(s *rule.Subject) *program {
	agent, command := s.Agent(), ""
	if s.Conn != nil && s.Conn.Client != nil {
		if agent == "" {
			agent = strings.ToLower(s.Conn.Client.Agent)
		}
		command = strings.TrimSuffix(strings.ToLower(s.Conn.Client.Command), ".exe")
	}
	switch {
	case agent == "":
		command = strings.TrimRight(command, "0123456789.") // python3.12
		for i := range programs {
			if slices.Contains(programs[i].commands, command) {
				return &programs[i]
			}
		}
	case strings.HasPrefix(agent, "mozilla/"):
		for i := range programs {
			if b := programs[i].browser; b != "" && strings.Contains(agent, b) {
				return &programs[i]
			}
		}
	default:
		for i := range programs {
			if slices.ContainsFunc(programs[i].agents, func(a string) bool { return strings.HasPrefix(agent, a) }) {
				return &programs[i]
			}
		}
	}
	return nil
}
