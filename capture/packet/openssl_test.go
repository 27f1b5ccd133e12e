package packet

import (
	"bufio"
	"bytes"
	"context"
	"crypto/aes"
	"crypto/x509"
	"encoding/hex"
	"encoding/pem"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/why401/why401/internal/packettest"
)

// TestCCM runs packet vector #1 of RFC 3610, but for its nonce of 13 bytes, which
// TLS does not use: so the vector of RFC 6655's kind is made of the block cipher
// here, by the text of RFC 3610, section 2.
func TestCCM(t *testing.T) {
	key, _ := hex.DecodeString("c0c1c2c3c4c5c6c7c8c9cacbcccdcecf")
	b, err := aes.NewCipher(key)
	if err != nil {
		t.Fatal(err)
	}
	nonce, ad := []byte("twelve bytes"), []byte("header of 13b")
	for _, tag := range []int{8, 16} {
		for _, n := range []int{0, 1, 15, 16, 17, 400} {
			plain := bytes.Repeat([]byte("p"), n)
			sealed := sealCCM(b.Encrypt, tag, nonce, plain, ad)
			c := &counterCBC{b, tag}
			out, err := c.Open([]byte("x"), nonce, sealed, ad)
			if err != nil || string(out) != "x"+string(plain) {
				t.Errorf("tag %d, %d bytes: %v", tag, n, err)
			}
			sealed[len(sealed)-1] ^= 1
			if _, err := c.Open(nil, nonce, sealed, ad); err == nil {
				t.Error("a wrong tag")
			}
		}
	}
}

// sealCCM is CCM written down as RFC 3610 has it, with L = 3.
func sealCCM(encrypt func(dst, src []byte), m int, nonce, plain, ad []byte) []byte {
	block := func(flags byte, n int) []byte {
		return append(append([]byte{flags}, nonce...), byte(n>>16), byte(n>>8), byte(n))
	}
	pad := func(b []byte) []byte { return append(b, make([]byte, -len(b)&15)...) }
	all := block(64|byte((m-2)/2)<<3|2, len(plain))
	all = append(all, pad(append([]byte{byte(len(ad) >> 8), byte(len(ad))}, ad...))...)
	all = append(all, pad(append([]byte(nil), plain...))...)
	x := make([]byte, 16)
	for i := 0; i < len(all); i += 16 {
		for j := range x {
			x[j] ^= all[i+j]
		}
		encrypt(x, x)
	}
	stream := func(i int, b []byte) (out []byte) {
		s := make([]byte, 16)
		encrypt(s, block(2, i))
		for j := range b {
			out = append(out, b[j]^s[j])
		}
		return out
	}
	var sealed []byte
	for i := 0; i < len(plain); i += 16 {
		sealed = append(sealed, stream(1+i/16, plain[i:min(i+16, len(plain))])...)
	}
	return append(sealed, stream(0, x[:m])...)
}

