package main

import (
	"io"
	"os"
	"path/filepath"
	"slices"
	"testing"
)

// TestTLSFactsInHAR: the HAR of the proxy tells the same of the TLS of clients as
// the proxy does.
func TestTLSFactsInHAR(t *testing.T) {
	site := newSite(t)
	for _, flag := range []string{"--har-raw", "--har"} {
		for _, tt := range oldClients {
			t.Run(flag+" "+tt.name, func(t *testing.T) {
				name := filepath.Join(t.TempDir(), "traffic.har")
				c, end := startHere(t, site, "--format", "json", flag, name)
				switch {
				case tt.offer != nil:
					ask(t, c, site, tt.offer)
				case tt.openssl != nil:
					askOpenSSL(t, c, site, tt.openssl)
				default:
					conn := c.tunnel(t)
					_, _ = conn.Write(tt.raw)
					_, _ = io.Copy(io.Discard, conn)
				}
				end()
				b, err := os.ReadFile(name)
				if err != nil {
					t.Fatal(err)
				}
				if live, har := causesOf(t, c.out.String()), causesOf(t, analyzed(t, "traffic.har", b, "")); !slices.Equal(live, har) {
					t.Errorf("live %v, HAR %v", live, har)
				}
			})
		}
	}
}
