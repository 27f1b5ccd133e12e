package ticket

import (
	"bytes"
	"errors"
	"os"
	"strings"
	"testing"

	"github.com/why401/why401/internal/exchange"
	"github.com/why401/why401/internal/report"
	"github.com/why401/why401/internal/scrub"
)

// TestFormats: each form of a report but the table, which nothing marks, is known
// by its content, whatever its name is.
func TestFormats(t *testing.T) {
	r := reportOf(t, calls(t))
	for _, format := range report.Formats() {
		f, err := Open(write(t, "x.bin", formatted(t, r, format)))
		if format == "table" {
			if err == nil {
				t.Error("a table was taken")
				f.Close()
			}
			continue
		}
		if err != nil {
			t.Errorf("%s: %v", format, err)
			continue
		}
		if f.Kind != KindReport || f.Format != format {
			t.Errorf("%s: taken for %s %q", format, f.Kind, f.Format)
		}
		if format == "json" && len(f.Causes) == 0 {
			t.Error("no causes in the JSON form")
		}
		f.Close()
	}
}

func TestScrubbedHAR(t *testing.T) {
	list := calls(t)
	f, err := Open(write(t, "x.har", harOf(t, list, scrub.New(scrub.Options{}))))
	if err != nil {
		t.Fatal(err)
	}
	f.Close()
	if f.Kind != KindHAR {
		t.Errorf("taken for %s", f.Kind)
	}
	_, err = Open(write(t, "x.har", harOf(t, list, nil)))
	leak(t, "as captured", err)
	noSecret(t, "refusal", err)
	// One entry that was not scrubbed is one too many.
	marked := scrub.New(scrub.Options{}).Exchange(list[0])
	marked.Comment = scrubMark
	if f, err = Open(write(t, "x.har", harOf(t, []*exchange.Exchange{marked}, nil))); err != nil {
		t.Error(err)
	} else {
		f.Close()
	}
	_, err = Open(write(t, "x.har", harOf(t, []*exchange.Exchange{marked, list[0]}, nil)))
	leak(t, "scrubbed in part", err)
	list[0].Comment = scrubMark
	_, err = Open(write(t, "x.har", harOf(t, list, nil)))
	leak(t, "with a mark that lies", err)
	for _, x := range list {
		x.Request.Header, x.Comment = nil, ""
		x.Response.Body = exchange.Body{Head: []byte("<p>What people wrote</p>"), Size: 24, Media: "text/html", Kept: true}
	}
	_, err = Open(write(t, "x.har", harOf(t, list, nil)))
	leak(t, "without credentials", err)
}

func leak(t *testing.T, what string, err error) {
	t.Helper()
	var r *Refusal
	if !errors.As(err, &r) || !r.Leak {
		t.Errorf("%s: %v, want a leak", what, err)
	}
}

func TestBundle(t *testing.T) {
	list := calls(t)
	r := reportOf(t, list)
	page, data := string(formatted(t, r, "html")), string(formatted(t, r, "json"))
	clean, raw := string(harOf(t, list, scrub.New(scrub.Options{}))), string(harOf(t, list, nil))
	f := open(t, write(t, "ticket.zip", zipped(t, "report.html", page, "report.json", data, "shared.har", clean, "MANIFEST", "")))
	if f.Kind != KindBundle || len(f.Causes) == 0 {
		t.Errorf("%s with %d causes", f.Kind, len(f.Causes))
	}
	for what, b := range map[string][]byte{
		"no manifest":         zipped(t, "report.html", page),
		"not in the manifest": zipped(t, "report.html", page, "MANIFEST", "", "report.json", data),
		"something else":      zipped(t, "report.html", page, "notes.txt", "hello", "MANIFEST", ""),
		"an archive":          zipped(t, "in.zip", string(zipped(t, "report.html", page, "MANIFEST", "")), "MANIFEST", ""),
		"nothing":             zipped(t),
		"cut off":             zipped(t, "report.html", page, "MANIFEST", "")[:300],
	} {
		if f, err := Open(write(t, "ticket.zip", b)); err == nil {
			f.Close()
			t.Errorf("%s: taken", what)
		}
	}
	_, err := Open(write(t, "ticket.zip", zipped(t, "report.html", page, "raw.har", raw, "MANIFEST", "")))
	leak(t, "an unscrubbed HAR in it", err)
}

func TestRefusals(t *testing.T) {
	r := reportOf(t, calls(t))
	page, data := formatted(t, r, "html"), formatted(t, r, "json")
	token := "ATATT3xFfGF0" + strings.Repeat("CANARY4k", 20) + "=1A2B3C4D"
	for what, b := range map[string][]byte{
		"nothing":         {},
		"a note":          []byte("hello"),
		"JSON":            []byte(`{"schema":"other/1"}`),
		"a page":          []byte("<!DOCTYPE html><html><title>why401: x</title></html>"),
		"a packet trace":  []byte("\xd4\xc3\xb2\xa1\x02\x00\x04\x00"),
		"half a report":   data[:len(data)/2],
		"two reports":     append(bytes.Clone(data), data...),
		"a key log":       []byte("CLIENT_RANDOM " + strings.Repeat("0", 64) + " " + strings.Repeat("1", 96)),
		"a report and so": bytes.Replace(page, []byte("</html>"), []byte("</html><script>"), 1),
	} {
		f, err := Open(write(t, "x", b))
		if err == nil {
			f.Close()
			t.Errorf("%s: taken", what)
		}
	}
	for what, b := range map[string][]byte{
		"a token in a page":   bytes.Replace(page, []byte("</main>"), []byte(token+"</main>"), 1),
		"a token in the JSON": bytes.Replace(data, []byte(`"version": "test"`), []byte(`"version": "`+token+`"`), 1),
	} {
		_, err := Open(write(t, "x", b))
		leak(t, what, err)
		noSecret(t, what, err)
	}
	if _, err := Open(t.TempDir()); err == nil {
		t.Error("a folder was taken")
	}
	if _, err := Open(write(t, "x", nil) + "CANARY.none"); err == nil || strings.Contains(err.Error(), "/") && !strings.Contains(err.Error(), "cannot be opened") {
		t.Errorf("what is not there: %v", err)
	}
}

func TestNames(t *testing.T) {
	page := formatted(t, reportOf(t, calls(t)), "html")
	for name, want := range map[string]string{
		"report.html": "report-*.html", "a b\"c.HTML": "a-b-c-*.html", "r.adf.json": "r-*.adf.json", "ünïcode.html": "-n-code-*.html",
		"jo@acme.com.html": "report-*.html",
	} {
		f := open(t, write(t, name, page))
		if got := strings.Replace(f.Name(), f.SHA256[:12], "*", 1); got != want {
			t.Errorf("%s becomes %s, want %s", name, got, want)
		}
	}
}

func TestChangedWhileSent(t *testing.T) {
	path := write(t, "report.html", formatted(t, reportOf(t, calls(t)), "html"))
	f := open(t, path)
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	b[len(b)-20] ^= 1
	if err := os.WriteFile(path, b, 0o600); err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	_, err = out.ReadFrom(form(f).open())
	var changed *changedError
	if !errors.As(err, &changed) {
		t.Errorf("got %v, want a changedError", err)
	}
}
