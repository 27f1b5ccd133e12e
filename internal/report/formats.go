package report

import (
	"io"
	"strings"
)

// A view is a format of a report.
type view struct {
	name   string
	ending string // of the names of such files; "" if only --format asks for it
	write  func(*Report, io.Writer) error
}

// views are the formats in the order in which help lists them. For the table,
// which depends on a terminal, see [Report.Text].
var views = [...]view{
	{"table", ".txt", nil},
	{"json", ".json", (*Report).JSON},
	{"ndjson", ".ndjson", (*Report).NDJSON},
	{"markdown", ".md", (*Report).Markdown},
	{"html", ".html", (*Report).HTML},
	{"jira", ".jira", (*Report).Jira},
	{"adf", ".adf.json", (*Report).ADF},
	{"sarif", ".sarif", (*Report).SARIF},
	{"junit", ".xml", (*Report).JUnit},
	{"csv", ".csv", (*Report).CSV},
}

// Formats returns the names of the formats that [Report.Write] knows, the
// default first.
func Formats() []string {
	var names []string
	for _, v := range views {
		names = append(names, v.name)
	}
	return names
}

// FormatOf returns the format that the ending of a file name asks for, and
// whether there is one: .txt .json .ndjson .md .html .jira .adf.json .sarif
// .xml .csv, in any case. The longest ending counts.
func FormatOf(file string) (format string, ok bool) {
	file, longest := strings.ToLower(file), 0
	for _, v := range views {
		if strings.HasSuffix(file, v.ending) && len(v.ending) > longest {
			format, longest = v.name, len(v.ending)
		}
	}
	switch {
	case strings.HasSuffix(file, ".htm"):
		return "html", true
	case strings.HasSuffix(file, ".markdown"):
		return "markdown", true
	}
	return format, longest > 0
}

// Write writes the report in one of the [Formats]; the style is for the table
// alone. It panics for a format of another name: that is the caller's mistake.
func (r *Report) Write(w io.Writer, format string, st Style) error {
	for _, v := range views {
		switch {
		case v.name != format:
		case v.write == nil:
			return r.Text(w, st)
		default:
			return v.write(r, w)
		}
	}
	panic("report: no format " + format)
}

// ComparisonFormats returns the names of the formats that [Comparison.Write]
// knows.
func ComparisonFormats() []string {
	return []string{"table", "json", "markdown", "html", "jira", "adf", "csv"}
}

// Write writes the comparison in one of the [ComparisonFormats]; the style is
// for the table alone. It panics for a format of another name.
func (c *Comparison) Write(w io.Writer, format string, st Style) error {
	switch format {
	case "table":
		return c.Text(w, st)
	case "json":
		return c.JSON(w)
	case "markdown":
		return c.Markdown(w)
	case "jira":
		return c.Jira(w)
	case "adf":
		return c.ADF(w)
	case "html":
		return c.HTML(w)
	case "csv":
		return c.CSV(w)
	}
	panic("report: no format " + format)
}