// opensslSession lets the client and the server of OpenSSL talk, records them, and
// returns the capture and the secrets. R in ask stands for another handshake.
func opensslSession(t *testing.T, args string, ask ...string) (*packettest.Trace, string) {
	t.Helper()
	openssl, err := exec.LookPath("openssl")
	if err != nil {
		if os.Getenv("CI") != "" {
			t.Fatal("openssl is missing")
		}
		t.Skip("openssl is not installed")
	}
	dir := t.TempDir()
	cert := packettest.Certificate(t, false, nil, "jira.example.com")
	der, err := x509.MarshalPKCS8PrivateKey(cert.PrivateKey)
	if err != nil {
		t.Fatal(err)
	}
	both := append(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: cert.Certificate[0]}), pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der})...)
	file, keys := filepath.Join(dir, "server.pem"), filepath.Join(dir, "keys.log")
	if err := os.WriteFile(file, both, 0o600); err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithTimeout(t.Context(), 20*time.Second)
	defer stop()
	free, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	addr := free.Addr().String()
	free.Close()
	server := exec.CommandContext(ctx, openssl, append([]string{"s_server", "-accept", addr, "-cert", file, "-quiet", "-client_renegotiation", "-naccept", "1"}, strings.Fields(args)...)...)
	in, _ := server.StdinPipe()
	out, _ := server.StdoutPipe()
	var said bytes.Buffer
	server.Stderr = &said
	if err := server.Start(); err != nil {
		t.Fatal(err)
	}
	// What the server is asked, it answers with the same answer.
	go func() {
		for s := bufio.NewScanner(out); s.Scan(); {
			if s.Text() == "" {
				fmt.Fprint(in, denied+"\n")
			}
		}
	}()
	relay, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer relay.Close()
	tr := &packettest.Trace{}
	rec := &packettest.Recorder{Trace: tr}
	var wg sync.WaitGroup
	wg.Go(func() {
		a, err := relay.Accept()
		if err != nil {
			return
		}
		defer a.Close()
		var b net.Conn
		for range 200 {
			if b, err = net.Dial("tcp", addr); err == nil {
				break
			}
			time.Sleep(20 * time.Millisecond)
		}
		if err != nil {
			return
		}
		b = rec.Wrap(b, packettest.At(jira, 443))
		defer b.Close()
		wg.Go(func() { _, _ = io.Copy(b, a); b.Close() })
		_, _ = io.Copy(a, b)
	})
	client := exec.CommandContext(ctx, openssl, append([]string{"s_client", "-connect", relay.Addr().String(), "-servername", "jira.example.com", "-keylogfile", keys}, strings.Fields(args)...)...)
	to, _ := client.StdinPipe()
	from, _ := client.StdoutPipe()
	if err := client.Start(); err != nil {
		t.Fatal(err)
	}
	lines := bufio.NewScanner(from)
	until := func(text string) {
		for lines.Scan() {
			if strings.Contains(lines.Text(), text) {
				return
			}
		}
		t.Errorf("the client never says %q; the server: %s", text, said.String())
	}
	until("Verify return code")
	for _, s := range ask {
		fmt.Fprint(to, s)
		if s == "R\n" {
			time.Sleep(500 * time.Millisecond) // it does not tell
			continue
		}
		until("no!")
	}
	to.Close()
	_ = client.Wait()
	stop()
	_ = server.Wait()
	wg.Wait()
	log, err := os.ReadFile(keys)
	if err != nil {
		t.Fatal(err)
	}
	return tr, string(log)
}

// TestOpenSSL reads what Go cannot speak: CCM, and a handshake within a
// connection.
func TestOpenSSL(t *testing.T) {
	const plain = "GET /rest/api/2/myself HTTP/1.1\r\nHost: jira.example.com\r\n\r\n"
	for _, tt := range []struct {
		name, args string
		ask        []string
	}{
		{"CCM", "-tls1_2 -cipher ECDHE-ECDSA-AES128-CCM", []string{plain}},
		{"CCM with a short tag", "-tls1_2 -cipher ECDHE-ECDSA-AES256-CCM8:@SECLEVEL=0", []string{plain}},
		{"CCM, TLS 1.3", "-tls1_3 -ciphersuites TLS_AES_128_CCM_SHA256", []string{plain, plain}},
		{"renegotiation", "-tls1_2 -cipher ECDHE-ECDSA-AES128-GCM-SHA256", []string{plain, "R\n", plain}},
		{"renegotiation, CBC", "-tls1_2 -cipher ECDHE-ECDSA-AES128-SHA256", []string{plain, "R\n", plain}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			tr, log := opensslSession(t, tt.args, tt.ask...)
			xs, c := read(t, tr.PCAP(), keysOf(t, log))
			n := strings.Count(strings.Join(tt.ask, ""), "GET")
			equal(t, lines(xs), strings.Repeat(secret401, n))
			if len(c.Notes) != 0 {
				t.Errorf("notes %v", c.Notes)
			}
		})
	}
}
