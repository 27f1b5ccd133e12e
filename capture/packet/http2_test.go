package packet

import (
	"bytes"
	"encoding/binary"
	"testing"

	"golang.org/x/net/http2/hpack"

	"github.com/why401/why401/internal/packettest"
)

// h2frame makes a frame of HTTP/2.
func h2frame(kind, flags byte, stream uint32, payload []byte) string {
	b := []byte{byte(len(payload) >> 16), byte(len(payload) >> 8), byte(len(payload)), kind, flags}
	return string(append(binary.BigEndian.AppendUint32(b, stream), payload...))
}

func numbers(list ...uint32) []byte {
	var b []byte
	for _, n := range list {
		b = binary.BigEndian.AppendUint32(b, n)
	}
	return b
}

// asks makes the start of a connection of HTTP/2 with requests on streams 1, 3 ….
func h2asks(n int) string {
	s := "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + h2frame(4, 0, 0, nil)
	var block bytes.Buffer
	enc := hpack.NewEncoder(&block)
	for i := range n {
		block.Reset()
		for _, f := range [][2]string{{":method", "GET"}, {":scheme", "http"}, {":authority", "jira.example.com"}, {":path", "/rest/api/2/myself"}} {
			enc.WriteField(hpack.HeaderField{Name: f[0], Value: f[1]})
		}
		s += h2frame(frameHeaders, flagEndHeaders|flagEndStream, uint32(2*i+1), block.Bytes())
	}
	return s
}

// TestHTTP2Errors reads how a server refuses streams, or all of them.
func TestHTTP2Errors(t *testing.T) {
	for _, tt := range []struct {
		name, answers string
		codes         []string // of the failures; "-": none
	}{
		{"one stream", h2frame(frameRSTStream, 0, 1, numbers(0xd)), []string{"ERR_HTTP_1_1_REQUIRED", ""}},
		{"code of the future", h2frame(frameRSTStream, 0, 1, numbers(0x99)), []string{"ERR_HTTP2_UNKNOWN_ERROR", ""}},
		{"all", h2frame(frameGoAway, 0, 0, numbers(0, 0xb)), []string{"ERR_HTTP2_ENHANCE_YOUR_CALM", "ERR_HTTP2_ENHANCE_YOUR_CALM"}},
		{"a polite end", h2frame(frameGoAway, 0, 0, numbers(1, 0)), []string{"", "-"}},
		{"too short to be one", h2frame(frameGoAway, 0, 0, numbers(1)) + h2frame(frameRSTStream, 0, 1, nil), []string{"", ""}},
		{"of a stream that is not there", h2frame(frameRSTStream, 0, 99, numbers(8)), []string{"", ""}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			tr := &packettest.Trace{}
			tr.Dial(laptop, jira, 1).Open().Ask(h2asks(2)).Answer(h2frame(4, 0, 0, nil) + tt.answers).Close()
			xs, _ := read(t, tr.PCAP(), nil)
			if len(xs) != 2 {
				t.Fatalf("%d requests: %s", len(xs), lines(xs))
			}
			for i, x := range xs {
				got := "-"
				if x.Failure != nil {
					got = x.Failure.Code
				}
				if got != tt.codes[i] {
					t.Errorf("request %d: %q, want %q", i, got, tt.codes[i])
				}
			}
		})
	}
}
