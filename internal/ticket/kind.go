package ticket

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"strings"

	"github.com/why401/why401/internal/report"
)

// kindOf tells a report by its start and end; "": it is none.
func kindOf(head, tail []byte) (Kind, string) {
	h := strings.TrimLeft(string(head), " \t\r\n")
	end := strings.TrimSpace(string(tail))
	made := strings.Contains(lastLines(end), "Made by why401 ")
	switch {
	case strings.HasPrefix(h, "<!DOCTYPE html>") && strings.Contains(h, "<title>why401: ") &&
		strings.Contains(h, `http-equiv="Content-Security-Policy" content="default-src 'none'`) && strings.HasSuffix(end, "</html>"):
		return KindReport, "html"
	case strings.HasPrefix(h, "{"):
		return jsonKind(h, end, made)
	case strings.HasPrefix(h, "<?xml") && strings.Contains(h, `<testsuites name="why401"`):
		return KindReport, "junit"
	case strings.HasPrefix(h, "## ") && made:
		return KindReport, "markdown"
	case strings.HasPrefix(h, "h2. ") && made:
		return KindReport, "jira"
	case strings.HasPrefix(h, "type,rule,title,severity,certainty,accounts_for,capture,entry,"):
		return KindReport, "csv"
	case strings.HasPrefix(h, "property,good,bad,result\nrequest,"):
		return KindComparison, "csv"
	}
	return "", ""
}

func jsonKind(h, end string, made bool) (Kind, string) {
	flat := strings.Join(strings.Fields(h), "")
	switch {
	case strings.HasPrefix(flat, `{"schema":"`+report.SchemaName+`","tool":{"name":"why401",`):
		return KindReport, "json"
	case strings.HasPrefix(flat, `{"schema":"`+report.ComparisonSchemaName+`","tool":{"name":"why401",`):
		return KindComparison, "json"
	case strings.HasPrefix(flat, `{"type":"doc","version":1,`) && made && strings.HasSuffix(end, "}"):
		return KindReport, "adf"
	case strings.HasPrefix(flat, `{"type":"capture","name":`) && strings.Contains(flat, `"exchanges":`):
		return KindReport, "ndjson"
	case strings.Contains(flat, `"version":"2.1.0"`) && strings.Contains(flat, `"driver":{"name":"why401",`):
		return KindReport, "sarif"
	}
	return "", ""
}

// lastLines is the end of a text, where a report says who made it.
func lastLines(s string) string { return s[max(0, len(s)-600):] }

// isHAR tells a HAR, of whatever program.
func isHAR(head []byte) bool {
	flat := strings.Join(strings.Fields(string(bytes.TrimPrefix(head, []byte("\ufeff")))), "")
	return strings.HasPrefix(flat, `{"log":`)
}

// causesOf reads the causes of a report in JSON. Nothing of its texts is kept.
func causesOf(r io.Reader, size int64) ([]Cause, error) {
	if size > maxJSON {
		return nil, nil // it is attached all the same; the comment names no causes
	}
	var doc struct {
		Causes []struct {
			Rule        string `json:"rule"`
			AccountsFor int    `json:"accounts_for"`
		} `json:"causes"`
	}
	d := json.NewDecoder(r)
	if d.Decode(&doc) != nil {
		return nil, errors.New("is a report in JSON that is damaged or cut off")
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return nil, errors.New("is a report in JSON that something follows")
	}
	var out []Cause
	for _, c := range doc.Causes {
		if len(out) < maxCauses && ruleName(c.Rule) {
			out = append(out, Cause{c.Rule, max(c.AccountsFor, 0)})
		}
	}
	return out, nil
}

// ruleName reports whether s has the form of the name of a rule.
func ruleName(s string) bool {
	return s != "" && len(s) <= 64 && strings.Trim(s, "abcdefghijklmnopqrstuvwxyz0123456789-") == ""
}
