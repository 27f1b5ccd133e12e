package har

import (
	"strings"
	"time"

	"github.com/why401/why401/internal/exchange"
)

// HTTP Toolkit lists the TLS handshakes that failed between its own proxy and the
// client in log._tlsErrors. Nothing was requested over them, so they are no entries;
// but each is a call that a client did not get through. They are yielded after the
// entries, and numbered on from them.

// tlsCauses are the codes of what _tlsErrors gives as cause, as browsers and Node
// name the same. Of the others only the phase is known.
var tlsCauses = map[string]string{
	"cert-rejected":    "ERR_CERT_REJECTED", // the client sent an alert
	"no-shared-cipher": "ERR_SSL_NO_SHARED_CIPHER",
}

// readTLSErrors reads log._tlsErrors.
func (r *reader) readTLSErrors() bool {
	if r.s.buf[r.s.i] != '[' {
		return r.s.skip()
	}
	n := 0
	some, ok := r.s.array()
	for ; ok && some; some, ok = r.s.nextElement() {
		if !r.readTLSError() {
			return r.s.in(itoa(n))
		}
		n++
	}
	r.c.AddN(exchange.NoteTLSErrors, n)
	return ok
}

func (r *reader) readTLSError() bool {
	if r.s.buf[r.s.i] != '{' || len(r.unshaken) >= maxTLSErrors {
		return r.s.skip()
	}
	at := r.s.offset()
	var host, cause string
	var start time.Time
	var took float64
	ok := r.members(func(k []byte) (ok bool) {
		r.p.text = r.p.text[:0]
		step := string(k)
		switch step {
		case "hostname":
			host, ok = r.p.own()
		case "cause":
			cause, ok = r.p.own()
		case "startedDateTime":
			var v string
			v, ok = r.p.own()
			start, _ = parseStamp([]byte(v))
		case "time":
			took, ok = r.p.float()
		default:
			step, ok = "?", r.s.skip()
		}
		return ok || r.s.in(step)
	})
	if !ok || host == "" { // the client did not say which host it wanted
		return ok
	}
	x := &exchange.Exchange{
		At: exchange.Locator{Offset: at}, From: r.c, Start: start,
		Sight:   exchange.TLSFacts,
		Request: exchange.Request{URL: "https://" + strings.ToLower(host) + "/", Body: exchange.Body{Size: -1}},
		Failure: &exchange.Failure{Phase: exchange.TLSHandshake, Code: tlsCauses[cause]},
		Conn:    &exchange.Conn{Handshake: &exchange.Handshake{Hello: &exchange.ClientHello{ServerName: host}}},
	}
	if !start.IsZero() {
		x.Sight |= exchange.Timing
	}
	if took > 0 {
		x.Took = time.Duration(took * float64(time.Millisecond))
	}
	if cause == "closed" || cause == "reset" {
		x.Conn.Handshake.Quit = exchange.QuitSilent
	}
	r.unshaken = append(r.unshaken, x)
	return true
}

// giveUnshaken yields what [reader.readTLSErrors] found.
func (r *reader) giveUnshaken() {
	for _, x := range r.unshaken {
		if r.done {
			break
		}
		x.At.Capture, x.At.Index = r.c.Name, r.index
		r.index++
		r.c.Exchanges++
		r.done = !r.yield(x, nil)
	}
	r.unshaken = nil
}
