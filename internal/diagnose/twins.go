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

// A sighting is a request as one capture shows it, or as several do. There is one
// for each request, so it holds fingerprints in place of texts; 0: not told.
type sighting struct {
	place
	more []place // where else it was seen

	method, host, path, tail, query, agent uint64
	start, time                            int64 // as the client and as the server tell it, in ns; 0: unknown
	secret                                 rule.Print
	status                                 int32
	log                                    bool // a log of the server is the only place so far
	fresh                                  bool // the newest place is the first to show the credential, if any

	next *sighting // with the same fingerprint
}

type place struct {
	at   exchange.Locator
	from *exchange.Capture
}

// twins recognises requests that were seen before.
type twins struct {
	seed    maphash.Seed
	byPrint map[uint64]*sighting
	places  map[exchange.Locator]*sighting // of requests seen more than once
	only    *exchange.Capture              // the capture of all that was seen; nil: there are several
	n       int
	full    int // exchanges that were not remembered, because there was no room
}

func newTwins() *twins {
	return &twins{seed: maphash.MakeSeed(), byPrint: map[uint64]*sighting{}, places: map[exchange.Locator]*sighting{}}
}

// hash returns a fingerprint; 0 of nothing.
func (w *twins) hash(s string) uint64 {
	if s == "" {
		return 0
	}
	return maphash.String(w.seed, s) | 1
}

// see enters s, and returns the request if another capture showed it before.
// Secret is the fingerprint of its credential.
func (w *twins) see(s *rule.Subject, secret rule.Print) *sighting {
	if s.Response == nil || s.Status() <= 0 && s.Log == nil || !target.Atlassian.Has(s.Target.Product) && !s.Has(rule.Failing) {
		return nil
	}
	switch {
	case w.n == 0:
		w.only = s.From
	case w.only != s.From:
		w.only = nil
	case w.n >= maxSightings:
		w.full++ // and it cannot be in another capture
		return nil
	}
	id := requestID(s)
	print := w.hash(id)
	if id == "" {
		print = w.answer(s)
	}
	n := sighting{
		place: place{s.At, s.From}, log: s.Log != nil,
		method: w.hash(s.Request.Method), host: w.hash(s.Target.Host), path: w.hash(s.Target.Path), tail: w.hash(tail(s.Target.Path)),
		query: w.hash(s.Target.Query), agent: w.hash(s.Sent("User-Agent")),
		start: nanos(s.Start), time: nanos(s.Time()), secret: secret, status: int32(s.Status()),
	}
	var best *sighting
	steps := 0
	for o := w.byPrint[print]; o != nil && steps < maxAlike; o, steps = o.next, steps+1 {
		if o.is(&n, id != "") && (best == nil || o.apart(&n) <= best.apart(&n)) { // of equals the first that was seen
			best = o
		}
	}
	switch {
	case best != nil:
		w.add(best, &n)
		return best
	case w.n >= maxSightings:
		w.full++
		return nil
	}
	w.n++
	kept := n
	kept.next = w.byPrint[print]
	w.byPrint[print] = &kept
	return nil
}

// tail is the end of a path that every source tells: the last segment.
func tail(path string) string { return path[strings.LastIndexByte(path, '/')+1:] }

func nanos(t time.Time) int64 {
	if t.IsZero() {
		return 0
	}
	return t.UnixNano()
}

// add enters another place of a request.
func (w *twins) add(o, n *sighting) {
	if o.log && !n.log { // a capture tells more about the address
		o.method, o.host, o.path, o.query, o.agent = n.method, n.host, n.path, n.query, n.agent
	}
	if o.status == 0 {
		o.status = n.status
	}
	o.fresh = o.secret == 0
	if o.fresh {
		o.secret = n.secret
	}
	o.log = o.log && n.log
	o.more = append(o.more, n.place)
	w.places[o.at] = o
	w.places[n.at] = o
}

// differ reports whether two facts are told and are not the same.
func differ[T comparable](a, b T) bool {
	var none T
	return a != b && a != none && b != none
}

// is reports whether n is the request o, which has the same fingerprint.
func (o *sighting) is(n *sighting, named bool) bool {
	if o.from == n.from || len(o.more)+1 >= maxPlaces || slices.ContainsFunc(o.more, func(p place) bool { return p.from == n.from }) {
		return false
	}
	if differ(o.method, n.method) || differ(o.status, n.status) {
		return false
	}
	switch {
	case !o.log && !n.log, o.log && n.log && o.method == n.method: // of one sort
		if o.host != n.host || o.path != n.path || o.query != n.query {
			return false
		}
	case o.tail != n.tail || differ(o.query, n.query): // a log may lack the host, the context path and the query
		return false
	}
	if named {
		// Ids of Data Center start anew with the server, and count minutes of a day.
		return !differ(o.time, n.time) || abs(time.Duration(o.time-n.time)) <= namedWithin
	}
	if differ(o.secret, n.secret) || differ(o.agent, n.agent) {
		return false
	}
	if o.start == 0 || n.start == 0 {
		return o.time != 0 && o.time == n.time // told by Date
	}
	return o.apart(n) <= unnamedWithin
}

// apart is how far two sightings lie apart in time; 0 if unknown.
func (o *sighting) apart(n *sighting) time.Duration {
	if o.start == 0 || n.start == 0 {
		return 0
	}
	return abs(time.Duration(o.start - n.start))
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
	var out []exchange.Locator
	for _, p := range append([]place{o.place}, o.more...) {
		if p.at != at {
			out = append(out, p.at)
		}
	}
	return out
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
