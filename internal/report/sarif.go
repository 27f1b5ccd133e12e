package report

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"net/url"
	"strings"
)

// What is used of the Static Analysis Results Interchange Format 2.1.0 (OASIS).
type (
	sarifLog struct {
		Schema  string     `json:"$schema"`
		Version string     `json:"version"`
		Runs    []sarifRun `json:"runs"`
	}
	sarifRun struct {
		Tool        sarifTool         `json:"tool"`
		Invocations []sarifInvocation `json:"invocations"`
		Artifacts   []sarifArtifact   `json:"artifacts,omitempty"`
		Results     []sarifResult     `json:"results"`
		Column      string            `json:"columnKind"`
	}
	sarifTool struct {
		Driver sarifDriver `json:"driver"`
	}
	sarifDriver struct {
		Name            string      `json:"name"`
		SemanticVersion string      `json:"version"`
		Rules           []sarifRule `json:"rules"`
	}
	sarifRule struct {
		ID     string      `json:"id"`
		Short  sarifText   `json:"shortDescription"`
		Help   *sarifText  `json:"help,omitempty"`
		Config sarifConfig `json:"defaultConfiguration"`
		URI    string      `json:"helpUri,omitempty"`
	}
	sarifConfig struct {
		Level string `json:"level"`
	}
	sarifText struct {
		Text string `json:"text"`
	}
	sarifInvocation struct {
		Successful    bool         `json:"executionSuccessful"`
		Notifications []sarifNotif `json:"toolExecutionNotifications,omitempty"`
	}
	sarifNotif struct {
		Level     string          `json:"level"`
		Message   sarifText       `json:"message"`
		Locations []sarifLocation `json:"locations,omitempty"`
	}
	sarifArtifact struct {
		Location sarifURI `json:"location"`
	}
	sarifURI struct {
		URI string `json:"uri"`
	}
	sarifLocation struct {
		Physical *sarifPhysical `json:"physicalLocation,omitempty"`
		Logical  []sarifLogical `json:"logicalLocations,omitempty"`
	}
	sarifPhysical struct {
		Artifact sarifURI `json:"artifactLocation"`
	}
	sarifLogical struct {
		Name string `json:"fullyQualifiedName"`
		Kind string `json:"kind"`
	}
	sarifResult struct {
		Rule         string            `json:"ruleId"`
		Index        int               `json:"ruleIndex"`
		Level        string            `json:"level"`
		Kind         string            `json:"kind"`
		Message      sarifText         `json:"message"`
		Locations    []sarifLocation   `json:"locations,omitempty"`
		Count        int               `json:"occurrenceCount,omitempty"`
		Fingerprints map[string]string `json:"partialFingerprints"`
		Properties   map[string]any    `json:"properties"`
	}
)

// sarifPlaces is the number of exchanges that a result points at.
const sarifPlaces = 20

// SARIF writes the report in the Static Analysis Results Interchange Format,
// version 2.1.0: a result for each finding, a notification for each place that
// could not be read.
func (r *Report) SARIF(w io.Writer) error {
	run := sarifRun{
		Tool:        sarifTool{sarifDriver{Name: clean(r.Tool.Name), SemanticVersion: clean(r.Tool.Version), Rules: []sarifRule{}}},
		Invocations: []sarifInvocation{{Successful: len(r.Unreadable) == 0}},
		Results:     []sarifResult{}, Column: "unicodeCodePoints",
	}
	for _, c := range r.Captures {
		run.Artifacts = append(run.Artifacts, sarifArtifact{sarifURI{fileURI(c.Name.String())}})
	}
	for _, u := range r.Unreadable {
		run.Invocations[0].Notifications = append(run.Invocations[0].Notifications, sarifNotif{
			"error",
			sarifText{clean(u.place() + ": " + u.Error.String() + hint(u))},
			[]sarifLocation{{Physical: &sarifPhysical{sarifURI{fileURI(u.Capture.String())}}}},
		})
	}
	cause := make(map[*Finding]bool, len(r.Causes))
	for _, c := range r.Causes {
		cause[c] = true
	}
	rules := map[string]int{}
	for _, f := range r.Findings {
		i, ok := rules[f.Rule]
		if !ok {
			i = len(run.Tool.Driver.Rules)
			rules[f.Rule] = i
			run.Tool.Driver.Rules = append(run.Tool.Driver.Rules, f.sarifRule())
		}
		res := f.sarif(i)
		if cause[f] {
			res.Properties["cause"] = true
		}
		run.Results = append(run.Results, res)
	}
	e := json.NewEncoder(w)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	return e.Encode(sarifLog{"https://json.schemastore.org/sarif-2.1.0.json", "2.1.0", []sarifRun{run}})
}

func (f *Finding) sarifRule() sarifRule {
	rule := sarifRule{ID: clean(f.Rule), Short: sarifText{clean(f.Title)}, Config: sarifConfig{sarifLevel(f.Severity)}}
	if do := f.fixText(); do != "" {
		rule.Help = &sarifText{clean(do)}
	}
	for _, ref := range f.References {
		if s := source(ref); s.href != "" {
			rule.URI = s.href
			break
		}
	}
	return rule
}

func (f *Finding) sarif(index int) sarifResult {
	out := sarifResult{
		Rule: clean(f.Rule), Index: index, Level: sarifLevel(f.Severity), Kind: "fail",
		Message: sarifText{sarifMessage(f.Message.String())}, Count: len(f.Exchanges),
		Properties: map[string]any{"certainty": clean(f.Certainty), "accountsFor": f.AccountsFor},
	}
	sum := sha256.New()
	fmt.Fprintf(sum, "%s\x00%s", f.Rule, f.Message)
	for i, x := range f.Exchanges {
		if i == 0 {
			fmt.Fprintf(sum, "\x00%s\x00%s", x.Method, x.URL)
		}
		if i == sarifPlaces {
			break
		}
		name := fmt.Sprintf("entry %d: %s %s", x.Index, x.Method, x.URL)
		out.Locations = append(out.Locations, sarifLocation{
			Physical: &sarifPhysical{sarifURI{fileURI(x.Capture.String())}},
			Logical:  []sarifLogical{{clean(name), "resource"}},
		})
	}
	out.Fingerprints = map[string]string{"why401/v1": hex.EncodeToString(sum.Sum(nil)[:16])}
	return out
}

// sarifMessage escapes text of a message, in which a viewer makes links of
// [text](target) and placeholders of braces (SARIF, sections 3.11.5 and 3.11.6).
func sarifMessage(s string) string {
	var b strings.Builder
	for _, r := range clean(s) {
		switch r {
		case '[', ']', '\\':
			b.WriteByte('\\')
		case '{', '}':
			b.WriteRune(r)
		}
		b.WriteRune(r)
	}
	return b.String()
}

func sarifLevel(severity string) string {
	if severity == "info" {
		return "note"
	}
	return severity
}

// fileURI makes a relative reference of the name of a capture (RFC 3986,
// section 4.2).
func fileURI(name string) string {
	u := url.URL{Path: strings.ReplaceAll(clean(name), "\\", "/")}
	return u.String()
}
