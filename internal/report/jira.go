package report

import (
	"fmt"
	"io"
	"strings"
)

// Jira writes the report in the wiki markup of Jira Data Center, for comments
// and descriptions of its REST API, version 2. Text of a capture cannot become
// markup, a macro, an image, a link or a mention there.
func (r *Report) Jira(w io.Writer) error { return r.document().jira(w) }

// Jira writes the comparison as [Report.Jira] does.
func (c *Comparison) Jira(w io.Writer) error { return c.document().jira(w) }

func (d document) jira(w io.Writer) error {
	var b strings.Builder
	for i, l := range d {
		if i > 0 {
			b.WriteByte('\n')
		}
		switch l.kind {
		case heading:
			fmt.Fprintf(&b, "h%d. %s\n", l.level, jiraSpans(l.text))
		case paragraph:
			b.WriteString(jiraStart(jiraSpans(l.text)) + "\n")
		case list:
			for _, item := range l.items {
				b.WriteString("* " + jiraSpans(item) + "\n")
			}
		case code:
			jiraCode(&b, l.code)
		case table:
			for _, h := range l.head {
				if h == "" {
					h = " "
				}
				b.WriteString("||" + h)
			}
			b.WriteString("||\n")
			for _, row := range l.rows {
				for _, cell := range row {
					text := jiraSpans(cell)
					if text == "" {
						text = " " // an empty cell would make a heading of the next
					}
					b.WriteString("|" + text)
				}
				b.WriteString("|\n")
			}
		}
	}
	_, err := io.WriteString(w, b.String())
	return err
}

func jiraSpans(spans []span) string {
	var b strings.Builder
	for i, s := range spans {
		if s.text == "" {
			continue
		}
		if i > 0 && !closes(s.text) {
			b.WriteByte(' ')
		}
		switch text := jiraText(s.text); {
		case s.href != "":
			fmt.Fprintf(&b, "[%s|%s]", text, s.href)
		case s.style == mono:
			b.WriteString("{{" + s.text + "}}") // letters, digits and dashes
		case s.style == strong:
			b.WriteString("*" + text + "*")
		default:
			b.WriteString(text)
		}
	}
	return b.String()
}

// jiraText escapes text. A backslash takes its meaning from the characters that
// Jira lets escape (! [ ] ^ ~ + ? % { } ( ) * _ - | @); for those that it does
// not, it has entities.
func jiraText(s string) string {
	var b strings.Builder
	for i := 0; i < len(s); i++ {
		switch c := s[i]; {
		case c == '\\':
			b.WriteString("&#92;") // two of them would be a line break
			continue
		case c == '&' && i+1 < len(s) && (s[i+1] == '#' || alnum(s[i+1])):
			b.WriteString("&amp;")
			continue
		case c == '/' && strings.HasPrefix(s[i:], "//"):
			b.WriteString("&#47;&#47;") // Jira would make a link of the address
			i++
			continue
		case (c == ':' || c == ';') && i+1 < len(s) && strings.IndexByte(")(PDpd", s[i+1]) >= 0 && (i+2 == len(s) || !alnum(s[i+2])):
			fmt.Fprintf(&b, "&#%d;", c) // a face
			continue
		case strings.HasPrefix(strings.ToLower(s[i:]), "mailto:"), strings.HasPrefix(strings.ToLower(s[i:]), "javascript:"):
			fmt.Fprintf(&b, "&#%d;", c)
			continue
		case strings.IndexByte("![]^~+?%{}*|@", c) >= 0,
			// Within a word these mean nothing.
			(c == '-' || c == '_') && !inside(s, i),
			// (y), (!), (/) and others of up to three characters are pictures.
			c == '(' && strings.IndexByte(s[i:min(len(s), i+6)], ')') > 0:
			b.WriteByte('\\')
		}
		b.WriteByte(s[i])
	}
	return b.String()
}

// jiraStart escapes what only means something where a line begins.
func jiraStart(s string) string {
	switch {
	case strings.HasPrefix(s, "#"):
		return "&#35;" + s[1:]
	case len(s) > 2 && (s[0] == 'h' && s[1] >= '1' && s[1] <= '6' || strings.HasPrefix(s, "bq")) && s[2] == '.':
		return s[:2] + "&#46;" + s[3:]
	}
	return s
}

// jiraCode writes code as it is. Nothing but its own end means anything in a
// block without format; code that holds that is escaped line by line instead.
func jiraCode(b *strings.Builder, code string) {
	if strings.Contains(strings.ToLower(code), "{noformat") {
		for _, l := range strings.Split(code, "\n") {
			b.WriteString(jiraStart(jiraText(l)) + "\n")
		}
		return
	}
	b.WriteString("{noformat}\n" + code + "\n{noformat}\n")
}
