package capture

import (
	"bytes"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/why401/why401/internal/exchange"
)

// This is what all sources have in common. Whoever adds a form adds a row.

// A form is a kind of input with samples of it.
type form struct {
	// folder below testdata/inputs holds samples; each file there must be of this
	// kind, or of one of the other kinds that name the folder.
	folder string
	// samples are further ones, made here.
	samples func(testing.TB) []string
	// holds is all that the form can show, in the best case.
	holds exchange.Sight
	// place is how a person finds an exchange again.
	place place
}

// A place is a way to find an exchange again.
type place uint8

const (
	byNumber place = iota // it is the n-th of the file
	byFrame               // the frame has a number
	byOffset              // its address stands in the text after the offset
)

const (
	heads  = exchange.Credentials | exchange.Cookies
	traces = heads | exchange.Wire | exchange.TLSFacts | exchange.DNSFacts | exchange.Bodies | exchange.Timing
)

// forms are all kinds of input that can be read; the names are those of kinds and
// archives.
var forms = map[string]form{
	"har":                {"har", texts(archive(3)), traces &^ exchange.Wire, byNumber},
	"pcap":               {"packets", func(testing.TB) []string { return []string{string(trace().PCAP())} }, traces, byFrame},
	"pcapng":             {"packets", func(testing.TB) []string { return []string{string(trace().PCAPNG(""))} }, traces, byFrame},
	"curl-trace":         {"curl", texts(transcripts...), heads | exchange.Wire | exchange.TLSFacts | exchange.Bodies, byOffset},
	"command":            {"command", texts(commands...), heads, byOffset},
	"burp":               {"burp", texts(burpItems), heads | exchange.Wire | exchange.Bodies | exchange.Timing, byNumber},
	"mitmproxy":          {"mitmflow", texts(flows), traces &^ exchange.Wire, byNumber},
	"newman":             {"postman", texts(newmanReport), heads | exchange.DNSFacts | exchange.Bodies, byNumber},
	"postman-collection": {"postman", texts(postmanCollection), exchange.Credentials | exchange.Bodies, byNumber},
	"insomnia":           {"insomnia", texts(insomniaExports...), exchange.Credentials, byNumber},
	"playwright-trace":   {"playwright", texts(playwrightLog, playwrightTrace), traces &^ exchange.Wire, byNumber},
	"charles-json":       {"charles", texts(charlesSession), traces &^ exchange.Wire, byNumber},
	"http-file":          {"httpfile", nil, heads, byOffset},
	"fiddler":            {"fiddler", texts(fiddlerArchive), traces, byNumber},
	"access-log":         {"serverlog", nil, exchange.Timing, byOffset},
	"jira-security-log":  {"serverlog", nil, exchange.Timing, byOffset},
}

func texts(list ...string) func(testing.TB) []string {
	return func(testing.TB) []string { return list }
}

// sampled calls f with each sample of the form.
func sampled(t *testing.T, kind string, f func(t *testing.T, in string)) {
	n := 0
	one := func(name, in string) {
		n++
		t.Run(kind+"/"+name, func(t *testing.T) { f(t, in) })
	}
	if make := forms[kind].samples; make != nil {
		for i, in := range make(t) {
			one(fmt.Sprint(i), in)
		}
	}
	files, _ := filepath.Glob(filepath.Join("../testdata/inputs", forms[kind].folder, "*"))
	for _, name := range files {
		b, err := os.ReadFile(name)
		if err != nil || len(b) == 0 {
			continue // a folder, or somebody is writing it
		}
		got := kindOf(b)
		switch {
		case got == kind:
			one(filepath.Base(name), string(b))
		case forms[got].folder != forms[kind].folder:
			t.Errorf("%s is taken for %s", name, got)
		}
	}
	if n == 0 {
		t.Errorf("there is no sample of %s", kind)
	}
}

// kindOf is the kind that an input is taken for.
func kindOf(b []byte) string {
	if k := sniff(newSample(b[:min(len(b), defaults.head)], len(b) <= defaults.head)); k.id != "zip" {
		return k.id
	}
	z, _, f := (&Source{lim: defaults}).directory(bytes.NewReader(b), int64(len(b)))
	if f != nil {
		return "zip"
	}
	if k := archiveKind(z.File); k != nil {
		return k.id
	}
	return "zip"
}

