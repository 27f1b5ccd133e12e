package scrub

import (
	"bytes"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/why401/why401/internal/exchange"
)

// TestCiphers: the names of cipher suites stay, also where all goes that is not known to
// be harmless; what only looks like one does not.
func TestCiphers(t *testing.T) {
	for _, name := range []string{
		"TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256", "TLS_AES_256_GCM_SHA384", "TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256", "TLS_RSA_WITH_3DES_EDE_CBC_SHA",
		"ECDHE-RSA-AES128-GCM-SHA256", "AES_128_GCM", "DES-CBC3-SHA", "TLS_EMPTY_RENEGOTIATION_INFO_SCSV",
	} {
		for _, strict := range []bool{false, true} {
			s := New(Options{Key: [32]byte{1}})
			if strict {
				Strict(s)
			}
			b := draft(t, s, &exchange.Exchange{
				Request: exchange.Request{Method: "GET", URL: "https://acme.atlassian.net/"},
				Conn:    &exchange.Conn{TLS: &exchange.TLS{Version: "TLS 1.2", Cipher: name}, Client: &exchange.ClientLeg{Cipher: name}},
			})
			var out bytes.Buffer
			if err := s.Copy(&out, bytes.NewReader(b), s.Gate()); err != nil || strings.Count(out.String(), `"`+name+`"`) != 2 {
				t.Errorf("%s, strict %v: %v, %s", name, strict, err, out.String())
			}
		}
	}
	s := New(Options{Key: [32]byte{1}})
	for _, v := range []string{"TLS_CANARYq8Xw2m", "AES_CANARY", "CANARY"} {
		if out := s.cipher(v); strings.Contains(out, "CANARY") {
			t.Errorf("%s became %s", v, out)
		}
	}
}

// TestRunsOfSix: with as many secrets as can be looked for, runs of 6 bytes count as with
// few.
func TestRunsOfSix(t *testing.T) {
	s := New(Options{Key: [32]byte{1}})
	for i := 0; s.bytes < maxLearntBytes*9/10; i++ {
		s.learn(s.letters("CANARYq8XwZmzTtRkPvvLnBhJkQwErTyUiOpAs", byte(1+i%100)) + s.letters("0123456789", byte(i%100)))
		s.learn(s.letters("zmZtQrkPvLnBhJsDfGhJkLmN", byte(1+i%100)) + s.letters("9876543210", byte(i/100)))
	}
	secret := "gWx-Zq7vKt"
	s.learn(secret)
	if s.over {
		t.Fatal("there are too many")
	}
	for _, put := range []string{secret[:6], secret[4:], reverse(secret[2:8]), secret} {
		line := `{"text":"it says ` + put + `, no more"}` + "\n"
		var out bytes.Buffer
		if err := s.Copy(&out, strings.NewReader(line), s.Gate()); err != nil || out.String() == line || out.Len() != len(line) {
			t.Errorf("%q: %v, %s", put, err, out.String())
		}
	}
}

// TestKeysStay: the keys that the writer of a HAR writes stay where all goes that is not
// known to be harmless.
func TestKeysStay(t *testing.T) {
	x := faulty()
	now := time.Unix(1_700_000_000, 0)
	x.Conn = &exchange.Conn{
		ID: "7", ServerAddr: "192.0.2.1", ServerPort: 443,
		TLS:    &exchange.TLS{Version: "TLS 1.2", Protocol: "h2", Cipher: "AES_128_GCM", Subject: "acme", Issuer: "acme", From: now, To: now, State: "secure"},
		Client: &exchange.ClientLeg{Version: "TLS 1.2", Cipher: "AES_128_GCM", ServerName: "acme.example", Protocol: "h2", Signer: 1, Agent: "curl", Command: "curl"},
		Handshake: &exchange.Handshake{
			Hello:  &exchange.ClientHello{Version: 771, Ciphers: []uint16{1}, ServerName: "acme.example", Protocols: []string{"h2"}},
			Alerts: []exchange.Alert{{Fatal: true, Code: 40}}, CertificateAsked: true, PlainReply: true, Quit: 1,
		},
	}
	keys := func(b []byte) string {
		return strings.Join(regexp.MustCompile(`"[A-Za-z_]+":`).FindAllString(string(b), -1), " ")
	}
	s := Strict(New(Options{Key: [32]byte{1}}))
	b := draft(t, s, x)
	var out bytes.Buffer
	if err := s.Copy(&out, bytes.NewReader(b), s.Gate()); err != nil {
		t.Fatal(err)
	}
	if want, got := keys(b), keys(out.Bytes()); got != want || !strings.Contains(got, `"quit":`) {
		t.Errorf("%s\nnot\n%s", got, want)
	}
}
