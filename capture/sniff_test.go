package capture

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/why401/why401/capture/form"
	"github.com/why401/why401/internal/exchange"
)

// canary stands in the samples wherever a secret could; no error may hold it.
const canary = "CANARY-4711"

// kindSamples has the smallest input of every kind that is refused, and one of
// its variants where those differ. The first word of a key is the kind.
var kindSamples = map[string]string{
	"empty":                    "",
	"blank":                    " \r\n\t ",
	"blank nul":                strings.Repeat("\x00", 70_000),
	"utf-32 bom le":            "\xff\xfe\x00\x00{\x00\x00\x00",
	"utf-32 bom be":            "\x00\x00\xfe\xff\x00\x00\x00{",
	"utf-32 le":                "{\x00\x00\x00\"\x00\x00\x00",
	"utf-32 be":                "\x00\x00\x00{\x00\x00\x00\"",
	"har-quoted":               `"{\"log\":{\"version\":\"1.2\",\"` + canary,
	"har-quoted pretty":        `"{\n  \"log\": {}}"`,
	"har-list":                 "[" + archive(1) + "]",
	"har-nested":               `{"har":` + archive(1) + `}`,
	"har-headless":             `{"version":"1.2","creator":{},"entries":[{"a":"` + canary + `"}]}`,
	"har-entry":                `{"startedDateTime":"","request":{"url":"` + canary + `"},"response":{}}`,
	"har-request":              `{"method":"GET","url":"` + canary + `","headers":[]}`,
	"why401":                   `{"schema":"why401.report/1","causes":[]}`,
	"newman":                   `{"collection":{"_":{}},"run":{"executions":[{"` + canary + `":1}]}}`,
	"newman long":              `{"collection":{"info":{"name":"x"},"item":[{"a":"` + strings.Repeat("x", 100_000),
	"postman-collection":       `{"info":{"_postman_id":"` + canary + `","name":"x"},"item":[]}`,
	"postman-collection 2":     `{"info":{"schema":"https://schema.getpostman.com/json/collection/v2.1.0/collection.json"},"item":[]}`,
	"postman-collection 1":     `{"id":"x","name":"x","order":[],"requests":[]}`,
	"postman-collection api":   `{"collection":{"info":{"name":"x"},"item":[]}}`,
	"postman-environment":      `{"id":"x","name":"x","values":[{"key":"token","value":"` + canary + `"}],"_postman_variable_scope":"environment"}`,
	"postman-run":              `{"id":"x","name":"x","timestamp":"","totalPass":1,"totalFail":0,"results":[]}`,
	"insomnia":                 `{"_type":"export","__export_format":4,"resources":[]}`,
	"insomnia 5":               "type: collection.insomnia.rest/5.0\nname: " + canary + "\n",
	"playwright-trace":         `{"version":8,"type":"context-options","origin":"library"}` + "\n" + `{"type":"before"}` + "\n",
	"playwright-trace zip":     zipped("trace.trace", `{"type":"context-options"}`, "trace.network", ""),
	"charles-json":             `[{"status":"COMPLETE","method":"GET","protocolVersion":"HTTP/1.1","path":"` + canary + `"}]`,
	"netlog":                   `{"constants":{"logEventTypes":{}},"events":[]}`,
	"performance-trace":        `{"metadata":{},"traceEvents":[]}`,
	"sarif":                    `{"$schema":"https://json.schemastore.org/sarif-2.1.0.json","version":"2.1.0","runs":[]}`,
	"package-json":             `{"name":"x","version":"1.0.0","scripts":{}}`,
	"openapi":                  `{"openapi":"3.0.0","info":{},"paths":{}}`,
	"openapi yaml":             "openapi: 3.0.0\n",
	"atlassian-error":          `{"errorMessages":["` + canary + `"],"errors":{}}`,
	"atlassian-error crowd":    `{"message":"Client must be authenticated","status-code":401}`,
	"ndjson":                   `{"a":1}` + "\n" + `{"a":"` + canary + `"}` + "\n",
	"ndjson docker":            `{"log":"hello\n","stream":"stdout"}` + "\n" + `{"log":"hello\n"}` + "\n",
	"ndjson ecs":               `{"@timestamp":"","log":{"level":"info"}}` + "\n" + `{"log":{"level":"info"}}` + "\n",
	"json-broken":              `{"a": "` + canary + `" "b"}`,
	"har-quotes":               `{'log': {'version': '1.2'}}`,
	"har-quotes typographic":   "{\n  \u201clog\u201d: {}}",
	"rich-text":                `{\rtf1\ansi ` + canary + `}`,
	"json-cut":                 `{"lo`,
	"json":                     `{"a":{"b":"` + canary + `"}}`,
	"json list":                `[1,2,3]`,
	"json text":                `"` + canary + `"`,
	"burp":                     `<?xml version="1.0"?><!DOCTYPE items [<!ELEMENT items (item*)>]><items burpVersion="2023.1" exportTime=""><item><url>` + canary + `</url></item></items>`,
	"burp bare":                `<items burpVersion="2023.1">`,
	"html":                     "<!DOCTYPE html>\n<html><title>" + canary,
	"html comment":             "<!-- saved -->\n<HTML lang=en>",
	"junit":                    `<?xml version="1.0" encoding="UTF-8"?>` + "\n<testsuites name=\"x\">",
	"xml":                      `<?xml version="1.0"?><status><status-code>401</status-code></status>`,
	"snoop":                    "snoop\x00\x00\x00\x00\x02",
	"mitmproxy":                "3582:4:type;4:http;7:version;2:17#" + canary,
	"mitmproxy old":            "2134:5:error,0:~8:response,",
	"charles":                  "\xac\xed\x00\x05sr\x00\x1fcom.xk72.charles.model.Session",
	"tls-keys":                 "CLIENT_RANDOM " + strings.Repeat("0a", 32) + " " + strings.Repeat("0b", 48) + "\n",
	"tls-keys comment":         "# SSL/TLS secrets log file, generated by NSS\nSERVER_HANDSHAKE_TRAFFIC_SECRET " + strings.Repeat("0a", 32) + " 0b\n",
	"curl-trace":               "*   Trying 127.0.0.1:443...\n* Connected to jira.example.com\n> GET /" + canary + " HTTP/1.1\n> Host: jira.example.com\n>\n< HTTP/1.1 401 \n",
	"curl-trace meter":         "  % Total    % Received % Xferd\n\r  0     0    0     0\n* Connected\n> GET / HTTP/1.1\n< HTTP/1.1 401\n",
	"curl-trace ascii":         "== Info:   Trying 127.0.0.1:443...\n=> Send header, 93 bytes (0x5d)\n0000: GET / HTTP/1.1\n",
	"curl-trace failed":        "* Could not resolve host: jira.example.com\n* Closing connection\ncurl: (6) Could not resolve host\n",
	"command":                  "curl -u fred@example.com:" + canary + " https://jira.example.com/\n",
	"command fetch":            `fetch("https://jira.example.com/", {"headers": {}});`,
	"command powershell":       "Invoke-WebRequest -UseBasicParsing -Uri \"https://jira.example.com\"",
	"http-message":             "HTTP/1.1 401 Unauthorized\r\nServer: " + canary + "\r\n\r\n",
	"http-message request":     "GET /rest/api/2/myself HTTP/1.1\r\nHost: jira.example.com\r\n\r\n",
	"jsonp":                    `onInputData({"log": {"version": "1.2"}});`,
	"jsonp var":                `var har = {"log":{"version":"1.2"}}`,
	"access-log":               `192.0.2.1 1x2x1 fred [01/Jan/2026:00:00:00 +0000] "GET /rest/api/2/myself?os_password=` + canary + ` HTTP/1.1" 401 - 12 "-" "curl/8" "-"` + "\n",
	"access-log combined":      `192.0.2.1 - - [01/Jan/2026:00:00:00 +0000] "GET /jira/ HTTP/1.1" 401 73 "-" "curl/8"` + "\n",
	"access-log-other":         `[01/Jan/2026:00:00:00 +0000] fred http-nio-8090-exec-1 192.0.2.1 "GET /` + canary + ` HTTP/1.1" 401 12ms` + "\n",
	"jira-security-log":        "2026-01-02 03:04:05,678-0700 http-nio-8080-exec-1 anonymous 1x2x1 abc 192.0.2.1 /login.jsp The user '" + canary + "' has FAILED authentication.  Failure count equals 1\n",
	"jira-security-log log4j2": "2026-01-02 03:04:05,678-0700 http-nio-8080-exec-1 url: /login.jsp anonymous 1x2x1 abc 192.0.2.1 /login.jsp HttpSession created [abc]\n",
	"application-log":          "2026-01-02 03:04:05,678-0700 http-nio-8080-exec-1 WARN fred 1x2x1 [c.a.j] " + canary + "\n",
	"application-log catalina": "02-Jan-2026 03:04:05.678 INFO [main] org.apache.catalina\n",
	"mail":                     "Received: from mail.example.com\nFrom: fred@example.com\nSubject: HAR\n",
	"git-lfs":                  "version https://git-lfs.github.com/spec/v1\noid sha256:0a\nsize 1\n",
	"pem":                      "-----BEGIN PRIVATE KEY-----\n" + canary,
	"java-heap":                "JAVA PROFILE 1.0.2\x00\x00\x00\x00\x08" + canary,
	"pdf":                      "%PDF-1.7\n" + canary,
	"image":                    "\x89PNG\r\n\x1a\n\x00\x00\x00\x0dIHDR",
	"image jpeg":               "\xff\xd8\xff\xe0\x00\x10JFIF",
	"image heic":               "\x00\x00\x00\x20ftypheic\x00\x00",
	"office":                   "\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1\x00",
	"office docx":              zipped("[Content_Types].xml", "<Types/>", "word/document.xml", "<w:document/>"),
	"archive-other 7z":         "7z\xbc\xaf\x27\x1c\x00\x04",
	"archive-other rar":        "Rar!\x1a\x07\x01\x00",
	"archive-other xz":         "\xfd7zXZ\x00\x00\x04",
	"program":                  "\x7fELF\x02\x01\x01",
	"program jar":              zipped("META-INF/MANIFEST.MF", "Manifest-Version: 1.0\n"),
	"sqlite":                   "SQLite format 3\x00\x10\x00",
	"text":                     "hello " + canary + "\n",
	"text latin-1":             strings.Repeat("hello ", 10) + "J\xf6rg\n",
	"binary":                   "\x00\x01\x02" + canary + "\xff\xfe",
	"binary serialised":        "\xac\xed\x00\x05sr\x00\x11java.util.HashMap",
	"support-zip":              zipped("application-logs/atlassian-jira.log", "2026-01-02 03:04:05,678 x\n"),
	"archive":                  zipped("trace.snoop", "snoop\x00\x00\x00"),
}

