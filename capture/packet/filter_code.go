package packet

import (
	"math"
	"net/netip"

	"golang.org/x/net/bpf"
)

// A filterCode is a program whose jumps lead to labels. Jumps lead forward only,
// as the kernel demands, because a label is placed after all jumps to it.
type filterCode struct {
	code   []bpf.Instruction
	goes   map[int]int // instruction to label
	labels []int       // label to instruction
}

func (g *filterCode) label() int {
	g.labels = append(g.labels, math.MaxInt32)
	return len(g.labels) - 1
}

func (g *filterCode) place(l int) { g.labels[l] = len(g.code) }

func (g *filterCode) add(i bpf.Instruction) { g.code = append(g.code, i) }

func (g *filterCode) jump(l int) {
	if g.goes == nil {
		g.goes = map[int]int{}
	}
	g.goes[len(g.code)] = l
	g.add(bpf.Jump{})
}

// when goes on at yes or no. Conditional jumps reach 255 instructions only, so
// both ways lead over one that reaches all.
func (g *filterCode) when(cond bpf.JumpTest, val uint32, yes, no int) {
	g.add(bpf.JumpIf{Cond: cond, Val: val, SkipFalse: 1})
	g.jump(yes)
	g.jump(no)
}

func (g *filterCode) link() []bpf.Instruction {
	for at, l := range g.goes {
		g.code[at] = bpf.Jump{Skip: uint32(g.labels[l] - at - 1)}
	}
	return g.code
}

// test makes the code of a term.
func (g *filterCode) test(t *term, yes, no int) {
	switch t.op {
	case isNot:
		g.test(t.kids[0], no, yes)
	case isAnd, isOr:
		for i, k := range t.kids {
			next, y, n := g.label(), yes, no
			if i < len(t.kids)-1 {
				if t.op == isAnd {
					y = next
				} else {
					n = next
				}
			}
			g.test(k, y, n)
			g.place(next)
		}
	default:
		g.primitive(&t.leaf, yes, no)
	}
}

// load takes a part of the packet, from the IP header on.
func (g *filterCode) load(off, size int) {
	g.add(bpf.LoadAbsolute{Off: uint32(off), Size: size})
}

// primitive makes the code of one test, for each version of IP.
func (g *filterCode) primitive(q *primitive, yes, no int) {
	four, notFour, six := g.label(), g.label(), g.label()
	g.load(0, 1)
	g.add(bpf.ALUOpConstant{Op: bpf.ALUOpShiftRight, Val: 4})
	g.when(bpf.JumpEqual, 4, four, notFour)
	g.place(notFour)
	g.when(bpf.JumpEqual, 6, six, no)
	g.place(four)
	g.version(q, 4, yes, no)
	g.place(six)
	g.version(q, 6, yes, no)
}

// version makes the code of a test for one version of IP.
func (g *filterCode) version(q *primitive, v uint8, yes, no int) {
	if q.family != 0 && q.family != v {
		g.jump(no)
		return
	}
	protoAt := map[uint8]int{4: 9, 6: 6}[v]
	if q.proto != 0 {
		g.load(protoAt, 1)
		is := g.label()
		g.when(bpf.JumpEqual, uint32(q.proto), is, no)
		g.place(is)
	}
	switch q.kind {
	case "":
		g.jump(yes)
	case "host", "net":
		g.nets(q, v, yes, no)
	default:
		g.ports(q, v, protoAt, yes, no)
	}
}

func (g *filterCode) nets(q *primitive, v uint8, yes, no int) {
	src, dst := 12, 16
	if v == 6 {
		src, dst = 8, 24
	}
	for _, n := range q.nets {
		if n.Addr().Is4() != (v == 4) {
			continue
		}
		for _, at := range [...]struct {
			dir string
			off int
		}{{"src", src}, {"dst", dst}} {
			if q.dir != "" && q.dir != at.dir {
				continue
			}
			other := g.label()
			g.prefix(n, at.off, yes, other)
			g.place(other)
		}
	}
	g.jump(no)
}

// prefix compares an address with a network, four bytes at a time.
func (g *filterCode) prefix(n netip.Prefix, off int, yes, no int) {
	b := n.Addr().AsSlice()
	for i, bits := 0, n.Bits(); bits > 0; i, bits = i+4, bits-32 {
		want := uint32(b[i])<<24 | uint32(b[i+1])<<16 | uint32(b[i+2])<<8 | uint32(b[i+3])
		g.load(off+i, 4)
		if bits < 32 {
			g.add(bpf.ALUOpConstant{Op: bpf.ALUOpAnd, Val: ^uint32(0) << (32 - bits)})
		}
		is := g.label()
		g.when(bpf.JumpEqual, want, is, no)
		g.place(is)
	}
	g.jump(yes)
}

func (g *filterCode) ports(q *primitive, v uint8, protoAt, yes, no int) {
	if q.proto == 0 {
		is, other := g.label(), g.label()
		g.load(protoAt, 1)
		g.when(bpf.JumpEqual, 6, is, other)
		g.place(other)
		g.when(bpf.JumpEqual, 17, is, no)
		g.place(is)
	}
	load := func(off int) { g.load(40+off, 2) }
	if v == 4 {
		// Later fragments have no ports.
		first := g.label()
		g.load(6, 2)
		g.when(bpf.JumpBitsSet, 0x1fff, no, first)
		g.place(first)
		load = func(off int) {
			g.add(bpf.LoadMemShift{Off: 0})
			g.add(bpf.LoadIndirect{Off: uint32(off), Size: 2})
		}
	}
	for i, dir := range [...]string{"src", "dst"} {
		if q.dir != "" && q.dir != dir {
			continue
		}
		other, enough := g.label(), g.label()
		load(2 * i)
		g.when(bpf.JumpGreaterOrEqual, uint32(q.from), enough, other)
		g.place(enough)
		g.when(bpf.JumpGreaterThan, uint32(q.to), other, yes)
		g.place(other)
	}
	g.jump(no)
}