// TestEveryFormConforms makes sure that nobody forgets to add a row.
func TestEveryFormConforms(t *testing.T) {
	for _, k := range kinds {
		if _, ok := forms[k.id]; !ok && k.read != nil {
			t.Errorf("%s is read: give it a row in forms", k.id)
		}
	}
	for _, a := range archives {
		if _, ok := forms[a.kind.id]; !ok && a.kind.archive != nil {
			t.Errorf("%s is read: give it a row in forms", a.kind.id)
		}
	}
}

func TestConformance(t *testing.T) {
	for kind, f := range forms {
		sampled(t, kind, func(t *testing.T, in string) {
			got := conforms(t, f, in)
			if got.n == 0 || got.kind != kind {
				t.Fatalf("%d exchanges of %q", got.n, got.kind)
			}
			if again := conforms(t, f, in); again.told != got.told {
				t.Errorf("read again:\n%s\nand before\n%s", again.told, got.told)
			}
			if f.place == byOffset {
				got.findable(t, in)
			}
			// Packed and through a pipe it is the same.
			if packed := conforms(t, f, gz(in)); packed.told != got.told {
				t.Errorf("packed:\n%s\nplain\n%s", packed.told, got.told)
			}
		})
	}
}

// TestDamaged reads cut and damaged samples: whatever comes of them conforms.
func TestDamaged(t *testing.T) {
	for kind, f := range forms {
		r := rand.New(rand.NewPCG(7, 401))
		f.holds = traces // damage can make another form of it
		sampled(t, kind, func(t *testing.T, in string) {
			for i := range 40 {
				conforms(t, f, in[:i*len(in)/40])
			}
			for range 80 {
				b := []byte(in)
				for range 1 + r.IntN(6) {
					switch at := r.IntN(len(b)); r.IntN(4) {
					case 0:
						b[at] = byte(r.IntN(256))
					case 1:
						b = slices.Delete(b, at, min(len(b), at+1+r.IntN(40)))
					case 2:
						b = slices.Insert(b, at, bytes.Repeat([]byte{b[at]}, 1+r.IntN(200))...)
					default:
						b = slices.Insert(b, at, b[at:min(len(b), at+r.IntN(200))]...)
					}
					if len(b) == 0 {
						b = []byte{'{'}
					}
				}
				conforms(t, f, string(b))
			}
		})
	}
}

// A reading is what came of an input.
type reading struct {
	n    int
	kind string
	told string
	all  []*exchange.Exchange
}

// conforms reads an input and checks what every source promises.
func conforms(t *testing.T, f form, in string) reading {
	t.Helper()
	s := read(in)
	var out reading
	var b strings.Builder
	next := map[*exchange.Capture]int{}
	last := map[*exchange.Capture]exchange.Locator{}
	fatal := map[string]bool{}
	for x, err := range s.Exchanges() {
		if (x == nil) == (err == nil) {
			t.Fatalf("%v and %v: an exchange or an error, never both", x, err)
		}
		if err != nil {
			u := new(exchange.Unreadable)
			if !errors.As(err, &u) {
				t.Fatalf("%T is no *exchange.Unreadable", err)
			}
			wellTold(t, u)
			if fatal[u.At.Capture] {
				t.Errorf("an error after the last one: %v", u)
			}
			fatal[u.At.Capture] = u.Fatal
			fmt.Fprintln(&b, u)
			continue
		}
		c := x.From
		if c == nil || x.At.Capture != c.Name || !slices.Contains(s.Captures(), c) {
			t.Fatalf("%v is from no capture", x.At)
		}
		if fatal[c.Name] {
			t.Errorf("%v after nothing more could be read", x.At)
		}
		if x.At.Index < next[c] || x.At.Index > next[c] && len(fatal) == 0 {
			t.Errorf("%v where %d is due", x.At, next[c])
		}
		next[c] = x.At.Index + 1
		if l, ok := last[c]; ok && f.place == byOffset && x.At.Offset >= 0 && x.At.Offset < l.Offset {
			t.Errorf("%v at byte %d, after %d", x.At, x.At.Offset, l.Offset)
		}
		last[c] = x.At
		inBounds(t, x)
		honest(t, f, x)
		out.kind = c.Format
		out.all = append(out.all, x)
		fmt.Fprintf(&b, "%d %d %d %q %q %v %v %v", x.At.Index, x.At.Offset, x.At.Frame, x.Request.Method, x.Request.URL, x.Sight, x.Unsure, x.Request.Header)
		if x.Response != nil {
			fmt.Fprintf(&b, " %d %v %q", x.Response.Status, x.Response.Header, x.Response.Body.Head)
		}
		b.WriteByte('\n')
	}
	for _, c := range s.Captures() {
		n := 0
		for _, x := range out.all {
			if x.From == c {
				n++
			}
		}
		if n != c.Exchanges {
			t.Errorf("%s: %d exchanges, and %d counted", c.Format, n, c.Exchanges)
		}
		if c.Format == "" && !fatal[c.Name] {
			t.Errorf("%s has no format", c.Name)
		}
	}
	out.n, out.told = len(out.all), b.String()
	return out
}

