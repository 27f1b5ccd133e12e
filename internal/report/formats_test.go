package report

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"unicode"

	"github.com/yuin/goldmark"
	"github.com/yuin/goldmark/ast"
	"github.com/yuin/goldmark/extension"
	extast "github.com/yuin/goldmark/extension/ast"
	"github.com/yuin/goldmark/text"
	"golang.org/x/net/html"

	"github.com/why401/why401/internal/redact"
)

// hostileReport has every hostile text in every place that holds text.
func hostileReport(t testing.TB) *Report {
	t.Helper()
	r := sampleReport(t)
	base := *r.Findings[0]
	r.Causes, r.Findings, r.Failed, r.Unreadable, r.Unchecked = nil, nil, nil, nil, nil
	r.Timeline, r.Credentials = nil, nil
	for i := range len(hostile) + len(unprintable) {
		x, f := redact.Const("nothing"), base
		s := ""
		if i < len(hostile) {
			x = hostile[i]
			s = x.String()
		} else {
			s = unprintable[i-len(hostile)]
		}
		f.Title, f.Message, f.Rule = s, x, fmt.Sprintf("rule-%d", i)
		f.Alternatives = []string{s}
		f.Exchanges = []Exchange{{Capture: x, Index: i, Method: x, URL: x, Status: 401, Also: []Place{{x, i}}}}
		f.Evidence = []Evidence{{x, i, x, [2]int{1, 2}, x, x}}
		f.Fix = []Fix{{"caller", x, x, "sh"}}
		f.Confirm = &Confirm{x, x, x, []Outcome{{x, s}}}
		f.Consequences = []Consequence{{s, s, x, []Fix{}, false}}
		f.References = []Reference{{s, s}, {"RFC 9110", "https://www.rfc-editor.org/rfc/rfc9110"}}
		r.Findings = append(r.Findings, &f)
		if i%2 == 0 {
			r.Causes = append(r.Causes, &f)
		}
		r.Failed = append(r.Failed, Failed{f.Exchanges[0], s, s})
		r.Unreadable = append(r.Unreadable, Unreadable{x, x, x, x})
		r.Unchecked = append(r.Unchecked, Unchecked{s, x, x})
		r.Timeline = append(r.Timeline, Step{Exchange: f.Exchanges[0], Host: x, Kind: "refused", Reason: x, To: x, Times: 1})
		r.Credentials = append(r.Credentials, Credential{
			Capture: x, Place: x, Scheme: x, Class: x, Length: x, User: x, Fingerprint: x, Trimmed: x,
			Checksum: x, Defects: []Defect{{x, x, [2]int{3, 4}}},
		})
	}
	r.Tool.Version, r.Captures[0].Name, r.Captures[0].Format = hostile[0].String(), hostile[1], hostile[2].String()
	return r
}

// hostileDocument has every hostile text in every kind of block.
func hostileDocument() document {
	var d document
	for _, s := range allHostile() {
		d.heading(2, s)
		d.para(say(s))
		d.para(loud(s), say(s))
		d.para(say(s), loud(s), id(s), id("a-rule"), source(Reference{s, s}))
		d.list([][]span{{say(s)}, {loud(s), say(s)}})
		d.command(s, "sh")
		d.table([]string{"a", ""}, [][][]span{{{say(s)}, {say("")}}, {{loud(s)}, {say(s), id("b")}}})
	}
	d.para(source(Reference{"RFC [9110]", "https://www.rfc-editor.org/rfc/rfc9110#a"}))
	return d
}

// allHostile returns all hostile texts.
func allHostile() []string {
	var all []string
	for _, x := range hostile {
		all = append(all, x.String())
	}
	return append(all, unprintable...)
}

// texts is what a reader of the document must see, block by block.
func (d document) texts() []string {
	var out []string
	add := func(spans []span) {
		s := ""
		for i, x := range spans {
			if i > 0 && x.text != "" && !closes(x.text) {
				s += " "
			}
			s += x.text
		}
		if s = strings.TrimSpace(s); s != "" {
			out = append(out, s)
		}
	}
	for _, b := range d {
		switch b.kind {
		case heading, paragraph:
			add(b.text)
		case list:
			for _, i := range b.items {
				add(i)
			}
		case code:
			out = append(out, strings.TrimSpace(b.code))
		case table:
			for _, h := range b.head {
				add([]span{{text: h}})
			}
			for _, r := range b.rows {
				for _, c := range r {
					add(c)
				}
			}
		}
	}
	return out
}

