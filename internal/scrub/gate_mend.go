package scrub

import (
	"bufio"
	"errors"
	"io"
)

// Copy copies lines from r to w. Where a secret stands that the structure did not
// tell, its letters and digits are replaced; if one is left even so it returns
// [ErrLeak], and what was written must be thrown away. Of a HAR of which there are
// too many secrets to be looked for, all is replaced that is not known to be
// harmless.
func (s *Scrubber) Copy(w io.Writer, r io.Reader, g *Gate) error {
	return s.lines(r, g, func(line []byte, _ bool) error {
		_, err := w.Write(line)
		return err
	})
}

// lines calls f for each line of r, cleaned; changed says that it was not clean.
func (s *Scrubber) lines(r io.Reader, g *Gate, f func(line []byte, changed bool) error) error {
	in := bufio.NewReaderSize(r, 4*maxLine)
	var long []byte // a line beyond the buffer
	for {
		line, err := in.ReadSlice('\n')
		if errors.Is(err, bufio.ErrBufferFull) {
			long = append(long, line...)
			continue
		}
		if len(long) > 0 {
			long = append(long, line...)
			line, long = long, long[:0]
		}
		if len(line) > 0 {
			was := s.count.Mended + s.count.Strict
			if err := s.clean(line, g); err != nil {
				return err
			}
			if err := f(line, s.count.Mended+s.count.Strict != was); err != nil {
				return err
			}
		}
		switch {
		case errors.Is(err, io.EOF):
			return nil
		case err != nil:
			return err
		}
	}
}

// Mend replaces in b what is left of secrets that were learnt by now, as [Copy]
// does; it is for output that must be written before all are known. It returns
// [ErrLeak] if something is left even so.
func (s *Scrubber) Mend(b []byte) error {
	// A gate for the new secrets, and of two of about the same size one: so each
	// secret is indexed a few times only.
	if n := len(s.gates); n > 0 && (s.gates[0].over != s.over || s.gates[0].many != (len(s.order) > maxFew)) {
		s.gates = nil
	}
	indexed := 0
	for _, g := range s.gates {
		indexed += len(g.words)
	}
	if indexed < len(s.order) || s.gates == nil {
		s.gates = append(s.gates, s.gateOf(s.order[indexed:]))
	}
	for n := len(s.gates); n > 1 && len(s.gates[n-2].words) <= 2*len(s.gates[n-1].words); n-- {
		both := len(s.gates[n-2].words) + len(s.gates[n-1].words)
		s.gates = append(s.gates[:n-2], s.gateOf(s.order[len(s.order)-both:]))
	}
	return s.clean(b, s.gates...)
}

// clean mends b until the gates find nothing.
func (s *Scrubber) clean(b []byte, gates ...*Gate) error {
	if g := gates[0]; g.over {
		return g.strict(s, b)
	}
	for round := 0; ; round++ {
		ok := true
		for _, g := range gates {
			if g.Clean(b) {
				continue
			}
			if round == mends {
				return ErrLeak
			}
			ok = false
			g.mend(s, b, byte(round))
		}
		if ok {
			return nil
		}
	}
}

// mend replaces what is left. What comes of it may have a run of another secret by
// chance, hence more than one round.
func (g *Gate) mend(s *Scrubber, line []byte, round byte) {
	if s.broken("mend") {
		return
	}
	type span struct{ from, to int }
	var at []span
	note := func(from, to int) bool {
		if n := len(at); n == 0 || at[n-1] != (span{from, to}) {
			at = append(at, span{from, to})
		}
		return true
	}
	g.find(line, note)
	g.shaped(line, note)
	g.disguised(line, note)
	for _, p := range at {
		s.count.Mended++
		r := s.stream(string(round) + string(line[p.from:p.to]))
		hexed := isHex(string(line[p.from:p.to]))
		for i := p.from; i < p.to; i++ {
			if line[i] == '\\' {
				if i++; i < p.to && line[i] == 'u' {
					i += 4
				}
				continue // an escape of JSON stays
			}
			line[i] = other(line[i], uint32(r.Uint64()>>32), hexed)
		}
	}
}
