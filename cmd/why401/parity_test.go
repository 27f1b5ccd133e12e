package main

import (
	"bytes"
	"context"
	"crypto/x509"
	"io"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/why401/why401/capture/proxy"
	"github.com/why401/why401/har"
	"github.com/why401/why401/internal/exchange"
	"github.com/why401/why401/internal/jiratest"
	"github.com/why401/why401/internal/packettest"
	"github.com/why401/why401/internal/report"
)

// A keyLog is a file of secrets in memory.
type keyLog struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (k *keyLog) Write(p []byte) (int, error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	return k.b.Write(p)
}

// asPackets plays a scenario and returns the packets of it and the secrets.
func asPackets(t *testing.T, site *jiratest.Site, sc jiratest.Scenario) (pcap []byte, keys string) {
	t.Helper()
	site.Reset()
	addr, err := site.AddrOf(sc)
	if err != nil {
		t.Fatal(err)
	}
	var log keyLog
	rec := &packettest.Recorder{Trace: &packettest.Trace{Start: time.Now()}}
	tr := site.Transport(addr)
	tr.TLSClientConfig.KeyLogWriter = &log
	tr.DialContext = func(ctx context.Context, network, to string) (net.Conn, error) {
		c, err := new(net.Dialer).DialContext(ctx, network, addr)
		if err != nil {
			return nil, err
		}
		_, port, _ := net.SplitHostPort(to)
		n, _ := strconv.Atoi(port)
		return rec.Wrap(c, netip.AddrPortFrom(packettest.Server.Addr(), uint16(n))), nil
	}
	if _, err := site.Play(t.Context(), sc, tr); err != nil {
		t.Fatal(err)
	}
	tr.CloseIdleConnections()
	return rec.PCAP(), log.b.String()
}

// asHAR plays a scenario and returns a HAR of it.
func asHAR(t *testing.T, site *jiratest.Site, sc jiratest.Scenario) []byte {
	t.Helper()
	list, _, err := site.Record(t.Context(), sc)
	if err != nil {
		t.Fatal(err)
	}
	var b bytes.Buffer
	w := har.NewWriter(&b, "jiratest", "1")
	for _, x := range list {
		if err := w.Write(x); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// proxied plays a scenario through the intercepting proxy and returns the report
// on it.
func proxied(t *testing.T, site *jiratest.Site, sc jiratest.Scenario) string {
	t.Helper()
	site.Reset()
	addr, err := site.AddrOf(sc)
	if err != nil {
		t.Fatal(err)
	}
	view, err := newLive(io.Discard, nil, report.Style{})
	if err != nil {
		t.Fatal(err)
	}
	// What goes over two connections may be told in the other order.
	var seen []*exchange.Exchange
	var mu sync.Mutex
	see := func(x *exchange.Exchange) {
		mu.Lock()
		defer mu.Unlock()
		seen = append(seen, x)
	}
	o := proxy.Options{UpstreamCA: site.CA(), Connect: map[string]string{}, See: see, Intercept: proxy.Hosts("*.example.com")}
	for _, h := range site.Hosts() {
		o.Connect[h] = addr
	}
	if o.CA, err = proxy.NewCA([]string{"*.example.com"}); err != nil {
		t.Fatal(err)
	}
	p, err := proxy.New(o)
	if err != nil {
		t.Fatal(err)
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	served := make(chan error, 1)
	go func() { served <- p.Serve(context.Background(), l) }()
	tr := site.Transport("")
	tr.DialContext = nil
	tr.Proxy = http.ProxyURL(&url.URL{Scheme: "http", Host: l.Addr().String()})
	tr.TLSClientConfig.RootCAs = x509.NewCertPool()
	tr.TLSClientConfig.RootCAs.AppendCertsFromPEM(o.CA.PEM())
	// Where the handshake fails behind it, the proxy answers for the server.
	_, _ = site.Play(t.Context(), sc, tr)
	tr.CloseIdleConnections()
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
	defer cancel()
	_ = p.Shutdown(ctx)
	<-served
	slices.SortStableFunc(seen, func(a, b *exchange.Exchange) int { return a.Start.Compare(b.Start) })
	for _, x := range seen {
		view.see(x)
	}
	var b bytes.Buffer
	if err := report.New(view.diagnosis(), "test").JSON(&b); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// analyzed returns the report on a capture.
func analyzed(t *testing.T, name string, b []byte, keys string) string {
	t.Helper()
	dir := t.TempDir()
	args := []string{"analyze", "-f", "json", filepath.Join(dir, name)}
	if err := os.WriteFile(filepath.Join(dir, name), b, 0o600); err != nil {
		t.Fatal(err)
	}
	if keys != "" {
		log := filepath.Join(dir, "keys.log")
		if err := os.WriteFile(log, []byte(keys), 0o600); err != nil {
			t.Fatal(err)
		}
		args = append(args, "--keylog", log)
	}
	var out, errs bytes.Buffer
	run(t.Context(), args, stdio{in: strings.NewReader(""), out: &out, err: &errs})
	if errs.Len() > 0 {
		t.Errorf("%s: %s", name, errs.String())
	}
	return out.String()
}

// names returns the rules of causes, sorted, without their certainty: the bytes on
// the wire, an alert or the word of a browser are not equally good proof.
func names(causes []string) []string {
	var list []string
	for _, c := range causes {
		id, _, _ := strings.Cut(c, " ")
		list = append(list, id)
	}
	slices.Sort(list)
	return list
}

// TestParity plays each story of the made-up products three times, and demands
// the same causes of a HAR, of packets with keys and of the proxy.
func TestParity(t *testing.T) {
	site := newSite(t)
	for _, sc := range site.Scenarios() {
		t.Run(sc.Name, func(t *testing.T) {
			pcap, keys := asPackets(t, site, sc)
			packets := causesOf(t, analyzed(t, "story.pcap", pcap, keys))
			for form, got := range map[string][]string{
				"packets": packets,
				"HAR":     causesOf(t, analyzed(t, "story.har", asHAR(t, site, sc), "")),
				"proxy":   causesOf(t, proxied(t, site, sc)),
			} {
				if form == "proxy" && sc.Name == "tls10-only" {
					// It speaks TLS 1.0 to the server, so nothing fails.
					if len(got) != 0 {
						t.Errorf("%s: %v", form, got)
					}
					continue
				}
				if !slices.Equal(names(got), names(packets)) {
					t.Errorf("%s: %v, packets %v", form, got, packets)
				}
				if !sc.Healthy() && !slices.Contains(names(got), sc.Cause) {
					t.Errorf("%s: %v, want %s", form, got, sc.Cause)
				}
			}
		})
	}
}
