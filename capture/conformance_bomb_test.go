package capture

import (
	"context"
	"errors"
	"io"
	"os"
	"runtime"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/why401/why401/internal/exchange"
)

const (
	bombSize   = 1 << 30     // bytes of a string with WHY401_BOMBS=1
	bombMemory = 512 << 20   // bytes of heap that reading one may take
	bombTime   = time.Minute // tells seconds from for ever, on machines that are busy
)

// marked is where the bombs of a form go: into a value, or between values.
const marked = "\x00"

// bombs are the forms with the place of the bomb. Archives get theirs in a member.
var bombs = map[string]string{
	"har":                `{"log":{"version":"1.2","entries":[{"request":{"method":"GET","url":"` + marked + `"}}]}}`,
	"newman":             `{"collection":{"item":[]},"run":{"executions":[{"request":{"url":{"protocol":"https","host":["a","example"],"path":["` + marked + `"]},"method":"GET"}}]}}`,
	"postman-collection": `{"info":{"schema":"https://schema.getpostman.com/json/collection/v2.1.0/collection.json","name":"` + marked + `"},"item":[]}`,
	"insomnia":           `{"_type":"export","__export_format":4,"resources":[{"_type":"request","name":"` + marked + `"}]}`,
	"insomnia in YAML":   "type: collection.insomnia.rest/5.0\nname: \"" + marked + "\"\n",
	"playwright-trace":   `{"type":"resource-snapshot","snapshot":{"request":{"url":"` + marked + "\"}}}\n",
	"charles-json":       `[{"status":"COMPLETE","method":"GET","protocolVersion":"1","path":"` + marked + `"}]`,
	"burp":               `<?xml version="1.0"?><items burpVersion="1"><item><url>` + marked + `</url></item></items>`,
	"mitmproxy":          `1073742000:4:type;4:http;7:version;2:21#7:comment;1073741824:` + marked + `;}`,
	"curl-trace":         "* Connected to a (192.0.2.1) port 80\n> GET / HTTP/1.1\n> x: " + marked + "\n",
	"curl-trace, dump":   "== Info: Connected to a (192.0.2.1) port 80\n=> Send header, 94 bytes (0x5e)\n0000: GET /" + marked + "\n",
	"command":            "curl https://a.example/ -H 'x: " + marked + "'\n",
	"http-file":          "GET https://jira.example.com/\nx: " + marked + "\n",
	"access-log":         "192.0.2.1 540x12x1 - [02/Mar/2026:09:00:00 +0000] \"GET / HTTP/1.1\" 401 212 \"" + marked + "\"\n",
	"jira-security-log":  "2026-03-02 09:00:00,000+0000 http-1 anonymous 540x1x1 - 192.0.2.1 /x The user '" + marked + "' has FAILED authentication\n",
}

// TestBombs reads long strings, with WHY401_BOMBS=1 of a gigabyte, and a million
// brackets in each form.
func TestBombs(t *testing.T) {
	if testing.Short() {
		t.Skip("it takes long")
	}
	size := 66 << 20 // more than any form keeps
	if os.Getenv("WHY401_BOMBS") != "" {
		size = bombSize
	}
	for kind := range forms {
		if _, ok := bombs[kind]; !ok && kind != "pcap" && kind != "pcapng" && kind != "fiddler" { // lengths are in those
			t.Errorf("%s has no bomb", kind)
		}
	}
	for kind, text := range bombs {
		before, after, _ := strings.Cut(text, marked)
		t.Run(kind+"/string", func(t *testing.T) {
			explode(t, io.MultiReader(strings.NewReader(before), &again{what: []byte("x"), n: size}, strings.NewReader(after)))
		})
		if strings.HasPrefix(text, "{") {
			t.Run(kind+"/escapes", func(t *testing.T) {
				explode(t, io.MultiReader(strings.NewReader(before), &again{what: []byte(`\"`), n: size / 4}, strings.NewReader(after)))
			})
		}
		for _, bracket := range []string{"[", `{"a":`} {
			t.Run(kind+"/"+bracket, func(t *testing.T) {
				explode(t, io.MultiReader(strings.NewReader(strings.TrimSuffix(before, `"`)), &again{what: []byte(bracket), n: len(bracket) * 1_000_000}))
			})
		}
	}
}

// TestArchiveBombs reads archives with a member that is small only when packed.
func TestArchiveBombs(t *testing.T) {
	zeros := strings.Repeat("\x00", 66<<20)
	for name, in := range map[string]string{
		"fiddler":             zipped("raw/1_c.txt", "GET http://a.example/"+zeros),
		"fiddler, body":       zipped("raw/1_c.txt", "GET http://a.example/ HTTP/1.1\r\nContent-Length: 9\r\n\r\n"+zeros),
		"fiddler, about":      zipped("raw/1_c.txt", wireRequest, "raw/1_m.xml", `<Session>`+zeros),
		"playwright":          zipped("trace.network", `{"type":"resource-snapshot","snapshot":{"request":{"url":"`+zeros),
		"playwright, body":    zipped("trace.network", playwrightLog, "resources/"+playwrightBody, zeros),
		"har":                 zipped("a.har", `{"log":{"entries":[{"a":"`+zeros),
		"support zip":         zipped("application-logs/atlassian-jira-security.log", "2026-03-02 09:00:00,000+0000 http-1 anonymous 540x1x1 - 192.0.2.1 /x The user '"+zeros),
		"Insomnia, in a gzip": gz("type: collection.insomnia.rest/5.0\nname: " + zeros),
	} {
		t.Run(name, func(t *testing.T) { explode(t, strings.NewReader(in)) })
	}
}

// explode reads an input within the bounds.
func explode(t *testing.T, r io.Reader) {
	t.Helper()
	runtime.GC()
	var start runtime.MemStats
	runtime.ReadMemStats(&start)
	var peak atomic.Uint64
	done := make(chan struct{})
	watched := make(chan struct{})
	go func() {
		defer close(watched)
		for {
			select {
			case <-done:
				return
			case <-time.After(20 * time.Millisecond):
				var m runtime.MemStats
				runtime.ReadMemStats(&m)
				peak.Store(max(peak.Load(), m.HeapAlloc))
			}
		}
	}()
	began := time.Now()
	s := Open(context.Background(), []string{"-"}, Options{Stdin: r})
	for x, err := range s.Exchanges() {
		if (x == nil) == (err == nil) {
			t.Fatal("an exchange or an error")
		}
		if x != nil {
			inBounds(t, x)
		}
		if u := new(exchange.Unreadable); errors.As(err, &u) && u.Fatal {
			break
		}
	}
	took := time.Since(began)
	close(done)
	<-watched
	if took > bombTime {
		t.Errorf("it took %s", took.Round(time.Millisecond))
	}
	if p := peak.Load(); p > start.HeapAlloc+bombMemory {
		t.Errorf("it took %d MiB", (p-start.HeapAlloc)>>20)
	}
}

// again repeats what until n bytes are read.
type again struct {
	what []byte
	n    int
	at   int
}

func (a *again) Read(p []byte) (int, error) {
	if a.n <= 0 {
		return 0, io.EOF
	}
	p = p[:min(len(p), a.n)]
	for i := range p {
		p[i] = a.what[a.at]
		if a.at++; a.at == len(a.what) {
			a.at = 0
		}
	}
	a.n -= len(p)
	return len(p), nil
}
