package report

import (
	"encoding/json"
	"io"
)

// An adfNode is a node of the Atlassian Document Format, version 1.
type adfNode struct {
	Type    string         `json:"type"`
	Version int            `json:"version,omitempty"`
	Attrs   map[string]any `json:"attrs,omitempty"`
	Content []adfNode      `json:"content,omitempty"`
	Text    string         `json:"text,omitempty"`
	Marks   []adfMark      `json:"marks,omitempty"`
}

type adfMark struct {
	Type  string         `json:"type"`
	Attrs map[string]any `json:"attrs,omitempty"`
}

// ADF writes the report in the Atlassian Document Format, for comments and
// descriptions of the REST API of Jira Cloud, version 3. Text of a capture is
// in text nodes alone; only references of rules are links.
func (r *Report) ADF(w io.Writer) error { return r.document().adf(w) }

// ADF writes the comparison as [Report.ADF] does.
func (c *Comparison) ADF(w io.Writer) error { return c.document().adf(w) }

func (d document) adf(w io.Writer) error {
	doc := adfNode{Type: "doc", Version: 1}
	for _, l := range d {
		switch l.kind {
		case heading:
			doc.Content = append(doc.Content, adfNode{Type: "heading", Attrs: map[string]any{"level": l.level}, Content: adfSpans(l.text)})
		case paragraph:
			doc.Content = append(doc.Content, adfPara(l.text))
		case list:
			n := adfNode{Type: "bulletList"}
			for _, item := range l.items {
				n.Content = append(n.Content, adfNode{Type: "listItem", Content: []adfNode{adfPara(item)}})
			}
			doc.Content = append(doc.Content, n)
		case code:
			n := adfNode{Type: "codeBlock", Content: []adfNode{{Type: "text", Text: l.code}}}
			if l.shell != "" {
				n.Attrs = map[string]any{"language": map[string]string{"sh": "shell", "powershell": "powershell"}[l.shell]}
			}
			doc.Content = append(doc.Content, n)
		case table:
			doc.Content = append(doc.Content, adfTable(l))
		}
	}
	e := json.NewEncoder(w)
	e.SetEscapeHTML(false)
	return e.Encode(doc)
}

func adfTable(l block) adfNode {
	t := adfNode{Type: "table", Attrs: map[string]any{"isNumberColumnEnabled": false, "layout": "default"}}
	row := adfNode{Type: "tableRow"}
	for _, h := range l.head {
		row.Content = append(row.Content, adfNode{Type: "tableHeader", Content: []adfNode{adfPara([]span{{text: h}})}})
	}
	t.Content = append(t.Content, row)
	for _, cells := range l.rows {
		row := adfNode{Type: "tableRow"}
		for _, c := range cells {
			row.Content = append(row.Content, adfNode{Type: "tableCell", Content: []adfNode{adfPara(c)}})
		}
		t.Content = append(t.Content, row)
	}
	return t
}

func adfPara(spans []span) adfNode { return adfNode{Type: "paragraph", Content: adfSpans(spans)} }

// adfSpans makes text nodes, which must not be empty.
func adfSpans(spans []span) []adfNode {
	var out []adfNode
	for i, s := range spans {
		if s.text == "" {
			continue
		}
		if i > 0 && len(out) > 0 && !closes(s.text) {
			out = append(out, adfNode{Type: "text", Text: " "})
		}
		n := adfNode{Type: "text", Text: s.text}
		switch {
		case s.href != "":
			n.Marks = []adfMark{{"link", map[string]any{"href": s.href}}}
		case s.style == mono:
			n.Marks = []adfMark{{Type: "code"}}
		case s.style == strong:
			n.Marks = []adfMark{{Type: "strong"}}
		}
		out = append(out, n)
	}
	return out
}
