//go:build unix

package main

import (
	"encoding/json"
	"strings"
	"syscall"
	"testing"
)

// TestLiveNDJSON: each line is an object, those of the report come when they are
// asked for by a signal and at the end, and no secret is in any.
func TestLiveNDJSON(t *testing.T) {
	site := newSite(t)
	c := startProxy(t, site, "--format", "ndjson")
	c.get(t)
	c.get(t)
	kinds := func() map[string]int {
		n := map[string]int{}
		out := c.out.String()
		for line := range strings.Lines(out[:strings.LastIndexByte(out, '\n')+1]) {
			var o struct{ Type, Rule string }
			if err := json.Unmarshal([]byte(line), &o); err != nil {
				t.Fatalf("%v: %s", err, line)
			}
			n[o.Type]++
		}
		return n
	}
	until(t, "the second exchange", func() bool { return kinds()["exchange"] == 2 })
	if n := kinds(); n["found"] == 0 || n["cause"] != 0 {
		t.Error(n)
	}
	if err := c.Process.Signal(syscall.SIGUSR1); err != nil {
		t.Fatal(err)
	}
	until(t, "the diagnosis", func() bool { n := kinds(); return n["cause"] > 0 && n["capture"] == 1 })
	c.get(t)
	until(t, "the third exchange", func() bool { return kinds()["exchange"] == 3 })
	if strings.Contains(c.out.String(), "CANARY") {
		t.Errorf("a secret:\n%s", c.out.String())
	}
}

// TestLiveText is the same for people.
func TestLiveText(t *testing.T) {
	site := newSite(t)
	c := startProxy(t, site)
	c.get(t)
	until(t, "the exchange", func() bool { return strings.Contains(c.out.String(), "401  GET https://acme.atlassian.net/") })
	if strings.Contains(c.out.String(), "root cause") {
		t.Error(c.out.String())
	}
	before := len(c.out.String())
	if err := c.Process.Signal(syscall.SIGUSR1); err != nil {
		t.Fatal(err)
	}
	until(t, "the diagnosis", func() bool { return strings.Contains(c.out.String()[before:], "cloud-user-not-email") })
}
