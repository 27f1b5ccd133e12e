package diagnose

import (
	"hash/maphash"
	"slices"
	"strings"
	"time"

	"github.com/why401/why401/internal/exchange"
	"github.com/why401/why401/internal/rule"
	"github.com/why401/why401/internal/target"
)

// Several inputs can show the same request: a HAR and the packets of one run, or
// a capture of the client and a log of the server. It is one request, so it is
// counted once, and what is found in either place is found on it.
//
// Two exchanges of one capture are never the same. Two of different captures are
// if method, address and status agree as far as both tell them, and either the id
// that the server gave the request and roughly the time, or the rest of the
// answer, the client and the time to the second.

// A sighting is a request as one capture shows it, or as several do.
type sighting struct {
	order    int // of its first exchange
	places   []exchange.Locator
	captures []*exchange.Capture
	log      bool // a log of the server is the only place so far

	method, path, host, agent string // "": not told
	query                     uint64
	status                    int
	start, time               time.Time // as the client and as the server tell it
	secret                    rule.Print
	fresh                     bool // the newest place is the first to show the credential, if any

	next *sighting // with the same fingerprint
}

// twins recognises requests that were seen before.
type twins struct {
	seed    maphash.Seed
	byPrint map[uint64]*sighting
	places  map[exchange.Locator]*sighting // of requests seen more than once
	n       int
	full    int // exchanges that were not remembered, because there was no room
}

func newTwins() *twins {
	return &twins{seed: maphash.MakeSeed(), byPrint: map[uint64]*sighting{}, places: map[exchange.Locator]*sighting{}}
}

// see enters s, and returns the request if another capture showed it before.
// Secret is the fingerprint of its credential.
func (w *twins) see(s *rule.Subject, secret rule.Print) *sighting {
	if s.Response == nil || s.Status() <= 0 && s.Log == nil || !target.Atlassian.Has(s.Target.Product) && !s.Has(rule.Failing) {
		return nil
	}
	id := requestID(s)
	print := w.answer(s)
	if id != "" {
		print = maphash.String(w.seed, id)
	}
	n := &sighting{
		order: s.Order, places: []exchange.Locator{s.At}, captures: []*exchange.Capture{s.From}, log: s.Log != nil,
		method: s.Request.Method, path: s.Target.Path, host: s.Target.Host, agent: s.Sent("User-Agent"),
		status: s.Status(), start: s.Start, time: s.Time(), secret: secret,
	}
	if s.Target.HasQuery {
		n.query = maphash.String(w.seed, s.Target.Query)
	}
	var best *sighting
	steps := 0
	for o := w.byPrint[print]; o != nil && steps < maxAlike; o, steps = o.next, steps+1 {
		if o.is(n, id != "") && (best == nil || o.apart(n) <= best.apart(n)) { // of equals the first that was seen
			best = o
		}
	}
	switch {
	case best != nil:
		w.add(best, n)
		return best
	case w.n >= maxSightings:
		w.full++
		return nil
	}
	w.n++
	n.method, n.path, n.host, n.agent = strings.Clone(n.method), strings.Clone(n.path), strings.Clone(n.host), strings.Clone(n.agent)
	n.next = w.byPrint[print]
	w.byPrint[print] = n
	return nil
}

// add enters another place of a request.
func (w *twins) add(o, n *sighting) {
	if o.log && !n.log { // a capture tells more about the address
		o.method, o.path, o.host, o.agent, o.query = strings.Clone(n.method), strings.Clone(n.path), strings.Clone(n.host), strings.Clone(n.agent), n.query
	}
	if o.status == 0 {
		o.status = n.status
	}
	o.fresh = o.secret == 0
	if o.fresh {
		o.secret = n.secret
	}
	o.log = o.log && n.log
	o.places = append(o.places, n.places...)
	o.captures = append(o.captures, n.captures...)
	for _, at := range o.places {
		w.places[at] = o
	}
}

// is reports whether n is the request o, which has the same fingerprint.
func (o *sighting) is(n *sighting, named bool) bool {
	if slices.Contains(o.captures, n.captures[0]) || len(o.places) >= maxPlaces {
		return false
	}
	if o.method != n.method && o.method != "" && n.method != "" || o.status != n.status && o.status != 0 && n.status != 0 {
		return false
	}
	if o.log || n.log {
		// A log may lack the host, the context path and the query.
		if !strings.HasSuffix(o.path, n.path) && !strings.HasSuffix(n.path, o.path) || o.query != n.query && o.query != 0 && n.query != 0 {
			return false
		}
		if o.log && n.log && o.query != n.query && o.method == n.method { // two copies of the same log tell the same
			return false
		}
	} else if o.host != n.host || o.path != n.path || o.query != n.query {
		return false
	}
	if named {
		// Ids of Data Center start anew with the server, and count minutes of a day.
		return o.time.IsZero() || n.time.IsZero() || abs(o.time.Sub(n.time)) <= namedWithin
	}
	if o.secret != n.secret && o.secret != 0 && n.secret != 0 || o.agent != n.agent && o.agent != "" && n.agent != "" {
		return false
	}
	if o.start.IsZero() || n.start.IsZero() {
		return !o.time.IsZero() && o.time.Equal(n.time) // told by Date
	}
	return abs(o.start.Sub(n.start)) <= unnamedWithin
}