func TestKinds(t *testing.T) {
	met := map[string]bool{}
	for name, in := range kindSamples {
		want, _, _ := strings.Cut(name, " ")
		met[want] = true
		ways := map[string]string{"": in}
		if text := strings.TrimLeft(in, form.Blank); text != "" && form.NewSample([]byte(text), true).IsText() && len(text) > 4 {
			ways[" with a byte order mark"] = "\ufeff" + in
			ways[" as UTF-16"] = wide(in, false, true)
		}
		if want == "utf-32" || want == "pem" || want == "git-lfs" || want == "pdf" {
			ways = map[string]string{"": in} // told by their bytes
		}
		for way, in := range ways {
			if f, _ := sniff(form.NewSample([]byte(in), true)); f != nil { // conformance_test.go reads it
				if f.ID != want {
					t.Errorf("%s%s: taken for %s", name, way, f.ID)
				}
				continue
			}
			s := read(in)
			for x, err := range s.Exchanges() {
				var u *exchange.Unreadable
				switch {
				case x != nil || !errors.As(err, &u):
					t.Errorf("%s%s: not refused", name, way)
				case !u.Fatal || u.Reason == "" || u.Hint == "" || u.At.Index != -1:
					t.Errorf("%s%s: incomplete: %+v", name, way, u)
				case strings.Contains(u.Error()+u.Hint, canary):
					t.Errorf("%s%s: the error holds input", name, way)
				}
			}
			if c := s.Captures(); len(c) != 1 || c[0].Format != want {
				t.Errorf("%s%s: got %+v", name, way, c)
			}
		}
	}
	for _, k := range slices.Concat(wrapped, documents, others) {
		if k.reason != "" && !met[k.id] {
			t.Errorf("no sample for %s", k.id)
		}
	}
}

