package proxy

import (
	"context"
	"crypto/tls"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/why401/why401/internal/exchange"
)

// h2Origin is a server of net/http.
func h2Origin(t *testing.T, h http.HandlerFunc, protos ...string) *origin {
	t.Helper()
	s := httptest.NewUnstartedServer(h)
	s.EnableHTTP2 = protos[0] == "h2"
	m := newMinter(originCA())
	s.TLS = &tls.Config{NextProtos: protos, GetCertificate: func(h *tls.ClientHelloInfo) (*tls.Certificate, error) { return m.of(h, site) }}
	s.StartTLS()
	t.Cleanup(s.Close)
	return &origin{addr: s.Listener.Addr().String()}
}

// h2Client speaks HTTP/2 only.
func h2Client(w *world) *http.Client {
	var only http.Protocols
	only.SetHTTP2(true)
	tr := &http.Transport{Protocols: &only, DialTLSContext: func(context.Context, string, string) (net.Conn, error) {
		p := w.connect(site + ":443")
		c := w.trust(site)
		c.NextProtos = []string{"h2"}
		t := tls.Client(p.raw, c)
		return t, t.Handshake()
	}}
	w.t.Cleanup(tr.CloseIdleConnections)
	return &http.Client{Transport: tr}
}

func TestHTTP2(t *testing.T) {
	for _, protos := range [][]string{{"h2", "http/1.1"}, {"http/1.1"}} {
		t.Run(protos[0], func(t *testing.T) {
			o := h2Origin(t, func(w http.ResponseWriter, r *http.Request) {
				b, _ := io.ReadAll(r.Body)
				w.Header().Set("X-Seraph-LoginReason", "OK")
				w.Header().Set("X-Agent", r.Header.Get("User-Agent"))
				w.Header().Set(http.TrailerPrefix+"X-T", "1")
				w.WriteHeader(401)
				_, _ = w.Write(append([]byte(r.Proto+" "+r.Host+" "), b...))
			}, protos...)
			w := newWorld(t, o)
			req, _ := http.NewRequest("POST", "https://"+site+"/a?b=%7E", strings.NewReader("hello"))
			req.Header.Set("Authorization", "Basic CANARY")
			req.Header.Set("Proxy-Authorization", "x")
			resp, err := h2Client(w).Do(req)
			if err != nil {
				t.Fatal(err)
			}
			b, err := io.ReadAll(resp.Body)
			_ = resp.Body.Close()
			want := map[string]string{"h2": "HTTP/2.0", "http/1.1": "HTTP/1.1"}[protos[0]] + " " + site + " hello"
			if string(b) != want || err != nil || resp.StatusCode != 401 || resp.Trailer.Get("X-T") != "1" {
				t.Errorf("%q %v %+v", b, err, resp)
			}
			x := w.exchanges(1)[0]
			if x.Request.URL != "https://"+site+"/a?b=%7E" || x.Request.Proto != "h2" || field(x, "authorization") != "Basic CANARY" ||
				x.Response.Status != 401 || string(x.Response.Body.Head) != want || string(x.Request.Body.Head) != "hello" || x.Response.Header.Value("x-seraph-loginreason") != "OK" {
				t.Errorf("%+v %+v", x, x.Response)
			}
			if x.Sees(exchange.Wire) != exchange.Hidden || x.Sees(exchange.Credentials) != exchange.Shown || x.Conn.TLS == nil || x.Conn.Handshake.Hello == nil {
				t.Errorf("%+v", x.Conn)
			}
		})
	}
}

// An origin that cannot be used does not leave the client waiting, though HTTP/2
// was promised to it.
func TestHTTP2Failures(t *testing.T) {
	bad := newOrigin(t, okay, "elsewhere.example.com")
	for addr, want := range map[string]struct {
		phase exchange.Phase
		code  string
	}{
		"127.0.0.1:1": {exchange.Dial, "ECONNREFUSED"},
		bad.addr:      {exchange.TLSHandshake, "ERR_TLS_CERT_ALTNAME_INVALID"},
	} {
		w := newWorld(t, nil, func(o *Options) { o.Connect[site] = addr })
		resp, err := h2Client(w).Get("https://" + site + "/")
		if err != nil {
			t.Fatal(err)
		}
		b, _ := io.ReadAll(resp.Body)
		_ = resp.Body.Close()
		contains(t, string(b), "why401: no answer from "+site+":443", want.code)
		if x := w.exchanges(1)[0]; resp.StatusCode != 502 || x.Failure == nil || x.Failure.Phase != want.phase || x.Failure.Code != want.code || x.Conn == nil {
			t.Errorf("%+v", x.Failure)
		}
		w.stop()
	}
}

func TestHTTP2Streams(t *testing.T) {
	next := make(chan bool)
	gone := make(chan bool)
	o := h2Origin(t, func(w http.ResponseWriter, r *http.Request) {
		for {
			select {
			case <-next:
				_, _ = io.WriteString(w, "data: 1\n\n")
				_ = http.NewResponseController(w).Flush()
			case <-r.Context().Done():
				close(gone)
				return
			}
		}
	}, "h2", "http/1.1")
	w := newWorld(t, o)
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	req, _ := http.NewRequestWithContext(ctx, "GET", "https://"+site+"/", nil)
	go func() { next <- true }()
	resp, err := h2Client(w).Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	if _, err := io.ReadFull(resp.Body, make([]byte, 9)); err != nil {
		t.Fatal(err)
	}
	next <- true
	if _, err := io.ReadFull(resp.Body, make([]byte, 9)); err != nil {
		t.Fatal(err)
	}
	cancel()
	select {
	case <-gone:
	case <-time.After(wait):
		t.Error("the server was not told")
	}
	if x := w.exchanges(1)[0]; x.Failure == nil || x.Failure.Code != CodeAborted {
		t.Errorf("%+v", x.Failure)
	}
}

func TestHTTP2WithCurl(t *testing.T) {
	curl := need(t, "curl")
	o := h2Origin(t, func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, "ok") }, "h2", "http/1.1")
	w := newWorld(t, o)
	file := filepath.Join(t.TempDir(), "ca.crt")
	if err := os.WriteFile(file, w.CA().PEM(), 0o600); err != nil {
		t.Fatal(err)
	}
	out, err := exec.Command(curl, "-sS", "--http2", "--cacert", file, "-x", "http://"+w.addr, "https://"+site+"/").CombinedOutput()
	if err != nil || string(out) != "ok" {
		t.Fatalf("%s %v", out, err)
	}
	if x := w.exchanges(1)[0]; x.Request.Proto != "HTTP/1.1" {
		t.Error(x.Request.Proto)
	}
}
