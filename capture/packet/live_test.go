//go:build linux

package packet

import (
	"bytes"
	"errors"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// listen starts a capture. Without the capability the test is skipped, but where
// CI is set, tests run as root.
func listen(t *testing.T, iface, filter string) *Tap {
	t.Helper()
	tap, err := Listen(iface, filter)
	if errors.Is(err, ErrPermission) && os.Getenv("CI") == "" {
		t.Skip("it takes CAP_NET_RAW")
	}
	if err != nil {
		t.Fatal(err)
	}
	return tap
}

// TestFilterInKernel hands the programs to the kernel, which checks them more
// strictly than the interpreter.
func TestFilterInKernel(t *testing.T) {
	for _, filter := range []string{DefaultFilter, "not (net 10.0.0.0/9 or port 1 or ip6)", strings.Repeat("net 2001:db8::/32 or ", 60) + "tcp"} {
		tap := listen(t, "lo", filter)
		tap.Close()
	}
}

// TestFollow reads a key log while it grows, and after it was started anew.
func TestFollow(t *testing.T) {
	name := filepath.Join(t.TempDir(), "keys.log")
	k := &Keys{}
	k.Follow(name)
	line := func(id string) string {
		return "CLIENT_RANDOM " + strings.Repeat(id, 32) + " " + strings.Repeat("ab", 48) + "\n"
	}
	has := func(b byte) bool { return k.of([32]byte(bytes.Repeat([]byte{b}, 32))) != nil }
	add := func(s string, flag int) {
		t.Helper()
		f, err := os.OpenFile(name, os.O_CREATE|os.O_WRONLY|flag, 0o600)
		if err != nil {
			t.Fatal(err)
		}
		defer f.Close()
		if _, err := f.WriteString(s); err != nil {
			t.Fatal(err)
		}
	}
	if has(1) || !k.grows() {
		t.Error("a key before there is a file")
	}
	half := line("02")
	add(line("01")+half[:30], os.O_APPEND)
	if !has(1) || has(2) {
		t.Error("the first line, or half of the second")
	}
	add(half[30:], os.O_APPEND)
	if !has(2) {
		t.Error("the second line")
	}
	add(line("03"), os.O_TRUNC)
	if !has(3) || !has(1) {
		t.Error("a file started anew")
	}
	add(strings.Repeat("x", 3*maxKeyLine)+"\n"+line("04"), os.O_APPEND)
	if !has(4) {
		t.Error("after a line that is too long")
	}
}

// TestStamp reads the time that the kernel gives.
func TestStamp(t *testing.T) {
	tap := listen(t, "lo", "udp")
	defer tap.Close()
	c, err := net.Dial("udp", "127.0.0.1:9")
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	before := time.Now()
	if _, err := c.Write([]byte("CANARY")); err != nil {
		t.Fatal(err)
	}
	n := 0
	for {
		var fr frame
		if err := tap.read(&fr, 300*time.Millisecond); err != nil {
			break
		}
		if !bytes.HasSuffix(fr.data, []byte("CANARY")) {
			continue
		}
		n++
		if d := fr.at.time().Sub(before); d < -time.Second || d > 5*time.Second || fr.link != linkSLL || fr.size != len(fr.data) {
			t.Errorf("%v late, link type %d", d, fr.link)
		}
	}
	if n != 1 {
		t.Errorf("seen %d times", n)
	}
}