// The hints are for people: short, and in the voice of the program.
func TestHints(t *testing.T) {
	for _, k := range slices.Concat(wrapped, documents, others) {
		if k.reason == "" {
			continue
		}
		if k.hint == "" || len(k.hint) > 200 || strings.HasSuffix(k.hint, ".") || strings.HasSuffix(k.reason, ".") {
			t.Errorf("%s: %q, %q", k.id, k.reason, k.hint)
		}
	}
}

// A body that talks about other formats does not change the kind.
func TestKindOfHARWithOthersInside(t *testing.T) {
	for _, in := range []string{
		`{"log":{"version":"1.2","entries":[]},"info":{"_postman_id":"x"}}`,
		`{"info":{"_postman_id":"x"},"log":{"entries":[]}}`,
		`{"log":{"comment":"run.executions","entries":[]},"run":{"executions":[]}}`,
		`{"log":{"_x":1,` + strings.Repeat(" ", 70_000) + `"entries":[]}}`,
		`{"log":`,
		`{"log":[]}`,
		`{"log":{}}`,
		`{"log":{"version":broken`,
	} {
		if id := idOf(sniff(form.NewSample([]byte(in)[:min(len(in), defaults.head)], false))); id != "har" {
			t.Errorf("%.40s: %s", in, id)
		}
	}
}

