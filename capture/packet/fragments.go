package packet

// A fragmentKey tells the fragments of one IP packet.
type fragmentKey struct {
	from, to address
	id       uint32
	proto    uint8
}

// fragments puts IP packets together.
type fragments struct {
	waiting map[fragmentKey]*partial
	oldest  []fragmentKey
	dropped int
}

type partial struct {
	buf    []byte
	have   [][2]int // parts of buf that are there
	length int      // 0: the last fragment has not come
}

// add takes a fragment and returns the payload of the packet once it is whole.
// Of bytes that come twice the last counts.
func (f *fragments) add(k fragmentKey, at int, more bool, b []byte) []byte {
	p := f.waiting[k]
	if p == nil {
		if f.waiting == nil {
			f.waiting = map[fragmentKey]*partial{}
		}
		if len(f.oldest) >= maxFragments {
			delete(f.waiting, f.oldest[0])
			f.oldest = f.oldest[1:]
			f.dropped++
		}
		p = &partial{}
		f.waiting[k] = p
		f.oldest = append(f.oldest, k)
	}
	end := at + len(b)
	if end > 1<<16 || len(p.have) >= maxPieces || len(b) == 0 {
		return nil
	}
	if len(p.buf) < end {
		p.buf = append(p.buf, make([]byte, end-len(p.buf))...)
	}
	copy(p.buf[at:end], b)
	p.have = append(p.have, [2]int{at, end})
	if !more {
		p.length = end
	}
	if p.length == 0 {
		return nil
	}
	for have := 0; have < p.length; {
		before := have
		for _, h := range p.have {
			if h[0] <= have {
				have = max(have, h[1])
			}
		}
		if have == before {
			return nil
		}
	}
	delete(f.waiting, k)
	for i := range f.oldest {
		if f.oldest[i] == k {
			f.oldest = append(f.oldest[:i], f.oldest[i+1:]...)
			break
		}
	}
	return p.buf[:p.length]
}
