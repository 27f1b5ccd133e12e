package leak

import (
	"bytes"
	"context"
	"crypto/tls"
	"fmt"
	"io"
	"math/rand/v2"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/why401/why401/capture"
	"github.com/why401/why401/internal/diagnose"
	"github.com/why401/why401/internal/exchange"
	"github.com/why401/why401/internal/packettest"
	"github.com/why401/why401/internal/report"
	"github.com/why401/why401/rules"
)

// turns makes what goes over a wire of exchanges: a request and its answer each.
func turns(xs []*exchange.Exchange) [][2]string {
	var out [][2]string
	lines := func(h exchange.Header) string {
		var b strings.Builder
		for _, f := range h {
			if !strings.EqualFold(f.Name, "content-length") && !strings.EqualFold(f.Name, "transfer-encoding") && !strings.ContainsAny(f.Name+f.Value, "\r\n\x00") {
				b.WriteString(f.Name + ": " + f.Value + "\r\n")
			}
		}
		return b.String()
	}
	for _, x := range xs {
		target := "/"
		if u, err := url.Parse(x.Request.URL); err == nil {
			target = u.RequestURI()
		}
		method := x.Request.Method
		if strings.ContainsAny(method, " \r\n") || method == "" {
			method = "GET"
		}
		ask := fmt.Sprintf("%s %s HTTP/1.1\r\n%sContent-Length: %d\r\n\r\n%s", method, target, lines(x.Request.Header), len(x.Request.Body.Head), x.Request.Body.Head)
		answer := "HTTP/1.1 401 \r\nContent-Length: 0\r\n\r\n"
		if r := x.Response; r != nil && r.Status >= 200 {
			answer = fmt.Sprintf("HTTP/1.1 %d %s\r\n%sContent-Length: %d\r\n\r\n%s", r.Status, strings.NewReplacer("\r", "", "\n", "").Replace(r.Reason), lines(r.Header), len(r.Body.Head), r.Body.Head)
		}
		out = append(out, [2]string{ask, answer})
	}
	return out
}

// overTLS sends turns through TLS and returns the packets and the key log.
func overTLS(t *testing.T, turns [][2]string, version uint16) (*packettest.Trace, string) {
	t.Helper()
	var log bytes.Buffer
	tr := &packettest.Trace{}
	tr.Lookup("acme.atlassian.net", 0, "203.0.113.20")
	packettest.Session(t, tr.Dial(packettest.Laptop, packettest.At(packettest.Server, 443), 1),
		&tls.Config{ServerName: "acme.atlassian.net", InsecureSkipVerify: true, KeyLogWriter: &log, MaxVersion: version},
		&tls.Config{Certificates: []tls.Certificate{packettest.Certificate(t, false, nil, "acme.atlassian.net")}},
		func(c *tls.Conn) {
			for _, turn := range turns {
				_, _ = io.WriteString(c, turn[0])
				_, _ = io.ReadFull(c, make([]byte, len(turn[1])))
			}
		}, func(c *tls.Conn) {
			for _, turn := range turns {
				_, _ = io.ReadFull(c, make([]byte, len(turn[0])))
				_, _ = io.WriteString(c, turn[1])
			}
		})
	return tr, log.String()
}

// openFiles reads files as the command does, and renders all that is said.
func openFiles(t *testing.T, dir string, files map[string][]byte, keyLogs []string, all bool) *analyzed {
	t.Helper()
	var names []string
	for name, b := range files {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, b, 0o600); err != nil {
			t.Fatal(err)
		}
		names = append(names, path)
	}
	a := &analyzed{outputs: map[string]string{}}
	e, err := diagnose.New(rules.All(), diagnose.Options{Hosts: []string{"*.corp.example"}})
	if err != nil {
		t.Fatal(err)
	}
	s := capture.Open(context.Background(), names, capture.Options{KeyLogs: keyLogs})
	for x, err := range s.Exchanges() {
		if err != nil {
			a.errors = append(a.errors, err.Error())
		} else {
			a.exchanges = append(a.exchanges, x)
		}
		e.See(x, err)
	}
	for _, c := range s.Captures() {
		e.Opened(c)
	}
	render(t, report.New(e.Diagnosis(), "test"), a.outputs, all)
	a.outputs["errors"] = strings.ReplaceAll(strings.Join(a.errors, "\n"), dir, "DIR")
	return a
}

// TestPackets sends secrets over the wire in every place that a request and an
// answer have, with and without TLS, and demands that none shows; nor do the
// secrets of TLS, be they in a key log or in the capture itself.
func TestPackets(t *testing.T) {
	n := 6
	switch {
	case long > 0:
		n = long
	case testing.Short():
		n = 2
	}
	for seed := range n {
		h := hostile(uint64(seed))
		sent := turns(analyze(t, h.name, h.file, false).exchanges)
		plain := &packettest.Trace{}
		d := plain.Dial(packettest.Laptop, packettest.Server, 1).Open()
		for _, turn := range sent {
			d.Ask(turn[0]).Answer(turn[1])
		}
		d.Close()
		tls13, log13 := overTLS(t, sent, tls.VersionTLS13)
		tls12, log12 := overTLS(t, sent, tls.VersionTLS12)
		needles := newNeedles()
		shown := innocent(h.shown)
		for _, s := range h.secrets {
			needles.add(s, shown)
		}
		keys := 0
		for _, f := range strings.Fields(log13 + log12) {
			if len(f) >= 64 {
				needles.add(secret{f, "key log"}, shown)
				keys++
			}
		}
		if keys < 8 {
			t.Fatalf("%d secrets of TLS", keys)
		}
		dir := t.TempDir()
		log := filepath.Join(dir, "keys.log")
		if err := os.WriteFile(log, []byte(log13+"CLIENT_RANDOM "+marker+" "+marker+"\n"+log12), 0o600); err != nil {
			t.Fatal(err)
		}
		for what, files := range map[string]map[string][]byte{
			"plain text":          {"a.pcap": plain.PCAP()},
			"TLS 1.3 with keys":   {"b.pcap": tls13.PCAP()},
			"TLS 1.2 with keys":   {"c.pcap": tls12.PCAP()},
			"keys in the capture": {"d.pcapng": tls13.PCAPNG(log13)},
			"a key log as input":  {"e.log": []byte(log13)},
		} {
			var logs []string
			if strings.HasSuffix(what, "with keys") {
				logs = []string{log}
			}
			a := openFiles(t, dir, files, logs, true)
			if len(a.exchanges) < len(sent)/2 && what != "a key log as input" {
				t.Fatalf("seed %d, %s: %d of %d requests, %v", seed, what, len(a.exchanges), len(sent), a.errors)
			}
			check(t, fmt.Sprintf("seed %d, %s", seed, what), a.outputs, needles, markers())
		}
		r := rand.New(rand.NewPCG(uint64(seed), 2))
		for range 4 {
			b := bytes.Clone(tls13.PCAPNG(log13))
			for range 20 {
				b[r.IntN(len(b))] = byte(r.Uint32())
			}
			a := openFiles(t, dir, map[string][]byte{"f.pcapng": b[:r.IntN(len(b))]}, []string{log}, false)
			check(t, fmt.Sprintf("seed %d, damaged", seed), a.outputs, needles, markers())
		}
	}
}