func TestSniffIsCheap(t *testing.T) {
	for name, s := range map[string]string{
		"deep":     strings.Repeat(`[`, 64<<10),
		"deeper":   strings.Repeat(`{"a":`, 13<<10),
		"keys":     "{" + strings.Repeat(`"aaaa":1,`, 7<<10),
		"markup":   strings.Repeat("<!--", 16<<10),
		"quotes":   strings.Repeat(`"`, 64<<10),
		"requests": strings.Repeat(`"GET / `, 9<<10),
		"lines":    strings.Repeat("\n", 64<<10),
		"colons":   strings.Repeat("from: x", 9<<10),
	} {
		start := time.Now()
		sniff(form.NewSample([]byte(s), false))
		if d := time.Since(start); d > 2*time.Second {
			t.Errorf("%s: %v", name, d)
		}
	}
}

func FuzzSniff(f *testing.F) {
	for _, s := range kindSamples {
		f.Add([]byte(s), true)
	}
	f.Add([]byte(archive(1)), false)
	f.Fuzz(func(t *testing.T, b []byte, whole bool) {
		b = b[:min(len(b), defaults.head)]
		sm := form.NewSample(b, whole)
		f, k := sniff(sm)
		if (f == nil) == (k == nil) || k != nil && k.reason == "" && !k.packs() {
			t.Errorf("%s is neither read nor refused", idOf(f, k))
		}
		if f2, k2 := sniff(form.NewSample(b, whole)); f2 != f || k2 != k {
			t.Errorf("%s, then %s", idOf(f, k), idOf(f2, k2))
		}
		if len(sm.Text) > 3*len(b)+4 {
			t.Errorf("%d bytes of text from %d", len(sm.Text), len(b))
		}
	})
}

