package report

import (
	"bytes"
	"encoding/csv"
	"regexp"
	"strings"
	"testing"

	"golang.org/x/net/html"
)

func hostileComparison() *Comparison {
	c := &Comparison{Verdict: hostile[0], Good: Exchange{Capture: hostile[1], Index: 1, Method: hostile[2], URL: hostile[3], Status: 200}}
	for _, x := range hostile {
		c.Rows = append(c.Rows, Row{What: x, Good: x, Bad: x, Explains: true})
	}
	return c
}

// TestComparisonReadBack: what a capture says is text in HTML and CSV, and nothing
// else.
func TestComparisonReadBack(t *testing.T) {
	c := hostileComparison()
	var b bytes.Buffer
	if err := c.HTML(&b); err != nil {
		t.Fatal(err)
	}
	root, err := html.Parse(&b)
	if err != nil {
		t.Fatal(err)
	}
	banned := regexp.MustCompile(`^(script|img|iframe|object|embed|link|base|form|input|svg)$`)
	cells := map[string]int{}
	var walk func(n *html.Node) string
	walk = func(n *html.Node) string {
		if n.Type == html.TextNode {
			return n.Data
		}
		if n.Type == html.ElementNode && banned.MatchString(n.Data) {
			t.Errorf("an element %s", n.Data)
		}
		for _, a := range n.Attr {
			if strings.HasPrefix(a.Key, "on") || a.Key == "src" || a.Key == "style" || a.Key == "href" {
				t.Errorf("an attribute %s of %s", a.Key, n.Data)
			}
		}
		s := ""
		for k := n.FirstChild; k != nil; k = k.NextSibling {
			s += walk(k)
		}
		if n.Data == "td" {
			cells[s]++
		}
		return s
	}
	walk(root)
	b.Reset()
	if err := c.CSV(&b); err != nil {
		t.Fatal(err)
	}
	rows, err := csv.NewReader(&b).ReadAll()
	if err != nil || len(rows) != len(hostile)+3 {
		t.Fatalf("%d rows, %v", len(rows), err)
	}
	formula := regexp.MustCompile("^[\\s\u3000]*[=+\\-@\uff1d\uff0b\uff0d\uff20]")
	for i, x := range hostile {
		s := clean(x.String())
		if cells[s] < 2 {
			t.Errorf("HTML: %q is not read back", s)
		}
		for _, cell := range rows[i+3][:3] {
			if formula.MatchString(cell) || strings.TrimPrefix(cell, "'") != s && cell != s {
				t.Errorf("CSV: %q is read back as %q", s, cell)
			}
		}
		if rows[i+3][3] != "cause" {
			t.Errorf("CSV: %q", rows[i+3])
		}
	}
}

// TestComparisonFormats writes each format that is on offer.
func TestComparisonFormats(t *testing.T) {
	c := hostileComparison()
	c.Rows[1].Same, c.Rows[1].Explains, c.Rows[1].key = true, false, true
	c.Rows[2].Same, c.Rows[2].Explains = true, false
	for _, name := range ComparisonFormats() {
		var b bytes.Buffer
		if err := c.Write(&b, name, Style{Width: 80, Shell: "sh"}); err != nil || b.Len() == 0 {
			t.Errorf("%s: %d bytes, %v", name, b.Len(), err)
		}
		if name != "json" && name != "csv" && !strings.Contains(b.String(), "1 property") {
			t.Errorf("%s does not count what is equal:\n%s", name, b.String())
		}
	}
}