// wellTold checks an error: it says where, what and what to do, and holds nothing
// of the input.
func wellTold(t *testing.T, u *exchange.Unreadable) {
	t.Helper()
	if u.At.Capture == "" || u.Reason == "" || u.Fatal && u.At.Index < 0 && u.Hint == "" {
		t.Errorf("incomplete: %+v", u)
	}
	if !u.Fatal && u.At.Index < 0 && u.Line == 0 && u.Pointer == "" {
		t.Errorf("something could not be read, and it is not told where: %+v", u)
	}
	if s := u.Error() + u.Hint; strings.Contains(s, "CANARY") || strings.Contains(s, "jira.example.com/") {
		t.Errorf("the error holds input: %s", s)
	}
}

// maxHeadField is more than any form keeps of an address or of one header field.
const maxHeadField = 1 << 20

// inBounds checks the sizes of what is kept of an exchange.
func inBounds(t *testing.T, x *exchange.Exchange) {
	t.Helper()
	if len(x.Request.Body.Head) > exchange.MaxBody || x.Response != nil && len(x.Response.Body.Head) > exchange.MaxBody {
		t.Errorf("%v: more of a body than %d bytes", x.At, exchange.MaxBody)
	}
	if len(x.Request.URL) > maxHeadField {
		t.Errorf("%v: an address of %d bytes", x.At, len(x.Request.URL))
	}
	for _, f := range x.Request.Header {
		if len(f.Value) > maxHeadField {
			t.Errorf("%v: a field of %d bytes", x.At, len(f.Value))
		}
	}
}

// honest checks that a source claims to show no more than its form can hold, and
// nothing that it does not have.
func honest(t *testing.T, f form, x *exchange.Exchange) {
	t.Helper()
	if more := (x.Sight | x.Unsure) &^ f.holds; more != 0 {
		t.Errorf("%v claims to show %v", x.At, more)
	}
	if x.Sight&exchange.Timing != 0 && x.Start.IsZero() {
		t.Errorf("%v claims to show times and has none", x.At)
	}
	if x.Sight&exchange.Wire != 0 && x.Request.Raw == nil && (x.Response == nil || x.Response.Raw == nil) && !strings.HasPrefix(strings.ToLower(x.Request.Proto), "h") {
		t.Errorf("%v claims to show the bytes and has none", x.At)
	}
	if x.Sight&exchange.Bodies != 0 && x.Response != nil && x.Response.Body.Size > 0 && !x.Response.Body.Kept {
		t.Errorf("%v claims to show bodies and left one out", x.At)
	}
	if f.place == byFrame && x.At.Frame <= 0 {
		t.Errorf("%v has no frame", x.At)
	}
	if x.Log != nil && x.Sight&heads != 0 {
		t.Errorf("%v: a log shows no credentials", x.At)
	}
	if x.Response == nil {
		return
	}
	for _, h := range x.Response.Header {
		if h.Derived && x.Log == nil {
			t.Errorf("%v: %s is derived, and from no log", x.At, h.Name)
		}
	}
}

// findable looks up each exchange where its offset says.
func (r reading) findable(t *testing.T, in string) {
	t.Helper()
	for i, x := range r.all {
		to := int64(len(in))
		if i+1 < len(r.all) {
			to = r.all[i+1].At.Offset
		}
		if x.At.Offset < 0 || x.At.Offset > to {
			t.Errorf("%v at byte %d of %d", x.At, x.At.Offset, len(in))
			continue
		}
		path := x.Request.URL
		if _, rest, ok := strings.Cut(path, "://"); ok {
			_, path, _ = strings.Cut(rest, "/")
		}
		if !strings.Contains(in[x.At.Offset:to], path) {
			t.Errorf("%v is not at byte %d", x.At, x.At.Offset)
		}
	}
}

// TestDocumented: docs/inputs.md has a row for every form.
func TestDocumented(t *testing.T) {
	page, err := os.ReadFile("../docs/inputs.md")
	if err != nil {
		t.Fatal(err)
	}
	for kind := range forms {
		if !strings.Contains(string(page), "`"+kind+"`") {
			t.Errorf("docs/inputs.md has no row for %s", kind)
		}
	}
}