func FuzzOpen(f *testing.F) {
	for _, s := range kindSamples {
		f.Add([]byte(s))
	}
	two := archive(2)
	for _, s := range []string{
		two, gz(two), gz(two) + "x", deflated(two), zst(two), bzip2ed, zipped("a.har", two, "a.har", two), tarred("a.har", two),
		gz(tarred("a.har", two)), zipped("a.zip", zipped("a.har.gz", gz(two))), flagged(zipped("a.har", two), 1), method(zipped("a.har", two), 9),
		wide(two, true, false), gz(two)[:100], zipped("a.har", two)[:100],
	} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		s := Open(t.Context(), []string{"-"}, Options{Stdin: strings.NewReader(string(b))})
		s.lim = limits{head: 4 << 10, depth: 2, members: 20, directory: 64 << 10, free: 1 << 20, ratio: 100, unpacked: 4 << 20, spoolMemory: 1 << 20, spoolFile: 1 << 20, step: 1 << 20}
		fatal := map[string]int{}
		for x, err := range s.Exchanges() {
			if (x == nil) == (err == nil) {
				t.Fatal("an exchange and an error, or neither")
			}
			if err == nil {
				continue
			}
			var u *exchange.Unreadable
			if !errors.As(err, &u) || u.Reason == "" {
				t.Fatalf("got %T", err)
			}
			if u.Fatal {
				fatal[u.At.Capture]++
			}
		}
		names := map[string]bool{}
		for _, c := range s.Captures() {
			if names[c.Name] || label(c.Name) != c.Name && len(c.Name) < maxLabel {
				t.Errorf("the name %q is taken or not clean", c.Name)
			}
			names[c.Name] = true
			if fatal[c.Name] > 1 {
				t.Errorf("%q is given up %d times", c.Name, fatal[c.Name])
			}
		}
		if len(names) == 0 {
			t.Error("no capture, not even an unreadable one")
		}
	})
}

// TestSamples reads a collection of real files, which is not part of the
// repository. It prints names only.
func TestSamples(t *testing.T) {
	root := os.Getenv("WHY401_SAMPLES")
	if root == "" {
		t.Skip("WHY401_SAMPLES is not set")
	}
	// The kinds of files that are known not to be HARs, by a part of the name.
	expected := map[string]string{
		".postman_collection.json": "postman-collection", "postman-collection-v2.1": "postman-collection",
		".postman_environment.json": "postman-environment", "newman-report": "newman", "--newman.json": "newman",
		"sample-collection-report.json": "newman", "sample-collection-report.xml": "junit", ".saz": "fiddler", ".mitm": "mitmproxy", ".flows": "mitmproxy",
		"burp-http-history.xml": "burp", ".keylog": "tls-keys", ".curl-v.txt": "curl-trace",
	}
	for _, dir := range []string{"har", "real"} {
		files, _ := os.ReadDir(filepath.Join(root, dir))
		for _, f := range files {
			s := Open(context.Background(), []string{filepath.Join(root, dir, f.Name())}, Options{})
			var fatal *exchange.Unreadable
			for _, err := range s.Exchanges() {
				if u := new(exchange.Unreadable); errors.As(err, &u) && u.Fatal {
					fatal = u
				}
			}
			kind := s.Captures()[0].Format
			want := ""
			for part, k := range expected {
				if strings.Contains(f.Name(), part) && len(k) > 0 {
					want = k
				}
			}
			switch {
			case want != "" && kind != want:
				t.Errorf("%s: taken for %s, want %s", f.Name(), kind, want)
			case want != "" && canRead(kind):
				if fatal != nil {
					t.Errorf("%s: %s", f.Name(), fatal.Reason)
				}
			case want != "" && (fatal == nil || fatal.Hint == ""):
				t.Errorf("%s: refused without a hint", f.Name())
			case want == "" && fatal != nil:
				t.Logf("%s: %s: %s", f.Name(), kind, fatal.Reason)
			}
		}
	}
}