// apart is how far two sightings lie apart in time; 0 if unknown.
func (o *sighting) apart(n *sighting) time.Duration {
	if o.start.IsZero() || n.start.IsZero() {
		return 0
	}
	return abs(o.start.Sub(n.start))
}

func abs(d time.Duration) time.Duration { return max(d, -d) }

// again reports whether the newest place of the request is the first that shows
// its credential.
func (o *sighting) again(secret rule.Print) bool { return secret != 0 && o.fresh }

// also returns the places of the request at a place but that one.
func (w *twins) also(at exchange.Locator) []exchange.Locator {
	o := w.places[at]
	if o == nil {
		return nil
	}
	return slices.DeleteFunc(slices.Clone(o.places), func(l exchange.Locator) bool { return l == at })
}

// requestIDs are the fields in which servers tell the id that they gave a
// request; the one that logs tell comes first.
var requestIDs = []string{"X-AREQUESTID", "atl-request-id", "atl-traceid", "X-Amz-Cf-Id", "CF-RAY"}

// requestID returns the id of s with the name of its field; "" if there is none.
func requestID(s *rule.Subject) string {
	for i, name := range requestIDs {
		if v := strings.TrimSpace(s.Answer(name)); v != "" {
			return string(rune('0'+i)) + v
		}
	}
	return ""
}

// answer returns the fingerprint of the response header but for what captures
// leave out or change, in whatever order it is.
func (w *twins) answer(s *rule.Subject) uint64 {
	var sum uint64
	var h maphash.Hash
	h.SetSeed(w.seed)
	for i := range s.Response.Header {
		f := &s.Response.Header[i]
		name := strings.ToLower(strings.TrimSpace(f.Name))
		switch name {
		case "set-cookie", "connection", "keep-alive", "transfer-encoding", "proxy-connection", "content-encoding", "content-length":
			continue
		}
		if strings.HasPrefix(name, ":") || f.Derived || strings.Contains(f.Value, "\n") {
			continue
		}
		h.Reset()
		h.WriteString(name)
		h.WriteByte(0)
		h.WriteString(strings.TrimSpace(f.Value))
		sum += h.Sum64()
	}
	return sum
}

// unite makes one record of those of one request, and lists it once under each
// finding. It comes after withdraw, which asks what the capture of each shows.
func (e *Engine) unite(t *tally) {
	if len(e.twins.places) == 0 {
		return
	}
	first := map[*sighting]*record{}
	kept := t.records[:0]
	for _, r := range t.records {
		o := e.twins.places[r.line.At]
		if o == nil || r.more > 0 { // what stands for several is left as it is
			kept = append(kept, r)
			continue
		}
		if f := first[o]; f != nil {
			f.take(r)
			continue
		}
		first[o] = r
		kept = append(kept, r)
	}
	t.records = kept
	for _, r := range first {
		r.line.Also = e.twins.also(r.line.At)
	}
	for _, g := range t.groups {
		g.lines = e.once(g.lines)
	}
	t.groups = slices.DeleteFunc(t.groups, func(g *group) bool { return g.count <= 0 })
}

// once leaves one line for each request.
func (e *Engine) once(lines []Line) []Line {
	met := map[*sighting]bool{}
	var out []Line
	for _, l := range lines {
		if o := e.twins.places[l.At]; o != nil {
			if met[o] {
				continue
			}
			met[o] = true
			l.Also = e.twins.also(l.At)
		}
		out = append(out, l)
	}
	return out
}

// take adds what was found on the same request in another capture.
func (r *record) take(q *record) {
	r.sees.sure |= q.sees.sure
	r.sees.unsure |= q.sees.unsure
	r.failing = r.failing || q.failing
	r.answered = r.answered || q.answered
	r.judged = r.judged && q.judged // the one that recognises the user knows
	r.login = r.login || q.login
	if r.line.Status == 0 && q.line.Status != 0 || r.host == "" && q.host != "" { // a log tells less of the request
		q.line, r.line = r.line, q.line
		r.host, r.client = q.host, q.client
	}
	if r.exact == 0 {
		r.exact = q.exact
	}
	for _, f := range q.found {
		i := slices.IndexFunc(r.found, func(g found) bool { return g.group.finding.Rule == f.group.finding.Rule })
		switch {
		case i < 0:
			r.found = append(r.found, f)
		case r.found[i].group == f.group:
			f.group.count-- // the same, told twice
			r.found[i].certainty = max(r.found[i].certainty, f.certainty)
			r.found[i].minor = r.found[i].minor && f.minor
		case f.certainty > r.found[i].certainty || r.found[i].minor && !f.minor:
			r.found[i].drop(r.line.At, q.line.At)
			r.found[i] = f
		default:
			f.drop(r.line.At, q.line.At)
		}
	}
}

// drop takes a finding off the exchanges at the places: on the same request the
// same rule found more elsewhere.
func (f found) drop(at ...exchange.Locator) {
	f.group.count--
	f.group.lines = slices.DeleteFunc(f.group.lines, func(l Line) bool { return slices.Contains(at, l.At) })
}
