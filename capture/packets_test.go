package capture

import (
	"bytes"
	"compress/gzip"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/why401/why401/internal/exchange"
)

// emptyTrace is a packet capture without packets.
const emptyTrace = "\xd4\xc3\xb2\xa1\x02\x00\x04\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x04\x00\x01\x00\x00\x00"

// TestPackets opens packet captures, packed and cut, and key logs.
func TestPackets(t *testing.T) {
	dir := t.TempDir()
	file := func(name, content string) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	var packed bytes.Buffer
	z := gzip.NewWriter(&packed)
	z.Write([]byte(emptyTrace))
	z.Close()
	keys := file("keys.log", "CLIENT_RANDOM "+strings.Repeat("ab", 32)+" "+strings.Repeat("cd", 48)+"\n")
	for _, tt := range []struct {
		name, content string
		keys          []string
		notes         []exchange.NoteKind
		reasons       string
	}{
		{"trace.pcap", emptyTrace, []string{keys}, nil, ""},
		{"trace.pcap.gz", packed.String(), nil, []exchange.NoteKind{exchange.NoteCompressed}, ""},
		{"cut.pcap", emptyTrace + "\x00\x00", nil, []exchange.NoteKind{exchange.NoteTruncated}, ""},
		{"bad.pcapng", "\n\r\r\n\x1b\x00\x00\x00\x4d\x3c\x2b\x1a\x01\x00\x00\x00", nil, nil, "it is damaged here; what follows cannot be read"},
		{"keys.pcap", emptyTrace, []string{file("none.log", "hello\n")}, nil, "it holds no TLS secrets"},
		{"gone.pcap", emptyTrace, []string{filepath.Join(dir, "missing.log")}, nil, "there is no such file"},
	} {
		s := Open(t.Context(), []string{file(tt.name, tt.content)}, Options{KeyLogs: tt.keys})
		reasons := ""
		for x, err := range s.Exchanges() {
			if u, ok := err.(*exchange.Unreadable); ok {
				reasons += u.Reason
			} else {
				t.Errorf("%s: %v", tt.name, x)
			}
		}
		list := s.Captures()
		c := list[len(list)-1]
		var notes []exchange.NoteKind
		for _, n := range c.Notes {
			notes = append(notes, n.Kind)
		}
		if reasons != tt.reasons || len(notes) != len(tt.notes) || len(notes) > 0 && notes[0] != tt.notes[0] || !strings.HasPrefix(c.Format, "pcap") {
			t.Errorf("%s: %q, notes %v, format %s", tt.name, reasons, notes, c.Format)
		}
	}
}
