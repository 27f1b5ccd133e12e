package report

import (
	"encoding/json"
	"io"
)

// JSON writes the report as one indented JSON object.
func (r *Report) JSON(w io.Writer) error {
	e := json.NewEncoder(w)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	return e.Encode(r)
}

// NDJSON writes the report as one JSON object a line, each with a type: first
// the captures, then causes, findings, what was not checked and what could not
// be read.
func (r *Report) NDJSON(w io.Writer) error {
	e := json.NewEncoder(w)
	e.SetEscapeHTML(false)
	for _, c := range r.Captures {
		if err := e.Encode(struct {
			Type string `json:"type"`
			Capture
		}{"capture", c}); err != nil {
			return err
		}
	}
	for _, list := range []struct {
		kind string
		of   []*Finding
	}{{"cause", r.Causes}, {"finding", r.Findings}} {
		for _, f := range list.of {
			if err := e.Encode(struct {
				Type string `json:"type"`
				*Finding
			}{list.kind, f}); err != nil {
				return err
			}
		}
	}
	for _, u := range r.Unchecked {
		if err := e.Encode(struct {
			Type string `json:"type"`
			Unchecked
		}{"unchecked", u}); err != nil {
			return err
		}
	}
	for _, u := range r.Unreadable {
		if err := e.Encode(struct {
			Type string `json:"type"`
			Unreadable
		}{"unreadable", u}); err != nil {
			return err
		}
	}
	return nil
}
