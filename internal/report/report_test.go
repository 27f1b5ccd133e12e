package report

import (
	"bytes"
	"encoding/json"
	"flag"
	"os"
	"strings"
	"testing"

	"github.com/mattn/go-runewidth"

	"github.com/why401/why401/internal/diagnose"
	"github.com/why401/why401/internal/exchange"
	"github.com/why401/why401/internal/redact"
	"github.com/why401/why401/internal/rule"
)

var update = flag.Bool("update", false, "rewrite golden files")

// sampleRule fires on everything and says all that a rule can say.
var sampleRule = &rule.Rule{
	ID: "sample-rule", Title: "A title that is long enough to be wrapped on a terminal of eighty columns or fewer",
	Doc: "Doc", Area: rule.Refused, Severity: rule.Error, Since: "0.1",
	Alternatives: []string{"wrong-password", "unknown-user"},
	Fix: []rule.Fix{{
		Who: rule.Admin, Do: redact.Const("Look at BASE and at SITE.atlassian.net"),
		Command: redact.Const("curl -u USER BASE/rest/api/2/myself"), PowerShell: redact.Const("Invoke-RestMethod -Uri URL"),
	}},
	Confirm: &rule.Confirm{
		Do: redact.Const("Log in once at HOST"), Command: redact.Const("curl -I BASE"),
		Outcomes: []rule.Outcome{{Seen: redact.Const("it works"), Means: "wrong-password"}},
	},
	References: []rule.Reference{{Title: "RFC 9110", URL: "https://www.rfc-editor.org/rfc/rfc9110"}},
	Each: func(p *rule.Pass, s *rule.Subject) {
		p.Proven(s, redact.Const("The server said no."), s.StatusLine(redact.Const("200")), s.SentField("Authorization", redact.Const("a token")))
	},
}

func sampleReport(t testing.TB) *Report {
	t.Helper()
	redact.Use(redact.Policy{Key: redact.Key("report test")})
	e, err := diagnose.New([]*rule.Rule{sampleRule}, diagnose.Options{})
	if err != nil {
		t.Fatal(err)
	}
	c := &exchange.Capture{Name: "sample.har", Format: "har", Producer: "Firefox 153.0", Exchanges: 30}
	c.Add(exchange.NoteBOM)
	e.Opened(c)
	for i := range 30 {
		e.See(&exchange.Exchange{
			At: exchange.Locator{Capture: c.Name, Index: i}, From: c, Sight: exchange.Credentials,
			Request: exchange.Request{
				Method: "GET", URL: "https://jira.example.com/jira/rest/api/2/issue/OPS-1?fields=summary&token=CANARY",
				Header: exchange.Header{{Name: "Authorization", Value: "Bearer CANARY-secret"}},
			},
			Response: &exchange.Response{Status: 401, Header: exchange.Header{{Name: "X-AREQUESTID", Value: "1x2x3"}}},
		}, nil)
	}
	e.See(nil, &exchange.Unreadable{
		At: exchange.Locator{Capture: c.Name, Index: 30, Offset: 4711}, Line: 12, Column: 3,
		Pointer: "/log/entries/30/request", Reason: "unexpected end", Hint: "export it again",
	})
	return New(e.Diagnosis(), "test")
}

// golden compares got with a file.
func golden(t *testing.T, name string, got []byte) {
	t.Helper()
	if *update {
		if err := os.WriteFile(name, got, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(want, got) {
		t.Errorf("%s differs from what is made now; -update rewrites it", name)
	}
}

func TestGolden(t *testing.T) {
	r := sampleReport(t)
	var j, n, text, long bytes.Buffer
	if err := r.JSON(&j); err != nil {
		t.Fatal(err)
	}
	if err := r.NDJSON(&n); err != nil {
		t.Fatal(err)
	}
	if err := r.Text(&text, Style{Width: 80, Shell: "sh"}); err != nil {
		t.Fatal(err)
	}
	if err := r.Text(&long, Style{Width: 100, Shell: "powershell", Long: true, ASCII: true}); err != nil {
		t.Fatal(err)
	}
	golden(t, "testdata/sample.json", j.Bytes())
	golden(t, "testdata/sample.ndjson", n.Bytes())
	golden(t, "testdata/sample.txt", text.Bytes())
	golden(t, "testdata/sample-long.txt", long.Bytes())
}

// TestSchema keeps the published schema as made from the types, and the JSON
// form valid against it.
func TestSchema(t *testing.T) {
	b, err := schemaText()
	if err != nil {
		t.Fatal(err)
	}
	golden(t, "report.schema.json", b)
	s, err := schema()
	if err != nil {
		t.Fatal(err)
	}
	rs, err := s.Resolve(nil)
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range []*Report{sampleReport(t), New(&diagnose.Diagnosis{}, "test")} {
		var j bytes.Buffer
		if err := r.JSON(&j); err != nil {
			t.Fatal(err)
		}
		var v any
		if err := json.Unmarshal(j.Bytes(), &v); err != nil {
			t.Fatal(err)
		}
		if err := rs.Validate(v); err != nil {
			t.Errorf("the JSON form is not valid against its schema: %v", err)
		}
	}
	if rs.Validate(map[string]any{"schema": SchemaName}) == nil {
		t.Error("the schema takes a report without causes")
	}
}

// TestNoListIsNull: a reader of the JSON need not tell null from empty.
func TestNoListIsNull(t *testing.T) {
	var j bytes.Buffer
	if err := New(&diagnose.Diagnosis{}, "test").JSON(&j); err != nil {
		t.Fatal(err)
	}
	if strings.Contains(j.String(), "null") {
		t.Errorf("null in %s", j.String())
	}
}

// TestWidth: nothing but commands, which must stay whole to be copied, is wider
// than the terminal.
func TestWidth(t *testing.T) {
	r := sampleReport(t)
	for _, width := range []int{50, 60, 80, 120} {
		var b bytes.Buffer
		if err := r.Text(&b, Style{Width: width, Shell: "sh"}); err != nil {
			t.Fatal(err)
		}
		for _, l := range strings.Split(b.String(), "\n") {
			if w := runewidth.StringWidth(l); w > width && !strings.HasPrefix(strings.TrimSpace(l), "curl") {
				t.Errorf("width %d: a line of %d columns: %s", width, w, l)
			}
		}
	}
}

func TestNoSecret(t *testing.T) {
	r := sampleReport(t)
	var b bytes.Buffer
	for _, err := range []error{r.JSON(&b), r.NDJSON(&b), r.Text(&b, Style{Width: 80, Shell: "sh", Long: true, Color: true})} {
		if err != nil {
			t.Fatal(err)
		}
	}
	if strings.Contains(b.String(), "CANARY") {
		t.Error("a secret is in the report")
	}
}

func emptyReport() *Report { return New(&diagnose.Diagnosis{}, "test") }
