package pasted

import (
	"strings"
	"testing"

	"github.com/why401/why401/capture/form"
	"github.com/why401/why401/internal/exchange"
)

const transcript = "* Connected to jira.example.com (192.0.2.1) port 80\n> GET /rest/api/2/myself HTTP/1.1\n> Host: jira.example.com\n> Authorization: Basic CANARY-4711\n>\n< HTTP/1.1 401 Unauthorized\n< Content-Length: 0\n<\n"

// each gives every line a start.
func each(text, start string) string {
	return start + strings.ReplaceAll(strings.TrimSuffix(text, "\n"), "\n", "\n"+start) + "\n"
}

// TestOrigin: places in a bare text lead back to those in the original.
func TestOrigin(t *testing.T) {
	in := "x\n" + each(transcript, ">> ")
	b := stripped(in)
	if b == nil {
		t.Fatal("it is taken for bare")
	}
	for i := range len(b.text) {
		if from := b.origin(int64(i)); from < 0 || from >= int64(len(in)) || in[from] != b.text[i] {
			t.Fatalf("byte %d was not at %d", i, from)
		}
	}
	if stripped(transcript) != nil || stripped("no such text\n") != nil {
		t.Error("a bare text is stripped")
	}
}

func FuzzStripped(f *testing.F) {
	f.Add(each(transcript, "> "))
	f.Add(each(transcript, "> 1: "))
	f.Add("a {{curl x.y/z}} b `fetch('u')`\n\x1b[1m> \x1b]0;t\x07")
	f.Add("PS x> irm \\\n>> a\n&gt; GET / HTTP/1.1\n")
	f.Fuzz(func(t *testing.T, in string) {
		b := stripped(in)
		if b == nil {
			return
		}
		if len(b.text) > len(in)+2*strings.Count(in, "\n")+4 {
			t.Fatalf("%d bytes of %d", len(b.text), len(in))
		}
		last := int64(0)
		for i := range b.at {
			from := b.origin(int64(b.at[i]))
			if from < last || from > int64(len(in)) {
				t.Fatalf("line %d at %d, after %d, of %d", i, from, last, len(in))
			}
			last = from
		}
		c := &exchange.Capture{Name: "fuzz"}
		for x, err := range read(c, &form.Input{Sample: form.NewSample([]byte(in), true), Raw: strings.NewReader(in)}) {
			if (x == nil) == (err == nil) {
				t.Fatal("an exchange or an error")
			}
			if x != nil && isCommand(form.NewSample([]byte(in), true)) && (x.At.Offset < 0 || x.At.Offset > int64(len(in))) {
				t.Fatalf("%d of %d", x.At.Offset, len(in))
			}
		}
	})
}
