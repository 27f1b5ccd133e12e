package ticket

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"slices"
	"strings"
)

// A note is the comment: lines of words of this program, numbers, hashes, names
// of rules and of attachments. No text of a file or capture is in it.
type note struct {
	head   string
	causes []string
	files  [][2]string // name, and what it is
	foot   string
}

// mark is how a second call knows the comment.
func mark(files []*File) string {
	sums := make([]string, len(files))
	for i, f := range files {
		sums[i] = f.SHA256
	}
	slices.Sort(sums)
	sum := sha256.Sum256([]byte(strings.Join(slices.Compact(sums), "\n")))
	return "why401-" + hex.EncodeToString(sum[:10])
}

func (c *Client) note(files []*File) *note {
	n := &note{head: "why401: why requests are refused", foot: "Secrets are shown in none of the files. Mark: " + mark(files)}
	for _, f := range files {
		for _, cause := range f.Causes {
			line := cause.Rule
			if t := c.o.Title(cause.Rule); t != "" {
				line = t + " (" + cause.Rule + ")"
			}
			if cause.AccountsFor > 0 {
				line += fmt.Sprintf(", the cause of %d failed requests", cause.AccountsFor)
				if cause.AccountsFor == 1 {
					line = strings.TrimSuffix(line, "s")
				}
			}
			if !slices.Contains(n.causes, line) && len(n.causes) < maxCauses {
				n.causes = append(n.causes, line)
			}
		}
		n.files = append(n.files, [2]string{f.Name(), string(f.Kind) + ", " + sizeText(f.Size) + ", SHA-256 " + f.SHA256})
	}
	return n
}

// wiki is the note in the markup of Jira Data Center and Jira Service Management.
func (n *note) wiki() string {
	var b strings.Builder
	b.WriteString("h3. " + wikiText(n.head) + "\n")
	for _, c := range n.causes {
		b.WriteString("* " + wikiText(c) + "\n")
	}
	if len(n.causes) > 0 {
		b.WriteString("\n")
	}
	for _, f := range n.files {
		fmt.Fprintf(&b, "* {{%s}}: %s\n", f[0], wikiText(f[1])) // letters, digits, dots, dashes
	}
	b.WriteString("\n" + wikiText(n.foot) + "\n")
	return b.String()
}

// Comment is what [Client.Attach] will write, as plain lines.
func (c *Client) Comment(files []*File) []string {
	n := c.note(files)
	lines := []string{n.head}
	for _, cause := range n.causes {
		lines = append(lines, "* "+cause)
	}
	for _, f := range n.files {
		lines = append(lines, "* "+f[0]+": "+f[1])
	}
	return append(lines, n.foot)
}

// wikiText escapes what means something in wiki markup.
func wikiText(s string) string {
	var b strings.Builder
	for i := 0; i < len(s); i++ {
		switch c := s[i]; {
		case c == '\\':
			b.WriteString("&#92;")
			continue
		case c == '&':
			b.WriteString("&amp;")
			continue
		case strings.IndexByte("![]^~+?%{}*|@_", c) >= 0:
			b.WriteByte('\\')
		case c == '/' && strings.HasPrefix(s[i:], "//"):
			b.WriteString("&#47;")
			continue
		}
		b.WriteByte(s[i])
	}
	return b.String()
}

// adf is the note in the Atlassian Document Format.
func (n *note) adf() any {
	text := func(s string) map[string]any { return map[string]any{"type": "text", "text": s} }
	code := func(s string) map[string]any {
		return map[string]any{"type": "text", "text": s, "marks": []any{map[string]any{"type": "code"}}}
	}
	para := func(spans ...any) map[string]any { return map[string]any{"type": "paragraph", "content": spans} }
	list := func(items []any) map[string]any {
		var out []any
		for _, i := range items {
			out = append(out, map[string]any{"type": "listItem", "content": []any{i}})
		}
		return map[string]any{"type": "bulletList", "content": out}
	}
	content := []any{map[string]any{"type": "heading", "attrs": map[string]any{"level": 3}, "content": []any{text(n.head)}}}
	var causes, files []any
	for _, c := range n.causes {
		causes = append(causes, para(text(c)))
	}
	if len(causes) > 0 {
		content = append(content, list(causes))
	}
	for _, f := range n.files {
		files = append(files, para(code(f[0]), text(": "+f[1])))
	}
	content = append(content, list(files), para(text(n.foot)))
	return map[string]any{"type": "doc", "version": 1, "content": content}
}