func same(t *testing.T, what string, got, want []string) {
	t.Helper()
	for i := range max(len(got), len(want)) {
		if i >= len(got) || i >= len(want) || got[i] != want[i] {
			g, w := "nothing", "nothing"
			if i < len(got) {
				g = strconv.Quote(got[i])
			}
			if i < len(want) {
				w = strconv.Quote(want[i])
			}
			t.Fatalf("%s: text %d of %d is read back as %s, not %s", what, i, len(want), g, w)
		}
	}
}

func documents(t *testing.T) map[string]document {
	c := hostileComparison()
	return map[string]document{
		"blocks": hostileDocument(), "hostile": hostileReport(t).document(), "sample": sampleReport(t).document(), "comparison": c.document(),
	}
}

var reference = regexp.MustCompile(`^https://www\.rfc-editor\.org/`)

func TestMarkdownReadBack(t *testing.T) {
	md := goldmark.New(goldmark.WithExtensions(extension.GFM, extension.Footnote))
	for name, d := range documents(t) {
		var b bytes.Buffer
		if err := d.markdown(&b); err != nil {
			t.Fatal(err)
		}
		src := b.Bytes()
		var got []string
		var inline func(n ast.Node) string
		inline = func(n ast.Node) string {
			s := ""
			for c := n.FirstChild(); c != nil; c = c.NextSibling() {
				switch c := c.(type) {
				case *ast.Text:
					v := string(c.Value(src))
					if !c.IsRaw() {
						v = unescape(v)
					}
					s += v
					if c.SoftLineBreak() || c.HardLineBreak() {
						t.Errorf("%s: a line break", name)
					}
				case *ast.String:
					s += string(c.Value)
				case *ast.CodeSpan:
					for x := c.FirstChild(); x != nil; x = x.NextSibling() {
						s += string(x.(*ast.Text).Value(src))
					}
				case *ast.Emphasis:
					s += inline(c)
				case *ast.Link:
					if !reference.Match(c.Destination) {
						t.Errorf("%s: a link to %s", name, c.Destination)
					}
					s += inline(c)
				default:
					t.Errorf("%s: %s in %q", name, c.Kind(), s)
				}
			}
			return s
		}
		err := ast.Walk(goldmarkParse(md, src), func(n ast.Node, in bool) (ast.WalkStatus, error) {
			if !in {
				return ast.WalkContinue, nil
			}
			switch n := n.(type) {
			case *ast.Heading, *ast.Paragraph, *ast.TextBlock, *extast.TableCell:
				if s := strings.TrimSpace(inline(n)); s != "" {
					got = append(got, s)
				}
				return ast.WalkSkipChildren, nil
			case *ast.FencedCodeBlock:
				got = append(got, strings.TrimSpace(string(n.Lines().Value(src))))
			case *ast.Document, *ast.List, *ast.ListItem, *extast.Table, *extast.TableHeader, *extast.TableRow:
			default:
				t.Errorf("%s: a block of kind %s", name, n.Kind())
			}
			return ast.WalkContinue, nil
		})
		if err != nil {
			t.Fatal(err)
		}
		same(t, name, got, d.texts())
	}
}

func goldmarkParse(md goldmark.Markdown, src []byte) ast.Node {
	return md.Parser().Parse(text.NewReader(src))
}

var (
	escaped = regexp.MustCompile(`\\([!-/:-@\[-` + "`" + `{-~])|&#(\d+);`)
	entity  = regexp.MustCompile(`^&(#\d+|amp);`)
)

// unescape undoes what a Markdown reader undoes when it prints text.
func unescape(s string) string {
	return escaped.ReplaceAllStringFunc(s, func(m string) string {
		if m[0] == '\\' {
			return m[1:]
		}
		n, _ := strconv.Atoi(m[2 : len(m)-1])
		return string(rune(n))
	})
}

// TestMarkdownInert: what GitHub makes of text after it read the Markdown is only
// in code, where it does not look.
func TestMarkdownInert(t *testing.T) {
	var b bytes.Buffer
	if err := hostileDocument().markdown(&b); err != nil {
		t.Fatal(err)
	}
	fenced := regexp.MustCompile("(?ms)^(`{3,})sh\n.*?\n`{3,}$").ReplaceAllString(b.String(), "")
	bare := regexp.MustCompile("``[^\n]*?``|`[^`\n]*`|\\]\\(https://www.rfc[^)]*\\)").ReplaceAllString(fenced, "")
	if m := regexp.MustCompile(`.*(@|://|www\.|\$|:smile:|#\d).*`).FindString(strings.ReplaceAll(bare, "&#124;", "")); m != "" {
		t.Errorf("active outside of code: %q", m)
	}
}

