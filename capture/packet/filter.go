package packet

import (
	"errors"
	"fmt"
	"net/netip"
	"slices"
	"strconv"
	"strings"

	"golang.org/x/net/bpf"
)

// DefaultFilter is what [Listen] uses in place of an empty filter: the ports
// on which products, the web servers and proxies in front of them, and name
// servers are found.
const DefaultFilter = "tcp port 80 or 443 or 1990 or 2990 or 3128 or 7990 or 8080 or 8085 or 8090 or 8095 or 8443 or 8888 or port 53"

// A FilterError says where a filter cannot be understood.
type FilterError struct {
	Word   int    // which one, from 1; 0: the filter as a whole
	Reason string // in constant words
}

// Error says what is wrong and where.
func (e *FilterError) Error() string {
	if e.Word == 0 {
		return "the filter " + e.Reason
	}
	return fmt.Sprintf("word %d of the filter %s", e.Word, e.Reason)
}

// A Resolver returns the addresses of a host name.
type Resolver func(name string) ([]netip.Addr, error)

// compile makes a program for the kernel of a filter in the words of tcpdump
// (pcap-filter(7)): host, net, port and portrange with or without src and dst,
// tcp, udp, icmp, icmp6, ip and ip6, and, or, not, parentheses. "port 80 or 443"
// repeats the last words before a bare value. The program looks at packets from
// their IP header on, and takes snap bytes of those that match.
func compile(filter string, resolve Resolver, snap uint32) ([]bpf.Instruction, error) {
	p := &filterParser{words: filterWords(filter), resolve: resolve}
	if len(p.words) > maxFilterWords {
		return nil, &FilterError{0, "is too long"}
	}
	t, err := p.or()
	if err != nil {
		return nil, err
	}
	if p.at < len(p.words) {
		return nil, p.fail("does not fit here")
	}
	g := &filterCode{}
	yes, no := g.label(), g.label()
	g.test(t, yes, no)
	g.place(yes)
	g.add(bpf.RetConstant{Val: snap})
	g.place(no)
	g.add(bpf.RetConstant{Val: 0})
	if len(g.code) > maxFilterCode {
		return nil, &FilterError{0, "is too long"}
	}
	return g.link(), nil
}

func filterWords(s string) []string {
	for _, sign := range []string{"(", ")", "&&", "||", "!"} {
		s = strings.ReplaceAll(s, sign, " "+sign+" ")
	}
	return strings.Fields(s)
}

// A term is a filter as a tree.
type term struct {
	op   termOp
	kids []*term
	leaf primitive
}

type termOp uint8

const (
	isLeaf termOp = iota
	isAnd
	isOr
	isNot
)

// A primitive is one test.
type primitive struct {
	proto    uint8 // 6, 17, 1, 58; 0: any
	family   uint8 // 4, 6; 0: any
	kind     string
	dir      string // src, dst; "": either
	nets     []netip.Prefix
	from, to uint16
}

type filterParser struct {
	words   []string
	at      int
	resolve Resolver
	last    primitive // whose words a bare value repeats
	depth   int
}

func (p *filterParser) word() string {
	if p.at < len(p.words) {
		return p.words[p.at]
	}
	return ""
}

func (p *filterParser) fail(reason string) error {
	if p.at >= len(p.words) {
		return &FilterError{0, "ends early"}
	}
	return &FilterError{p.at + 1, reason}
}

func (p *filterParser) or() (*term, error) {
	return p.chain(isOr, p.and, "or", "||")
}

func (p *filterParser) and() (*term, error) {
	return p.chain(isAnd, p.not, "and", "&&")
}

func (p *filterParser) chain(op termOp, next func() (*term, error), signs ...string) (*term, error) {
	t := &term{op: op}
	for {
		k, err := next()
		if err != nil {
			return nil, err
		}
		t.kids = append(t.kids, k)
		if !slices.Contains(signs, p.word()) {
			break
		}
		p.at++
	}
	if len(t.kids) == 1 {
		return t.kids[0], nil
	}
	return t, nil
}

