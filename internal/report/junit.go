package report

import (
	"encoding/xml"
	"fmt"
	"io"
	"strings"
)

// The elements of JUnit's XML as Jenkins and others read it.
type (
	junitSuites struct {
		XMLName  xml.Name     `xml:"testsuites"`
		Name     string       `xml:"name,attr"`
		Tests    int          `xml:"tests,attr"`
		Failures int          `xml:"failures,attr"`
		Errors   int          `xml:"errors,attr"`
		Suites   []junitSuite `xml:"testsuite"`
	}
	junitSuite struct {
		Name     string      `xml:"name,attr"`
		Tests    int         `xml:"tests,attr"`
		Failures int         `xml:"failures,attr"`
		Errors   int         `xml:"errors,attr"`
		Cases    []junitCase `xml:"testcase"`
		Out      string      `xml:"system-out,omitempty"`
	}
	junitCase struct {
		Name    string       `xml:"name,attr"`
		Class   string       `xml:"classname,attr"`
		Error   *junitDetail `xml:"error"`
		Failure *junitDetail `xml:"failure"`
	}
	junitDetail struct {
		Type    string `xml:"type,attr"`
		Message string `xml:"message,attr"`
		Text    string `xml:",chardata"`
	}
)

// JUnit writes the report as JUnit XML: a suite for each capture; in it a case
// for each address that failed, by cause, one for each cause about the capture
// as a whole, and one for each place that could not be read. Requests that were
// answered as they should be are one case that passes.
func (r *Report) JUnit(w io.Writer) error {
	causes := map[string]*Finding{}
	for i := len(r.Causes) - 1; i >= 0; i-- {
		causes[r.Causes[i].Rule] = r.Causes[i]
	}
	out := junitSuites{Name: "why401"}
	for i, c := range r.Captures {
		s := junitSuite{Name: clean(c.Name.String()), Out: clean(c.line())}
		s.failed(r, c, causes)
		for _, f := range r.Causes {
			if f.AccountsFor == 0 && f.about(c, i == 0) {
				s.Cases = append(s.Cases, junitCase{Name: "the capture", Class: clean(f.Rule), Failure: f.detail(0)})
			}
		}
		for _, u := range r.Unreadable {
			if u.Capture == c.Name {
				s.Cases = append(s.Cases, junitCase{
					Name: clean("read " + u.At.String()), Class: "capture",
					Error: &junitDetail{"unreadable", clean(u.Error.String()), clean(u.place() + ": " + u.Error.String() + hint(u))},
				})
			}
		}
		if c.Atlassian > c.Failed || len(s.Cases) == 0 {
			s.Cases = append(s.Cases, junitCase{Name: "the other requests to Atlassian products", Class: "accepted"})
		}
		s.count()
		out.Suites = append(out.Suites, s)
		out.Tests, out.Failures, out.Errors = out.Tests+s.Tests, out.Failures+s.Failures, out.Errors+s.Errors
	}
	if _, err := io.WriteString(w, xml.Header); err != nil {
		return err
	}
	e := xml.NewEncoder(w)
	e.Indent("", "  ")
	if err := e.Encode(out); err != nil {
		return err
	}
	_, err := io.WriteString(w, "\n")
	return err
}

// failed adds a case for each address and cause of failing requests.
func (s *junitSuite) failed(r *Report, c Capture, causes map[string]*Finding) {
	at := map[string]int{}
	times := map[int]int{}
	for _, f := range r.Failed {
		if f.Capture != c.Name {
			continue
		}
		name := strings.TrimSpace(f.Method.String() + " " + f.URL.String())
		key := f.Cause + "\x00" + name
		i, ok := at[key]
		if !ok {
			i = len(s.Cases)
			at[key] = i
			detail := &junitDetail{"unexplained", "failed, and nothing in this capture tells why", ""}
			class := "unexplained"
			if cause := causes[f.Cause]; cause != nil {
				detail, class = cause.detail(f.Status), f.Cause
			}
			s.Cases = append(s.Cases, junitCase{Name: clean(name), Class: clean(class), Failure: detail})
		}
		times[i]++
	}
	for i, n := range times {
		if n > 1 {
			s.Cases[i].Name += fmt.Sprintf(" (%dx)", n)
		}
	}
}

func (s *junitSuite) count() {
	s.Tests = len(s.Cases)
	for _, c := range s.Cases {
		if c.Failure != nil {
			s.Failures++
		}
		if c.Error != nil {
			s.Errors++
		}
	}
}

// about reports whether a finding without exchanges belongs to a capture; one
// that names none belongs to the first.
func (f *Finding) about(c Capture, first bool) bool {
	for _, e := range f.Evidence {
		if e.Capture == c.Name {
			return true
		}
	}
	return first && len(f.Evidence) == 0
}

// detail is the finding as the text of a failure.
func (f *Finding) detail(status int) *junitDetail {
	var lines []string
	if status > 0 {
		lines = append(lines, fmt.Sprintf("status %d", status))
	}
	lines = append(lines, f.Message.String())
	for _, e := range f.Evidence {
		lines = append(lines, "seen: "+e.text())
	}
	if do := f.fixText(); do != "" {
		lines = append(lines, "do: "+do)
	}
	return &junitDetail{clean(f.Certainty), clean(f.Title), clean(strings.Join(lines, "\n"))}
}