func TestJiraReadBack(t *testing.T) {
	for name, d := range documents(t) {
		var b bytes.Buffer
		if err := d.jira(&b); err != nil {
			t.Fatal(err)
		}
		got, err := readJira(b.String())
		if err != nil {
			t.Errorf("%s: %v", name, err)
		}
		want := d.texts()
		for i := range want { // code that could end its block is shown as text
			want[i] = strings.Join(strings.Fields(want[i]), " ")
		}
		same(t, name, got, want)
	}
}

// readJira reads wiki markup as the renderer of Jira does, as far as it is used
// here, and refuses everything else that would have a meaning.
func readJira(s string) (out []string, err error) {
	add := func(s string) {
		plain, e := inlineJira(s)
		err = errors.Join(err, e)
		if plain = strings.Join(strings.Fields(plain), " "); plain != "" {
			out = append(out, plain)
		}
	}
	block, inBlock := "", false
	for _, l := range strings.Split(s, "\n") {
		switch {
		case l == "{noformat}":
			if inBlock {
				out, block = append(out, strings.Join(strings.Fields(block), " ")), ""
			}
			inBlock = !inBlock
		case inBlock:
			block += l + "\n"
		case regexp.MustCompile(`^h[1-6]\. `).MatchString(l):
			add(l[4:])
		case strings.HasPrefix(l, "* "):
			add(l[2:])
		case strings.HasPrefix(l, "||"):
			for _, c := range strings.Split(strings.Trim(l, "|"), "||") {
				add(c)
			}
		case strings.HasPrefix(l, "|"):
			for _, c := range regexp.MustCompile(`(?:\\.|[^\\|])+`).FindAllString(regexp.MustCompile(`\[[^\]\\|]*\|[^\]]*\]`).ReplaceAllString(l, ""), -1) {
				add(c)
			}
		case strings.HasPrefix(l, "#"), strings.HasPrefix(l, "- "), strings.HasPrefix(l, "bq. "):
			err = errors.Join(err, fmt.Errorf("a line begins with markup: %q", l))
		default:
			add(l)
		}
	}
	return out, err
}

func inlineJira(s string) (string, error) {
	whole := s
	var b strings.Builder
	fail := func(what string) error { return fmt.Errorf("%s in %q", what, whole) }
	for s != "" {
		if m := entity.FindString(s); m != "" {
			if m == "&amp;" {
				b.WriteByte('&')
			} else {
				n, _ := strconv.Atoi(m[2 : len(m)-1])
				b.WriteRune(rune(n))
			}
			s = s[len(m):]
			continue
		}
		if m := regexp.MustCompile(`^\[((?:\\.|[^\]\\|])+)\|(https://www\.rfc-editor\.org/[^\]]*)\]`).FindStringSubmatch(s); m != nil {
			t, err := inlineJira(m[1])
			if err != nil {
				return "", err
			}
			b.WriteString(t)
			s = s[len(m[0]):]
			continue
		}
		if m := regexp.MustCompile(`^\{\{([a-z0-9-]+)\}\}`).FindStringSubmatch(s); m != nil {
			b.WriteString(m[1])
			s = s[len(m[0]):]
			continue
		}
		switch c := s[0]; {
		case c == '\\':
			if len(s) < 2 || strings.IndexByte("![]^~+?%{}()*_-|@", s[1]) < 0 {
				return "", fail("a bare backslash")
			}
			b.WriteByte(s[1])
			s = s[2:]
			continue
		case c == '*': // strong, which only the program itself uses
		case strings.IndexByte("![]^~+?%{}|@", c) >= 0:
			return "", fail("a bare " + string(c))
		case strings.HasPrefix(s, "//"), strings.HasPrefix(s, "mailto:"), strings.HasPrefix(s, ":)"), strings.HasPrefix(s, ";)"), strings.HasPrefix(s, "(y)"), strings.HasPrefix(s, "--"):
			return "", fail("something active")
		default:
			b.WriteByte(c)
		}
		s = s[1:]
	}
	return b.String(), nil
}

