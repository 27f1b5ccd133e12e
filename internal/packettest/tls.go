package packettest

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"fmt"
	"io"
	"math/big"
	"net"
	"strings"
	"sync"
	"testing"
	"time"
)

// Certificate makes a certificate that nobody vouches for, valid around [Epoch],
// for names; the first one is its subject and its issuer. change may be nil.
func Certificate(t testing.TB, rsaKey bool, change func(c *x509.Certificate), names ...string) tls.Certificate {
	t.Helper()
	c := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: names[0]}, DNSNames: names,
		NotBefore: Epoch.AddDate(0, -1, 0), NotAfter: Epoch.AddDate(1, 0, 0),
	}
	if change != nil {
		change(c)
	}
	var k crypto.Signer
	k, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if rsaKey {
		k, err = rsa.GenerateKey(rand.Reader, 2048)
	}
	if err != nil {
		t.Fatal(err)
	}
	der, err := x509.CreateCertificate(rand.Reader, c, c, k.Public(), k)
	if err != nil {
		t.Fatal(err)
	}
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: k}
}

// A tap copies what is written to a connection into a dialog.
type tap struct {
	net.Conn
	mu   *sync.Mutex
	d    *Dialog
	side int
}

func (t *tap) Write(p []byte) (int, error) {
	t.mu.Lock()
	if !t.d.Shut {
		t.d.Send(t.side, string(p))
	}
	t.mu.Unlock()
	return t.Conn.Write(p)
}

// Session runs a real TLS connection and records it in d. It calls ask with the
// client's end and answer with the server's, each once its handshake is through;
// the connection ends when ask returns. Both may be nil.
func Session(t testing.TB, d *Dialog, client, server *tls.Config, ask, answer func(c *tls.Conn)) {
	t.Helper()
	a, b := Pair(t)
	var mu sync.Mutex
	d.Open()
	var wg sync.WaitGroup
	wg.Go(func() {
		defer b.Close()
		s := tls.Server(&tap{b, &mu, d, 1}, server)
		if s.Handshake() == nil {
			if answer == nil {
				_, _ = io.Copy(io.Discard, s)
				return
			}
			answer(s)
		}
	})
	c := tls.Client(&tap{a, &mu, d, 0}, client)
	if c.Handshake() == nil && ask != nil {
		ask(c)
	}
	a.Close()
	wg.Wait()
	mu.Lock() // a server of HTTP/2 may still be closing
	defer mu.Unlock()
	d.Close()
	d.Shut = true
}

// Pair returns the two ends of a connection.
func Pair(t testing.TB) (a, b net.Conn) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	if a, err = net.Dial("tcp", l.Addr().String()); err != nil {
		t.Fatal(err)
	}
	if b, err = l.Accept(); err != nil {
		t.Fatal(err)
	}
	for _, c := range []net.Conn{a, b} {
		_ = c.SetDeadline(time.Now().Add(10 * time.Second))
	}
	return a, b
}

// Hello returns the first bytes that a client sends.
func Hello(t testing.TB, config *tls.Config) string {
	t.Helper()
	a, b := net.Pipe()
	done := make(chan struct{})
	go func() {
		defer close(done)
		_ = tls.Client(a, config).Handshake()
	}()
	buf := make([]byte, 16<<10)
	n, err := b.Read(buf)
	if err != nil {
		t.Fatal(err)
	}
	a.Close()
	b.Close()
	<-done
	return string(buf[:n])
}

// Talk returns functions for [Session] that send requests and the answer to each.
func Talk(turns ...[2]string) (ask, answer func(c *tls.Conn)) {
	side := func(mine int) func(c *tls.Conn) {
		return func(c *tls.Conn) {
			for _, turn := range turns {
				if mine == 1 {
					_, _ = io.ReadFull(c, make([]byte, len(turn[0])))
				}
				_, _ = io.WriteString(c, turn[mine])
				if mine == 0 {
					_, _ = io.ReadFull(c, make([]byte, len(turn[1])))
				}
			}
		}
	}
	return side(0), side(1)
}

// Turn writes an exchange as HTTP/1.1: lines are whole, without their ends.
func Turn(askLines []string, askBody, statusLine string, answerLines []string, answerBody string) [2]string {
	message := func(first string, lines []string, body string) string {
		var b strings.Builder
		b.WriteString(first + "\r\n")
		for _, l := range lines {
			name, _, _ := strings.Cut(l, ":")
			if !strings.EqualFold(name, "content-length") && !strings.EqualFold(name, "transfer-encoding") && !strings.EqualFold(name, "content-encoding") {
				b.WriteString(l + "\r\n")
			}
		}
		fmt.Fprintf(&b, "Content-Length: %d\r\n\r\n%s", len(body), body)
		return b.String()
	}
	return [2]string{message(askLines[0], askLines[1:], askBody), message(statusLine, answerLines, answerBody)}
}
