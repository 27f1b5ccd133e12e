package report

import (
	"fmt"
	"io"
	"strings"
)

// Markdown writes the report in GitHub Flavored Markdown, for GitHub, Slack,
// Confluence and tickets. Text of a capture cannot become markup, a link, an
// image or a mention there.
func (r *Report) Markdown(w io.Writer) error { return r.document().markdown(w) }

// Markdown writes the comparison as [Report.Markdown] does.
func (c *Comparison) Markdown(w io.Writer) error { return c.document().markdown(w) }

func (d document) markdown(w io.Writer) error {
	var b strings.Builder
	for i, l := range d {
		if i > 0 {
			b.WriteByte('\n')
		}
		switch l.kind {
		case heading:
			b.WriteString(strings.Repeat("#", l.level) + " ")
			markdownSpans(&b, l.text, false)
			b.WriteByte('\n')
		case paragraph:
			markdownSpans(&b, l.text, false)
			b.WriteByte('\n')
		case list:
			for _, item := range l.items {
				b.WriteString("- ")
				markdownSpans(&b, item, false)
				b.WriteByte('\n')
			}
		case code:
			fence := strings.Repeat("`", max(3, longestRun(l.code, '`')+1))
			fmt.Fprintf(&b, "%s%s\n%s\n%s\n", fence, l.shell, l.code, fence)
		case table:
			b.WriteString("|")
			for _, h := range l.head {
				b.WriteString(" " + h + " |")
			}
			b.WriteString("\n|" + strings.Repeat(" --- |", len(l.head)) + "\n")
			for _, row := range l.rows {
				b.WriteString("|")
				for _, cell := range row {
					b.WriteByte(' ')
					markdownSpans(&b, cell, true)
					b.WriteString(" |")
				}
				b.WriteByte('\n')
			}
		}
	}
	_, err := io.WriteString(w, b.String())
	return err
}

// markdownSpans writes spans with blanks between them.
func markdownSpans(b *strings.Builder, spans []span, cell bool) {
	for i, s := range spans {
		if s.text == "" {
			continue
		}
		if i > 0 && !closes(s.text) {
			b.WriteByte(' ')
		}
		switch text := markdownText(s.text, cell); {
		case s.href != "":
			fmt.Fprintf(b, "[%s](%s)", text, s.href)
		case s.style == mono:
			b.WriteString("`" + s.text + "`") // letters, digits and dashes
		case s.style == strong:
			b.WriteString("**" + text + "**")
		default:
			b.WriteString(text)
		}
	}
}

// closes reports whether no blank belongs before s.
func closes(s string) bool { return strings.HasPrefix(s, ",") || strings.HasPrefix(s, ";") }

// markdownText escapes text. Words that readers of Markdown make links, mentions,
// references, formulas or pictures of become code, which all of them leave alone;
// a backslash would not do, as they look for those words after it is gone.
func markdownText(s string, cell bool) string {
	words := strings.Split(s, " ")
	for i, w := range words {
		if active(w) {
			bare := strings.TrimRight(w, ",.;:")
			if !active(bare) {
				bare = w
			}
			words[i] = markdownCode(bare, cell) + w[len(bare):]
		} else {
			words[i] = markdownWord(w, i == 0)
		}
	}
	return strings.Join(words, " ")
}

// active reports whether something may be made of a word that stands in text.
func active(w string) bool {
	return strings.ContainsAny(w, "@#$") || strings.Contains(w, "://") || strings.Count(w, ":") > 1 ||
		strings.Contains(strings.ToLower(w), "www.")
}

// markdownCode makes code of a word. A "|" in a table would end the cell.
func markdownCode(w string, cell bool) string {
	if cell && strings.Contains(w, "|") {
		parts := strings.Split(w, "|")
		for i, p := range parts {
			if p != "" {
				parts[i] = markdownCode(p, false)
			}
		}
		return strings.Join(parts, "&#124;")
	}
	fence := strings.Repeat("`", longestRun(w, '`')+1)
	if strings.HasPrefix(w, "`") || strings.HasSuffix(w, "`") {
		w = " " + w + " "
	}
	return fence + w + fence
}

// markdownWord escapes a word; start says that it may begin a line.
func markdownWord(w string, start bool) string {
	var b strings.Builder
	for i, r := range w {
		switch {
		case r == '|':
			b.WriteString("&#124;") // holds in tables and elsewhere
			continue
		case strings.ContainsRune("\\`*[]<>&~", r), r == '_' && !inside(w, i):
			b.WriteByte('\\')
		case start && i == 0 && strings.ContainsRune("#+-=:", r),
			start && strings.ContainsRune(".)", r) && strings.Trim(w[:i], "0123456789") == "":
			b.WriteByte('\\')
		}
		b.WriteRune(r)
	}
	return b.String()
}

// inside reports whether letters or digits stand on both sides of w[i].
func inside(w string, i int) bool { return i > 0 && i+1 < len(w) && alnum(w[i-1]) && alnum(w[i+1]) }

func alnum(c byte) bool { return c >= '0' && c <= '9' || c|0x20 >= 'a' && c|0x20 <= 'z' }

func longestRun(s string, c byte) int {
	most, n := 0, 0
	for i := 0; i < len(s); i++ {
		if s[i] != c {
			n = 0
			continue
		}
		n++
		most = max(most, n)
	}
	return most
}
