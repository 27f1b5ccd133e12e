package fiddler

import (
	"encoding/xml"
	"io"
	"strings"
	"time"
)

// about is what raw/N_m.xml tells.
type about struct {
	start time.Time
	took  time.Duration // negative: unknown
	flags map[string]string
}

// read reads what Fiddler knows of a session. What cannot be read is not known.
func (s *session) read(o Options) *about {
	a := &about{took: -1, flags: map[string]string{}}
	if s.about == nil {
		return a
	}
	r, err := o.Open(s.about)
	if err != nil {
		return a
	}
	defer r.Close()
	var end time.Time
	d := xml.NewDecoder(io.LimitReader(r, maxAbout))
	for {
		t, err := d.RawToken()
		if err != nil {
			break
		}
		e, ok := t.(xml.StartElement)
		if !ok {
			continue
		}
		attr := map[string]string{}
		for _, v := range e.Attr {
			attr[v.Name.Local] = v.Value
		}
		switch e.Name.Local {
		case "SessionTimers":
			a.start, end = stamp(attr["ClientBeginRequest"]), stamp(attr["ClientDoneResponse"])
		case "SessionFlag":
			a.flags[strings.ToLower(attr["N"])] = attr["V"]
		}
	}
	if !a.start.IsZero() && end.After(a.start) {
		a.took = end.Sub(a.start)
	}
	return a
}

// stamp returns a time as Fiddler writes it; zero: unknown, which it writes as
// the year 1.
func stamp(s string) time.Time {
	t, err := time.Parse(time.RFC3339Nano, s)
	if err != nil || t.Year() < 2000 {
		return time.Time{}
	}
	return t
}