func (p *filterParser) not() (*term, error) {
	if p.depth++; p.depth > maxFilterDepth {
		return nil, p.fail("is nested too deeply")
	}
	defer func() { p.depth-- }()
	switch p.word() {
	case "not", "!":
		p.at++
		k, err := p.not()
		if err != nil {
			return nil, err
		}
		return &term{op: isNot, kids: []*term{k}}, nil
	case "(":
		p.at++
		t, err := p.or()
		if err != nil {
			return nil, err
		}
		if p.word() != ")" {
			return nil, p.fail("is no closing parenthesis")
		}
		p.at++
		return t, nil
	}
	return p.primitive()
}

// primitive reads qualifiers and a value.
func (p *filterParser) primitive() (*term, error) {
	q := primitive{}
	named, start := false, p.at
	for ; ; p.at++ {
		switch w := p.word(); w {
		case "tcp", "udp", "icmp", "icmp6":
			q.proto = map[string]uint8{"tcp": 6, "udp": 17, "icmp": 1, "icmp6": 58}[w]
			named = true
			continue
		case "ip", "ip6":
			q.family = map[string]uint8{"ip": 4, "ip6": 6}[w]
			named = true
			continue
		case "src", "dst":
			q.dir = w
			continue
		case "host", "net", "port", "portrange":
			q.kind = w
			continue
		}
		break
	}
	if q.kind == "" {
		switch {
		case q.dir == "" && named:
			p.last = q
			return &term{leaf: q}, nil
		case q.dir != "":
			q.kind = "host"
		case p.at == start && p.last.kind != "":
			q = p.last
		default:
			return nil, p.fail("is not known; host, net, port, tcp, udp, and, or, not are")
		}
	}
	if err := p.value(&q); err != nil {
		return nil, err
	}
	p.at++
	p.last = q
	return &term{leaf: q}, nil
}

// value reads what follows host, net, port and portrange.
func (p *filterParser) value(q *primitive) error {
	w := p.word()
	if w == "" {
		return p.fail("")
	}
	q.nets = nil
	switch q.kind {
	case "port", "portrange":
		lo, hi, ok := strings.Cut(w, "-")
		if !ok {
			hi = lo
		}
		if q.kind == "port" && ok {
			return p.fail("is no port")
		}
		a, err1 := portOf(lo)
		b, err2 := portOf(hi)
		if err1 != nil || err2 != nil || a > b {
			return p.fail("is no port")
		}
		q.from, q.to = a, b
	case "net":
		n, err := netip.ParsePrefix(w)
		if a, e := netip.ParseAddr(w); err != nil && e == nil {
			n, err = netip.PrefixFrom(a, a.BitLen()), nil
		}
		if err != nil {
			return p.fail("is no network such as 10.1.0.0/16")
		}
		q.nets = []netip.Prefix{n.Masked()}
	default:
		addrs, err := p.addrs(w)
		if err != nil || len(addrs) == 0 {
			return p.fail("is no address, and no host name that can be looked up")
		}
		for _, a := range addrs[:min(len(addrs), maxFilterAddrs)] {
			a = a.Unmap().WithZone("")
			q.nets = append(q.nets, netip.PrefixFrom(a, a.BitLen()))
		}
	}
	return nil
}

func (p *filterParser) addrs(w string) ([]netip.Addr, error) {
	if a, err := netip.ParseAddr(w); err == nil {
		return []netip.Addr{a}, nil
	}
	if p.resolve == nil {
		return nil, errors.New("no resolver")
	}
	return p.resolve(w)
}

func portOf(s string) (uint16, error) {
	if n, ok := map[string]uint16{"http": 80, "https": 443, "domain": 53, "dns": 53}[s]; ok {
		return n, nil
	}
	n, err := strconv.ParseUint(s, 10, 16)
	return uint16(n), err
}
