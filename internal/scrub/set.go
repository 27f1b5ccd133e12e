package scrub

import "hash/maphash"

// A set holds hashes of texts, millions of which are put in and looked for.
type set struct {
	slots []uint64 // a power of two of them; zero: free
	n     int
}

// has reports whether h is in the set.
func (s *set) has(h uint64) bool {
	if s.n == 0 {
		return false
	}
	mask := uint64(len(s.slots) - 1)
	for i := h >> 20 & mask; ; i = (i + 1) & mask {
		switch s.slots[i] {
		case h:
			return true
		case 0:
			return false
		}
	}
}

func (s *set) add(h uint64) {
	if 2*s.n >= len(s.slots) {
		old := s.slots
		s.slots, s.n = make([]uint64, max(128, 2*len(old))), 0
		for _, h := range old {
			if h != 0 {
				s.add(h)
			}
		}
	}
	mask := uint64(len(s.slots) - 1)
	for i := h >> 20 & mask; ; i = (i + 1) & mask {
		switch s.slots[i] {
		case h:
			return
		case 0:
			s.slots[i] = h
			s.n++
			return
		}
	}
}

// empty takes all out. The table of an odd exchange does not stay.
func (s *set) empty() {
	if s.n == 0 {
		return
	}
	if len(s.slots) > 4096 {
		s.slots = nil
	} else {
		clear(s.slots)
	}
	s.n = 0
}

// standIns are the stand-ins that were made, as hashes: of the exchange at hand, and
// of those before it, of which no more than maxMade are remembered.
type standIns struct {
	now  set
	log  []uint64 // what is in now, as it came and as often
	past set
	lost bool // past does not hold all
}

// unsure marks the hash of a stand-in of which a part may be no stand-in.
const unsure = 1

// hashOf is the hash of a text, without that mark; never zero.
func hashOf(t string) uint64 { return maphash.String(seed, t)&^unsure | 2 }

func hashBytes(t []byte) uint64 { return maphash.Bytes(seed, t)&^unsure | 2 }

func (m *standIns) add(h uint64) {
	m.now.add(h)
	m.log = append(m.log, h)
}

func (m *standIns) has(h uint64) bool { return m.now.has(h) || m.past.has(h) }

// keep has those of the exchange at hand be remembered.
func (m *standIns) keep() {
	for _, h := range m.log {
		if m.past.n < maxMade {
			m.past.add(h)
		} else if !m.past.has(h) {
			m.lost = true
		}
	}
}

// forget drops those of the exchange at hand.
func (m *standIns) forget() {
	m.now.empty()
	if m.log = m.log[:0]; cap(m.log) > 4096 {
		m.log = nil
	}
}
