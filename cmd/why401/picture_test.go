package main

import (
	"bytes"
	"context"
	"flag"
	"fmt"
	"html"
	"os"
	"strings"
	"testing"
)

var update = flag.Bool("update", false, "rewrite golden files")

// TestPicture keeps the picture in the README true: it is drawn from a real run
// of the program on a bundled capture.
func TestPicture(t *testing.T) {
	var out, errs bytes.Buffer
	code := run(context.Background(), []string{"analyze", "--color", "always", "--width", "80", "demo/1-echo-newline.har"},
		stdio{in: strings.NewReader(""), out: &out, err: &errs})
	if code != exitCause {
		t.Fatalf("exit status %d, want %d; %s", code, exitCause, errs.String())
	}
	got := picture("why401 1-echo-newline.har", strings.ReplaceAll(out.String(), "demo/", ""))
	const name = "../../docs/picture.svg"
	if *update {
		if err := os.WriteFile(name, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	if got != string(want) {
		t.Errorf("docs/picture.svg is not what the program prints now; go test ./cmd/why401 -update draws it again")
	}
}

// picture draws the output of a command as a terminal window in SVG.
func picture(command, output string) string {
	const (
		charWidth  = 8.43
		lineHeight = 19
	)
	colors := map[string]string{
		"\x1b[1m": `font-weight="bold"`, "\x1b[31m": `fill="#ff7b72" font-weight="bold"`, "\x1b[33m": `fill="#e3b341"`,
		"\x1b[32m": `fill="#7ee787"`, "\x1b[2m": `fill="#8b949e"`,
	}
	lines := append([]string{"\x1b[2m$\x1b[0m " + command, ""}, strings.Split(strings.TrimRight(output, "\n"), "\n")...)
	var b strings.Builder
	fmt.Fprintf(&b, `<svg xmlns="http://www.w3.org/2000/svg" width="%d" height="%d" role="img" aria-label="Output of why401">`+"\n",
		730, len(lines)*lineHeight+40)
	b.WriteString(`<rect width="100%" height="100%" rx="8" fill="#0d1117"/>` + "\n" +
		`<g font-family="ui-monospace, SFMono-Regular, Menlo, Consolas, 'DejaVu Sans Mono', monospace" font-size="14" fill="#e6edf3">` + "\n")
	for i, l := range lines {
		fmt.Fprintf(&b, `<text x="20" y="%d">`, 32+i*lineHeight)
		column, style := 0, ""
		for l != "" {
			if strings.HasPrefix(l, "\x1b[") {
				end := strings.IndexByte(l, 'm') + 1
				style = strings.TrimSpace(style + " " + colors[l[:end]])
				if l[:end] == "\x1b[0m" {
					style = ""
				}
				if style == `font-weight="bold" fill="#ff7b72" font-weight="bold"` {
					style = colors["\x1b[31m"]
				}
				l = l[end:]
				continue
			}
			end := strings.Index(l, "\x1b[")
			if end < 0 {
				end = len(l)
			}
			n := len([]rune(l[:end]))
			// Blanks are made to stay; textLength keeps columns aligned whatever the font is.
			fmt.Fprintf(&b, `<tspan x="%.1f" textLength="%.1f" %s>%s</tspan>`, 20+float64(column)*charWidth, float64(n)*charWidth, style, html.EscapeString(strings.ReplaceAll(l[:end], " ", "\u00a0")))
			column += n
			l = l[end:]
		}
		b.WriteString("</text>\n")
	}
	b.WriteString("</g>\n</svg>\n")
	return b.String()
}
