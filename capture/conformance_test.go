package capture

import (
	"bytes"
	"errors"
	"flag"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/why401/why401/capture/form"
	"github.com/why401/why401/internal/exchange"
)

// This is what all forms have in common. It goes by the list in forms.go; samples of
// a form are the files in testdata/ID of its package, and those in testdata/inputs of
// which the content says that they are of it. A sample has the word CANARY where a
// secret can stand.

const (
	heads = exchange.Credentials | exchange.Cookies
	all   = heads | exchange.Wire | exchange.TLSFacts | exchange.DNSFacts | exchange.Bodies | exchange.Timing
)

// samples are those of a form, by the names of their files.
func samples(t testing.TB, f *form.Form) map[string]string {
	t.Helper()
	out := map[string]string{}
	own, _ := filepath.Glob(filepath.Join("*", "testdata", f.ID, "*"))
	shared, _ := filepath.Glob("../testdata/inputs/*/*")
	for _, name := range slices.Concat(own, shared) {
		b, err := os.ReadFile(name)
		if err != nil || len(b) == 0 {
			continue // a folder, or somebody is writing it
		}
		is := kindOf(b)
		switch {
		case is == f.ID:
			out[filepath.ToSlash(name)] = string(b)
		case filepath.Base(filepath.Dir(name)) == f.ID || !canRead(is):
			t.Errorf("%s is taken for %s", name, is)
		}
	}
	if len(out) == 0 {
		t.Errorf("there is no sample of %s: put files into testdata/%s of its package", f.ID, f.ID)
	}
	return out
}

// sampled calls f with each sample of each form.
func sampled(t *testing.T, f func(t *testing.T, of *form.Form, in string)) {
	for _, of := range forms {
		for name, in := range samples(t, of) {
			t.Run(of.ID+"/"+filepath.Base(name), func(t *testing.T) { f(t, of, in) })
		}
	}
}

// kindOf is what an input is taken for.
func kindOf(b []byte) string {
	head := b[:min(len(b), defaults.head)]
	f, k := sniff(form.NewSample(head, len(b) <= defaults.head))
	if k != nil && k.id == "zip" {
		if z, _, err := (&Source{lim: defaults}).directory(bytes.NewReader(b), int64(len(b))); err == nil {
			if f, named := sniffArchive(z.File); f != nil || named != nil {
				return idOf(f, named)
			}
		}
	}
	return idOf(f, k)
}

func idOf(f *form.Form, k *kind) string {
	if f != nil {
		return f.ID
	}
	return k.id
}

// canRead reports whether inputs of a kind are read.
func canRead(id string) bool {
	return slices.ContainsFunc(forms[:], func(f *form.Form) bool { return f.ID == id })
}

// TestForms: a form is complete.
func TestForms(t *testing.T) {
	ids := map[string]bool{}
	for _, f := range forms {
		switch {
		case !regexp.MustCompile(`^[a-z0-9]+(-[a-z0-9]+)*$`).MatchString(f.ID) || ids[f.ID]:
			t.Errorf("the ID %q is malformed or taken", f.ID)
		case (f.Is == nil) != (f.Read == nil) || (f.Member == nil) != (f.Archive == nil) || f.Is == nil && f.Member == nil:
			t.Errorf("%s: Is goes with Read, and Member with Archive", f.ID)
		case f.Holds == 0:
			t.Errorf("%s shows nothing", f.ID)
		}
		ids[f.ID] = true
	}
}

func TestConformance(t *testing.T) {
	sampled(t, func(t *testing.T, f *form.Form, in string) {
		got := conforms(t, f, in)
		if got.n == 0 || got.kind != f.ID {
			t.Fatalf("%d exchanges of %q", got.n, got.kind)
		}
		if again := conforms(t, f, in); again.told != got.told {
			t.Errorf("read again:\n%s\nand before\n%s", again.told, got.told)
		}
		if f.Place == form.ByOffset {
			got.findable(t, in)
		}
		// Packed and through a pipe it is the same.
		if packed := conforms(t, f, gz(in)); packed.told != got.told {
			t.Errorf("packed:\n%s\nplain\n%s", packed.told, got.told)
		}
	})
}

// TestDamaged reads cut and damaged samples: whatever comes of them conforms.
func TestDamaged(t *testing.T) {
	damaged := &form.Form{Holds: all} // damage can make another form of it
	sampled(t, func(t *testing.T, _ *form.Form, in string) {
		r := rand.New(rand.NewPCG(7, 401))
		for i := range 40 {
			conforms(t, damaged, in[:i*len(in)/40])
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
			conforms(t, damaged, string(b))
		}
	})
}

// A reading is what came of an input.
type reading struct {
	n    int
	kind string
	told string
	all  []*exchange.Exchange
}

// conforms reads an input and checks what every source promises.
func conforms(t *testing.T, f *form.Form, in string) reading {
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
		if l, ok := last[c]; ok && f.Place == form.ByOffset && x.At.Offset >= 0 && x.At.Offset < l.Offset {
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
func honest(t *testing.T, f *form.Form, x *exchange.Exchange) {
	t.Helper()
	if more := (x.Sight | x.Unsure) &^ f.Holds; more != 0 {
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
	if f.Place == form.ByFrame && x.At.Frame <= 0 {
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

var update = flag.Bool("update", false, "rewrite the table in docs/inputs.md")

// TestDocumented: the table in docs/inputs.md is what the forms say.
func TestDocumented(t *testing.T) {
	const name = "../docs/inputs.md"
	page, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	lines := strings.SplitAfter(string(page), "\n")
	isRow := func(l string) bool { return strings.HasPrefix(l, "|") }
	from := slices.IndexFunc(lines, isRow)
	to := from
	for to >= 0 && to < len(lines) && isRow(lines[to]) {
		to++
	}
	if from < 0 {
		t.Fatal("docs/inputs.md has no table")
	}
	want := strings.Join(lines[:from], "") + table(t) + strings.Join(lines[to:], "")
	if string(page) == want {
		return
	}
	if !*update {
		t.Fatal("the table in docs/inputs.md is not what the forms say; go test ./capture -run TestDocumented -update writes it")
	}
	if err := os.WriteFile(name, []byte(want), 0o644); err != nil {
		t.Fatal(err)
	}
}

// table is the table of all forms, in Markdown.
func table(t *testing.T) string {
	var b strings.Builder
	b.WriteString("| form (`format` in the report) | what it shows | what it cannot | how to make one | how it is recognised |\n|---|---|---|---|---|\n")
	for i := 0; i < len(forms); {
		d, ids := forms[i].Doc, "`"+forms[i].ID+"`"
		for i++; i < len(forms) && forms[i].Doc == (form.Doc{}); i++ {
			ids += ", `" + forms[i].ID + "`"
		}
		row := []string{d.Name + " (" + ids + ")", d.Shows, d.Cannot, d.Make, d.Known}
		for _, cell := range row {
			if cell == "" || strings.ContainsAny(cell, "|\n") {
				t.Errorf("%s: a cell of Doc is empty or no cell: %q", ids, cell)
			}
		}
		b.WriteString("| " + strings.Join(row, " | ") + " |\n")
	}
	return b.String()
}
