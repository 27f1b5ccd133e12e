package capture_test

import (
	"bytes"
	"strings"
	"testing"

	"github.com/andybalholm/brotli"
	"github.com/klauspost/compress/zstd"

	"github.com/why401/why401/capture"
)

func TestDecode(t *testing.T) {
	const text = `{"errorMessages":["Client must be authenticated to access this resource."]}`
	long := strings.Repeat(text, 10_000)
	pack := map[string]func(string) []byte{
		"br": func(s string) []byte {
			var b bytes.Buffer
			w := brotli.NewWriter(&b)
			_, _ = w.Write([]byte(s))
			_ = w.Close()
			return b.Bytes()
		},
		"zstd": func(s string) []byte {
			w, err := zstd.NewWriter(nil)
			if err != nil {
				t.Fatal(err)
			}
			return w.EncodeAll([]byte(s), nil)
		},
	}
	for coding, f := range pack {
		for range 3 { // decoders are used again
			packed := f(text)
			if got := capture.Decode(coding, packed, 1<<16); string(got) != text {
				t.Errorf("%s: %q", coding, got)
			}
			if got := capture.Decode(coding, f(long), 1000); string(got) != long[:1000] {
				t.Errorf("%s: %d bytes", coding, len(got))
			}
			// What the capture kept of a long body ends early.
			whole := f(random(400_000))
			if got := capture.Decode(coding, whole[:len(whole)/2], 1<<20); len(got) == 0 || !strings.HasPrefix(random(400_000), string(got)) {
				t.Errorf("%s, cut: %d bytes", coding, len(got))
			}
			if got := capture.Decode(coding, []byte("\xff\xff\xff nonsense \x00\x01"), 1000); got != nil {
				t.Errorf("%s: nonsense became %q", coding, got)
			}
			if got := capture.Decode(coding, f(""), 1000); got == nil || len(got) != 0 {
				t.Errorf("%s, empty: %v", coding, got)
			}
		}
	}
	if capture.Decode("compress", []byte("x"), 10) != nil {
		t.Error("an unknown coding was undone")
	}
}

// random is text that packs badly, the same each time.
func random(n int) string {
	b := make([]byte, n)
	x := uint32(1)
	for i := range b {
		x ^= x << 13
		x ^= x >> 17
		x ^= x << 5
		b[i] = byte(x)
	}
	return string(b)
}
