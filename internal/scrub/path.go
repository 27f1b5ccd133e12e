package scrub

import (
	"strings"

	"github.com/why401/why401/internal/redact"
)

// subDelims are characters (RFC 3986, section 2.2) of no segment that may stay, but for words.
const subDelims = "!$&'()*+,"

// path replaces the segments of a path that may be secrets or people.
func (s *Scrubber) path(p string) string {
	if p == "" || allKnown(p) {
		return p
	}
	form := s.form(p)
	if form != nil && s.forms[string(form)] {
		return p
	}
	out := s.segments(p)
	if form != nil && out == p && len(s.forms) < maxFields {
		if s.forms == nil {
			s.forms = map[string]bool{}
		}
		s.forms[string(form)] = true
	}
	return out
}

// form returns a path with zeros in place of the numbers of its segments, such as
// /issue/00000 and /browse/QA-0000: if one of that form may stay, all may. It returns
// nil for a path of another kind, and is good until the next call.
func (s *Scrubber) form(p string) []byte {
	if len(p) > maxMemoText || s.fault != nil {
		return nil
	}
	f := s.formed[:0]
	for i := 0; i < len(p); {
		from := i
		for i < len(p) && p[i] >= 'A' && p[i] <= 'Z' {
			i++
		}
		if i > from && (i == len(p) || p[i] != '-') {
			i = from
		} else if i > from {
			i++
		}
		j := i
		for j < len(p) && p[j] >= '0' && p[j] <= '9' {
			j++
		}
		f = append(f, p[from:i]...)
		if j > i && j-i <= 10 && (j == len(p) || p[j] == '/') {
			f = append(f, "0000000000"[:j-i]...)
		} else {
			for j < len(p) && p[j] != '/' {
				j++
			}
			f = append(f, p[i:j]...)
		}
		if i = j; i < len(p) {
			f = append(f, p[i])
			i++
		}
	}
	s.formed = f
	return f
}

// segments replaces the segments of a path.
func (s *Scrubber) segments(p string) string {
	segs := strings.Split(p, "/")
	shown := strings.Split(redact.Path(p).String(), "/")
	for i, seg := range segs {
		if i < len(shown) && shown[i] == seg && (allKnown(seg) || !strings.ContainsAny(seg, subDelims)) {
			continue
		}
		name, params, has := strings.Cut(seg, ";")
		if i < len(shown) && strings.HasSuffix(shown[i], ";*") && strings.TrimSuffix(shown[i], ";*") == name {
			segs[i] = name + ";" + s.query(params)
			continue
		}
		if strings.HasPrefix(name, "~") && len(name) > 1 {
			name = "~" + s.escaped(name[1:])
		} else if at := strings.Index(strings.ToUpper(name), "%3F"); at > 0 && allKnown(name[:at]) { // a query whose mark was escaped
			name = name[:at+3] + s.escaped(name[at+3:])
		} else {
			name = s.escaped(name)
		}
		if has {
			name += ";" + s.query(params)
		}
		segs[i] = name
	}
	return strings.Join(segs, "/")
}
