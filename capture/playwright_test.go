package capture

import (
	"bytes"
	"slices"
	"strings"
	"testing"

	"github.com/why401/why401/internal/exchange"
)

// TestBodiesBeside reads archives that Playwright's recordHar writes.
func TestBodiesBeside(t *testing.T) {
	long := strings.Repeat("0123456789", exchange.MaxBody/10+1)
	for name, c := range map[string]struct {
		in    string
		kept  bool
		body  string
		size  int64
		notes []exchange.NoteKind
	}{
		"beside":          {zipped("har.har", playwrightHAR, playwrightBody, "no "+canary), true, "no " + canary, int64(3 + len(canary)), nil},
		"in a folder":     {zipped("a/har.har", playwrightHAR, "a/"+playwrightBody, "no"), true, "no", 2, nil},
		"empty":           {zipped("har.har", playwrightHAR, playwrightBody, ""), true, "", 0, nil},
		"not there":       {zipped("har.har", playwrightHAR), false, "", 11, nil},
		"elsewhere":       {zipped("har.har", playwrightHAR, "b/"+playwrightBody, "no"), false, "", 11, nil},
		"long":            {zipped("har.har", playwrightHAR, playwrightBody, long), true, long[:exchange.MaxBody], 11, []exchange.NoteKind{exchange.NoteBodyCut}},
		"bomb":            {zipped("har.har", playwrightHAR, playwrightBody, strings.Repeat("\x00", 8<<20)), true, strings.Repeat("\x00", exchange.MaxBody), 11, []exchange.NoteKind{exchange.NoteBodyCut}},
		"looks like more": {zipped("har.har", playwrightHAR, playwrightBody, "* Connected to a\n> GET / HTTP/1.1\n< HTTP/1.1 401\n"), true, "* Connected to a\n> GET / HTTP/1.1\n< HTTP/1.1 401\n", 49, nil},
	} {
		s := read(c.in)
		n := 0
		for x, err := range s.Exchanges() {
			if err != nil {
				t.Fatalf("%s: %v", name, err)
			}
			n++
			b := x.Response.Body
			if b.Kept != c.kept || string(b.Head) != c.body || b.Size != c.size || x.Sight&exchange.Bodies != 0 != c.kept {
				t.Errorf("%s: kept %v, %d bytes, size %d, %v", name, b.Kept, len(b.Head), b.Size, x.Sight)
			}
		}
		if n != 1 {
			t.Errorf("%s: %d exchanges", name, n)
		}
		for _, k := range c.notes {
			if !slices.ContainsFunc(s.Captures()[0].Notes, func(o exchange.Note) bool { return o.Kind == k }) {
				t.Errorf("%s: %v", name, s.Captures()[0].Notes)
			}
		}
	}
}

// TestDamagedBody: what cannot be unpacked is a body that is not there, and no harm
// to the HAR.
func TestDamagedBody(t *testing.T) {
	in := []byte(zipped("har.har", playwrightHAR, playwrightBody, strings.Repeat("abcdefg", 3000)))
	at := bytes.Index(in, []byte(playwrightBody)) + len(playwrightBody)
	for i := range 8 {
		in[at+i] ^= 0xff
	}
	n := 0
	for x, err := range read(string(in)).Exchanges() {
		if err != nil {
			t.Fatal(err)
		}
		n++
		if x.Response.Body.Kept || x.Sight&exchange.Bodies != 0 {
			t.Errorf("%d bytes of a damaged body", len(x.Response.Body.Head))
		}
	}
	if n != 1 {
		t.Errorf("%d exchanges", n)
	}
}

// TestTraceBodies: a trace has its bodies, its log alone has none.
func TestTraceBodies(t *testing.T) {
	for _, c := range []struct {
		in   string
		kept bool
	}{{playwrightTrace, true}, {playwrightLog, false}} {
		for x, err := range read(c.in).Exchanges() {
			if err != nil || x.Response.Body.Kept != c.kept || c.kept && string(x.Response.Body.Head) != canary {
				t.Errorf("%v, %+v", err, x)
			}
		}
	}
}

const (
	playwrightEntry = `{"startedDateTime":"2026-03-02T09:00:00.000Z","time":7,"request":{"method":"GET","url":"https://jira.example.com/rest/api/2/myself","httpVersion":"HTTP/1.1","cookies":[],"headers":[{"name":"Authorization","value":"Basic ` + canary + `"}],"queryString":[],"headersSize":-1,"bodySize":0},` +
		`"response":{"status":401,"statusText":"","httpVersion":"HTTP/1.1","cookies":[],"headers":[{"name":"X-AREQUESTID","value":"540x1x1"}],"content":{"size":11,"mimeType":"text/plain","NAMED":"` + playwrightBody + `"},"headersSize":-1,"bodySize":11,"redirectURL":""},"cache":{},"timings":{"send":0,"wait":1,"receive":1}}`
	playwrightBody = "0123456789abcdef0123456789abcdef01234567.txt"
)

var (
	playwrightLog   = strings.Repeat(`{"type":"resource-snapshot","snapshot":`+strings.Replace(playwrightEntry, "NAMED", "_sha1", 1)+"}\n", 2)
	playwrightTrace = zipped("trace.trace", `{"version":8,"type":"context-options"}`, "trace.network", playwrightLog, "resources/"+playwrightBody, canary)
	playwrightHAR   = `{"log":{"version":"1.2","creator":{"name":"Playwright","version":"1.65"},"pages":[],"entries":[` + strings.Replace(playwrightEntry, "NAMED", "_file", 1) + `]}}`
)
