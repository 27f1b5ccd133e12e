package curl

import (
	"strconv"
	"strings"

	"github.com/why401/why401/internal/exchange"
)

// What wget tells of a call without -d: the address, the connection, the status, and
// with -S the head of the answer. In other languages the lines have other words, but
// the same marks.
var (
	pageOf   = pattern(`^--[0-9]{4}-[0-9]{2}-[0-9]{2} [0-9]{2}:[0-9]{2}:[0-9]{2}--  (https?://\S+)$`)
	dialling = pattern(`^[^|]{0,300}?([^\s|]+)(?: \([^\s|]*\))?\|([0-9a-fA-F.:]+)\|:([0-9]{1,5}) ?(?:\.\.\.|…) ?(.*)$`)
	dialled  = pattern(`^Connecting to ([^\s|]+?):([0-9]{1,5})\.\.\. ?(.*)$`)
	busy     = pattern(`^Connecting to (\S+) \(([0-9a-fA-F.:]+):([0-9]{1,5})\)$`)
	awaiting = pattern(`^(?:HTTP|Proxy) request sent, awaiting response\.\.\. ?(?:([1-5][0-9]{2})(?: (.*))?)?$`)
	awaited  = pattern(`^[^\s-].{0,200}(?:\.\.\.|…) (?:([1-5][0-9]{2})(?: (.*))?)?$`)
	finished = pattern(`^[0-9]{4}-[0-9]{2}-[0-9]{2} [0-9]{2}:[0-9]{2}:[0-9]{2} \S+ ([1-5][0-9]{2}): (.*?)\.?$`)
	returned = pattern(`^wget: server returned error: HTTP/[0-9.]+ ([1-5][0-9]{2}) ?(.*)$`)
	skipped  = pattern(`^Skipping [0-9]+ bytes of body: \[(.*)\] done\.$`)
	unknown  = pattern(`^(?:Resolving (\S+?)(?: \(\S+\))?\.\.\. failed: |wget: unable to resolve host address|wget: bad address )`)
)

// A page is what wget was asked for.
type page struct {
	url     string
	heading bool // the head of the answer follows, indented
	placed  bool // the exchange at hand starts with its line
	brief   bool // of the answer only the status was told
}

// told takes a line of wget and reports whether it was one.
func (t *transcript) told(text string) bool {
	if len(text) > 8<<10 {
		return false
	}
	if t.page.heading {
		s := strings.TrimLeft(text, " \t")
		if len(s) < len(text) && s != "" {
			t.response(s + "\r\n")
			return true
		}
		t.headed()
	}
	switch {
	case strings.HasPrefix(text, "--"):
		m := pageOf().FindStringSubmatch(text)
		if m == nil {
			return false
		}
		t.flush()
		t.page = page{url: strings.Clone(m[1]), placed: true}
		t.conn, t.host, t.secure, t.dialed, t.wget = nil, "", false, false, false
		t.start = t.at
		return true
	case strings.Contains(text, "... ") || strings.HasSuffix(text, "...") || t.page.url != "" && strings.Contains(text, "…"):
		return t.connecting(text) || t.awaiting(text)
	case strings.HasPrefix(text, "Skipping ") && t.answered: // -d
		if m := skipped().FindStringSubmatch(text); m != nil {
			t.hasBody = m[1] != ""
			t.keep(m[1])
			return true
		}
	case strings.HasPrefix(text, "Connecting to "):
		if m := busy().FindStringSubmatch(text); m != nil {
			t.reach(m[1], m[2], m[3])
			return true
		}
	case strings.HasPrefix(text, "wget: server returned error: "):
		if m := returned().FindStringSubmatch(text); m != nil && t.res == nil {
			t.brief(m[1], m[2])
			return true
		}
	case strings.HasPrefix(text, "wget: ") && unknown().MatchString(text):
		t.broke(exchange.Failure{Phase: exchange.DNS, Code: "ENOTFOUND"})
		return true
	case t.page.url == "":
	case finished().MatchString(text):
		if m := finished().FindStringSubmatch(text); t.res == nil {
			t.brief(m[1], m[2])
		}
		return true
	case strings.HasPrefix(text, "ERROR: cannot verify ") || text == "Unable to establish SSL connection.":
		f := exchange.Failure{Phase: exchange.TLSHandshake}
		if strings.HasPrefix(text, "ERROR") {
			f.Code = "CERT_UNTRUSTED"
		}
		if t.failure == nil {
			t.broke(f)
		}
		return true
	}
	return false
}

// connecting takes a line about a look-up or a connection.
func (t *transcript) connecting(text string) bool {
	if m := unknown().FindStringSubmatch(text); m != nil {
		if m[1] != "" && len(m[1]) < maxText {
			t.host, t.secure = strings.Clone(m[1]), true
		}
		t.broke(exchange.Failure{Phase: exchange.DNS, Code: "ENOTFOUND"})
		return true
	}
	m := dialling().FindStringSubmatch(text)
	if m == nil {
		d := dialled().FindStringSubmatch(text)
		if d == nil {
			return false
		}
		m = []string{"", d[1], "", d[2], d[3]}
	}
	if len(m[1]) >= maxText {
		return false
	}
	t.reach(m[1], m[2], m[3])
	if _, why, failed := strings.Cut(m[4], ": "); failed {
		f := exchange.Failure{Phase: exchange.Dial}
		if known := failureOf(why); known != nil {
			f.Code = known.Code
		}
		t.broke(f)
	}
	return true
}

// reach takes the host and the address of a connection.
func (t *transcript) reach(host, addr, port string) {
	if t.answered {
		t.flush()
	}
	t.failure = nil // of another address
	n, _ := strconv.Atoi(port)
	t.conn = &exchange.Conn{ServerAddr: address(addr), ServerPort: n}
	t.host, t.dialed = strings.Clone(host), true
	t.secure = strings.HasPrefix(t.page.url, "https:")
}

func (t *transcript) broke(f exchange.Failure) {
	if t.answered {
		t.flush()
	}
	t.failure = &f
}

// awaiting takes the line that tells the status.
func (t *transcript) awaiting(text string) bool {
	m := awaiting().FindStringSubmatch(text)
	if m == nil && t.page.url != "" && t.dialed {
		m = awaited().FindStringSubmatch(text)
	}
	switch {
	case m == nil:
		return false
	case t.wget: // -d prints the messages
		return true
	case t.answered:
		t.flush()
	}
	if m[1] == "" {
		t.page.heading = true
		return true
	}
	t.brief(m[1], m[2])
	return true
}

// brief takes a status of which the head is not shown.
func (t *transcript) brief(status, reason string) {
	t.response("HTTP/1.1 " + status + " " + reason)
	t.response("")
	t.page.brief = true
	t.part = nothing
}

// headed ends the head of an answer.
func (t *transcript) headed() {
	t.page.heading = false
	if t.part == responseHead {
		t.response("\r\n")
		t.part = nothing
	}
}
