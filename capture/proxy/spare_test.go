package proxy

import (
	"crypto/tls"
	"io"
	"testing"
	"time"
)

// A browser opens connections ahead of need and closes those that it did not
// use. Once it made a request, that is no sign of distrust; from a program that
// made none, it is.
func TestSpareConnections(t *testing.T) {
	w := newWorld(t, newOrigin(t, okay, site))
	c := w.client(site)
	_, _ = io.WriteString(c, get)
	c.expect(t, okayAnswer)
	if x := w.exchanges(1)[0]; x.Failure != nil {
		t.Fatalf("%+v", x.Failure)
	}
	spare := w.client(site)
	time.Sleep(2 * promptDistrust)
	_ = spare.Close()
	p := w.connect(site + ":443")
	other := w.trust(site)
	other.MaxVersion, other.CipherSuites = tls.VersionTLS12, []uint16{tls.TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384}
	stranger := tls.Client(p.raw, other)
	if err := stranger.Handshake(); err != nil {
		t.Fatal(err)
	}
	time.Sleep(50 * time.Millisecond) // the spare one has ended
	_ = stranger.Close()
	x := w.exchanges(2)[1]
	if x.Failure == nil || x.Failure.Code != CodeDropped || x.Conn.Handshake.Hello.Version != tls.VersionTLS12 {
		t.Errorf("%+v %+v", x.Failure, x.Conn)
	}
}