func TestADFReadBack(t *testing.T) {
	for name, d := range documents(t) {
		var b bytes.Buffer
		if err := d.adf(&b); err != nil {
			t.Fatal(err)
		}
		var doc adfNode
		if err := json.Unmarshal(b.Bytes(), &doc); err != nil {
			t.Fatal(err)
		}
		var got []string
		var walk func(n adfNode) string
		walk = func(n adfNode) string {
			s := n.Text
			for _, m := range n.Marks {
				if h, _ := m.Attrs["href"].(string); m.Type == "link" && !reference.MatchString(h) {
					t.Errorf("%s: a link to %q", name, h)
				}
			}
			for _, c := range n.Content {
				s += walk(c)
			}
			switch n.Type {
			case "paragraph", "heading", "codeBlock":
				if s = strings.TrimSpace(s); s != "" {
					got = append(got, s)
				}
				return ""
			case "text", "doc", "bulletList", "listItem", "table", "tableRow", "tableHeader", "tableCell":
			default:
				t.Errorf("%s: a node %s", name, n.Type)
			}
			return s
		}
		walk(doc)
		same(t, name, got, d.texts())
	}
}

func TestCSVReadBack(t *testing.T) {
	r := hostileReport(t)
	var b bytes.Buffer
	if err := r.CSV(&b); err != nil {
		t.Fatal(err)
	}
	rows, err := csv.NewReader(&b).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	if n := 1 + len(r.Findings) + len(r.Failed) + len(r.Unreadable); len(rows) != n {
		t.Fatalf("%d rows, not %d", len(rows), n)
	}
	formula := regexp.MustCompile("^[\\s\u3000]*[=+\\-@\uff1d\uff0b\uff0d\uff20]")
	seen := map[string]bool{}
	for _, row := range rows {
		for _, c := range row {
			if formula.MatchString(c) {
				t.Errorf("a formula: %q", c)
			}
			seen[c] = true
			seen[strings.TrimPrefix(c, "'")] = true
		}
	}
	for _, x := range allHostile() {
		if !seen[clean(x)] {
			t.Errorf("%q is not read back", x)
		}
	}
}

func TestJUnitReadBack(t *testing.T) {
	r := hostileReport(t)
	for i := range r.Failed {
		r.Failed[i].Capture, r.Unreadable[i].Capture = r.Captures[0].Name, r.Captures[0].Name
		r.Failed[i].Cause = r.Findings[i].Rule
	}
	r.Causes = r.Findings
	var b bytes.Buffer
	if err := r.JUnit(&b); err != nil {
		t.Fatal(err)
	}
	var got junitSuites
	d := xml.NewDecoder(&b)
	d.Strict = true
	if err := d.Decode(&got); err != nil {
		t.Fatal(err)
	}
	seen := map[string]bool{}
	for _, s := range got.Suites {
		seen[s.Name] = true
		if n := s.Failures + s.Errors; n != len(s.Cases) {
			t.Errorf("%d of %d cases fail", n, len(s.Cases))
		}
		for _, c := range s.Cases {
			if c.Failure != nil {
				seen[c.Failure.Message] = true
			}
			if c.Error != nil {
				seen[c.Error.Message] = true
			}
		}
	}
	for _, x := range allHostile() {
		if !seen[clean(x)] {
			t.Errorf("%q is not read back", x)
		}
	}
}

func TestSARIFReadBack(t *testing.T) {
	r := hostileReport(t)
	var b bytes.Buffer
	if err := r.SARIF(&b); err != nil {
		t.Fatal(err)
	}
	var got sarifLog
	if err := json.Unmarshal(b.Bytes(), &got); err != nil {
		t.Fatal(err)
	}
	run := got.Runs[0]
	for i, f := range r.Findings {
		m := strings.NewReplacer(`\[`, "[", `\]`, "]", `\\`, `\`, "{{", "{", "}}", "}").Replace(run.Results[i].Message.Text)
		if m != clean(f.Message.String()) {
			t.Errorf("%q is read back as %q", f.Message, m)
		}
		if rule := run.Tool.Driver.Rules[run.Results[i].Index]; rule.ID != f.Rule || rule.Short.Text != clean(f.Title) {
			t.Errorf("%s is read back as %s", f.Rule, rule.ID)
		}
		if run.Results[i].Properties["cause"] == true != slices.Contains(r.Causes, f) {
			t.Errorf("%s: cause or not", f.Rule)
		}
	}
}

func TestHTMLReadBack(t *testing.T) {
	r := hostileReport(t)
	var b bytes.Buffer
	if err := r.HTML(&b); err != nil {
		t.Fatal(err)
	}
	root, err := html.Parse(&b)
	if err != nil {
		t.Fatal(err)
	}
	banned := regexp.MustCompile(`^(script|img|iframe|object|embed|link|base|form|input|audio|video|image|use|foreignobject|animate|set)$`)
	seen := map[string]bool{}
	var walk func(n *html.Node) string
	walk = func(n *html.Node) string {
		if n.Type == html.TextNode {
			return n.Data
		}
		if n.Type == html.ElementNode && banned.MatchString(strings.ToLower(n.Data)) {
			t.Errorf("an element %s", n.Data)
		}
		for _, a := range n.Attr {
			switch {
			case strings.HasPrefix(a.Key, "on"), a.Key == "src", a.Key == "srcset", a.Key == "style":
				t.Errorf("an attribute %s=%q of %s", a.Key, a.Val, n.Data)
			case a.Key == "href" && !strings.HasPrefix(a.Val, "#") && !reference.MatchString(a.Val):
				t.Errorf("a link to %q", a.Val)
			}
		}
		s := ""
		for c := n.FirstChild; c != nil; c = c.NextSibling {
			s += walk(c)
		}
		seen[n.Data+" "+s] = true
		return s
	}
	walk(root)
	for i, x := range hostile {
		s := clean(x.String())
		if i%2 == 0 && i/2 < htmlCauses && !seen[fmt.Sprintf("h3 %d. %s", i/2+1, s)] {
			t.Errorf("the title of cause %d, %q, is not read back", i/2+1, s)
		}
		if i%2 == 0 && i/2 < htmlCauses && !seen["pre "+s] && !strings.HasPrefix(s, "\n") {
			t.Errorf("the command %q is not read back", s)
		}
		if i < htmlCards && !seen["dd "+s] {
			t.Errorf("%q is on no card", s)
		}
	}
}

// TestNothingInvisible: no format lets a character through that does not print.
func TestNothingInvisible(t *testing.T) {
	r := hostileReport(t)
	for _, name := range Formats() {
		if name == "json" || name == "ndjson" {
			continue // of which redact is the only guard; JSON escapes controls
		}
		var b bytes.Buffer
		if err := r.Write(&b, name, Style{Width: 80, Shell: "sh", Long: true}); err != nil {
			t.Fatal(err)
		}
		for _, c := range b.String() {
			if c != '\n' && (!unicode.IsPrint(c) || invisible(c) || c == unicode.ReplacementChar) {
				t.Errorf("%s: %U", name, c)
				break
			}
		}
	}
}

func TestFormatOf(t *testing.T) {
	for file, want := range map[string]string{
		"a.html": "html", "A.HTM": "html", "x/y.md": "markdown", "a.json": "json", "a.adf.json": "adf", "a.ndjson": "ndjson",
		"a.sarif": "sarif", "a.xml": "junit", "a.csv": "csv", "a.txt": "table", "a.jira": "jira", "a": "", "a.log": "",
	} {
		if got, ok := FormatOf(file); got != want || ok != (want != "") {
			t.Errorf("%s: %q", file, got)
		}
	}
}

// many is a report with n findings, each with a failing request.
func many(t testing.TB, n int) *Report {
	r := sampleReport(t)
	base := *r.Findings[0]
	r.Causes, r.Findings, r.Failed = nil, nil, nil
	for i := range n {
		f := base
		f.Rule = fmt.Sprintf("rule-%d", i%300)
		f.Message = redact.Sprintf("The server said no to request %s, and then to every other that came after it.", redact.Int(i))
		r.Findings = append(r.Findings, &f)
		if i%10 == 0 {
			r.Causes = append(r.Causes, &f)
		}
		x := base.Exchanges[0]
		x.URL = redact.Sprintf("%s/%s", x.URL, redact.Int(i))
		if i < 4096 {
			r.Failed = append(r.Failed, Failed{x, "jira", f.Rule})
		}
	}
	return r
}

// TestHTMLBounded: 10,000 findings make a page of at most 5 MB that says what
// it leaves out.
func TestHTMLBounded(t *testing.T) {
	var b bytes.Buffer
	if err := many(t, 10000).HTML(&b); err != nil {
		t.Fatal(err)
	}
	if b.Len() > 5<<20 {
		t.Errorf("%d bytes", b.Len())
	}
	for _, want := range []string{"960 causes", "5000 other findings", "rows of failed requests"} {
		if !strings.Contains(b.String(), want) {
			t.Errorf("the page does not say that it leaves out %s", want)
		}
	}
}

func BenchmarkHTML10000(b *testing.B) {
	r := many(b, 10000)
	for b.Loop() {
		if err := r.HTML(io.Discard); err != nil {
			b.Fatal(err)
		}
	}
}
