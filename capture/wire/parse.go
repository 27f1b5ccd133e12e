package wire

import (
	"slices"
	"strings"

	"github.com/why401/why401/internal/exchange"
)

// ParseRequest splits the head of a request. It takes any bytes: what is not
// there stays empty, what is odd is told by [Head.Oddities]. What follows the
// empty line that ends the head is left alone. raw is kept, so it must not be
// changed.
func ParseRequest(raw []byte) (*Head, error) { return parse(raw, (*Head).requestLine) }

// ParseResponse splits the head of a response in the same way.
func ParseResponse(raw []byte) (*Head, error) { return parse(raw, (*Head).statusLine) }

func parse(raw []byte, start func(h *Head, at, end int)) (*Head, error) {
	var s Scanner
	n, done, err := s.Next(raw)
	if err != nil {
		return nil, err
	}
	h := &Head{Raw: raw[:n:n], Complete: done, text: string(raw[:n])}
	h.split(start)
	return h, nil
}

// SplitRequest makes h what [ParseRequest] makes of text, which must be a whole
// head, as a [Scanner] finds it; but h.Raw is nil. What h held before is lost; its
// Header is left to whoever took it.
//
// Splitting many heads into one Head is faster: what resembles the last one is
// not looked at as closely.
func (h *Head) SplitRequest(text string) { h.again(text, (*Head).requestLine) }

// SplitResponse is [Head.SplitRequest] for the head of a response.
func (h *Head) SplitResponse(text string) { h.again(text, (*Head).statusLine) }

func (h *Head) again(text string, start func(h *Head, at, end int)) {
	known := h.Header
	if len(h.odd.list) > 0 {
		known = nil
	}
	*h = Head{Complete: true, text: text, known: known}
	h.split(start)
}

// split takes the text apart.
func (h *Head) split(start func(h *Head, at, end int)) {
	n := len(h.text)
	for h.Lead < n && (h.text[h.Lead] == '\n' || h.text[h.Lead] == '\r' && emptyAt(h.text[h.Lead:])) {
		h.Lead++
	}
	if h.Lead > 0 {
		h.odd.add(EmptyLinesBefore, 0, h.Lead)
	}
	if h.Lead < n {
		h.lines(start)
	}
	if len(h.odd.list) > 1 {
		slices.SortStableFunc(h.odd.list, func(a, b Oddity) int { return a.Span[0] - b.Span[0] })
	}
}

// emptyAt reports whether text, which starts with CR, starts with an empty line,
// or is nothing but CRs, which may become one.
func emptyAt(text string) bool {
	for i := range len(text) {
		if text[i] != '\r' {
			return text[i] == '\n'
		}
	}
	return true
}

// parseLines splits fields without a start line.
func parseLines(raw []byte) *Head {
	h := &Head{Raw: raw, text: string(raw)}
	h.lines(nil)
	return h
}

// A line is one line of a head.
type line struct {
	at, end, next int // start, end of the text, start of the next line
	bare          bool
	crs           int // at the end of the text
}

func (h *Head) line(at int) line {
	l := line{at: at}
	if i := strings.IndexByte(h.text[at:], '\n'); i >= 0 {
		l.end, l.next = at+i, at+i+1
	} else {
		l.end, l.next = len(h.text), len(h.text)
	}
	lf := l.end < l.next
	// At the end of an incomplete head, a CR is the first half of a line end.
	for l.end > at && h.text[l.end-1] == '\r' {
		l.end--
		l.crs++
	}
	l.bare = lf && l.crs == 0
	return l
}

// lines splits everything from the start line on.
func (h *Head) lines(start func(h *Head, at, end int)) {
	at, style := h.Lead, 1
	crlf := true
	if start != nil {
		l := h.line(at)
		crlf, style = !l.bare, max(l.crs, 1)
		h.ending(l, 1)
		start(h, l.at, l.end)
		h.look(l.at, l.end)
		at = l.next
	}
	if at < len(h.text) {
		h.Header = make(exchange.Header, 0, min(max(strings.Count(h.text[at:], "\n")-1, 1), maxFields))
	}
	var value [2]int // of the last field
	hasColon, lastLF := false, -1
	for at < len(h.text) {
		if lastLF < 0 && style == 1 && len(h.Header) < cap(h.Header) {
			if next, v := h.plain(at); next > 0 {
				value, hasColon, at = [2]int{v, next - 2}, true, next
				continue
			}
		}
		l := h.line(at)
		if l.at == l.end && l.next > l.end {
			if lastLF >= 0 && crlf {
				h.Early = true
				h.odd.add(StrayLF, lastLF, lastLF+1)
				if hasColon {
					h.Header[len(h.Header)-1].Value = h.text[value[0] : lastLF+1]
				}
			} else if lastLF >= 0 {
				h.odd.add(BareLF, lastLF, lastLF+1)
			}
			lastLF = -1
			h.ending(l, style)
			break
		}
		if lastLF >= 0 {
			h.odd.add(BareLF, lastLF, lastLF+1)
			lastLF = -1
		}
		if len(h.Header) == maxFields {
			h.odd.add(TooManyFields, at, len(h.text))
			break
		}
		if l.crs > style {
			// CRs that the other lines do not have belong to the value.
			l.end += l.crs - style
			l.crs = style
		}
		h.look(l.at, l.end)
		if l.bare {
			lastLF = l.end
		}
		switch c := h.text[l.at]; {
		case (c == ' ' || c == '\t') && len(h.Header) > 0:
			h.odd.add(Folded, l.at, l.end)
			f := &h.Header[len(h.Header)-1]
			if value[1] = l.end; hasColon {
				f.Value = h.text[value[0]:value[1]]
			} else {
				f.Name = h.text[value[0]:value[1]]
			}
		default:
			value, hasColon = h.field(l)
		}
		at = l.next
	}
	if lastLF >= 0 {
		h.odd.add(BareLF, lastLF, lastLF+1)
	}
}

// plain adds the field in the line at offset at if there is nothing odd about
// it, which is the usual case. It returns the start of the next line and that of
// the value; 0 if the line needs a closer look.
func (h *Head) plain(at int) (next, value int) {
	text := h.text[at:]
	if n := h.same(text); n > 0 {
		return at + n, at + n - 2 - len(h.Header[len(h.Header)-1].Value)
	}
	end := strings.IndexByte(text, '\n') - 1
	if end < 2 || end > longLine || text[end] != '\r' || text[end-1] == '\r' {
		return 0, 0
	}
	text = text[:end]
	i := h.token(text)
	if i == 0 || i == len(text) || text[i] != ':' || hasControl(text[i:]) {
		return 0, 0
	}
	v := i + 1
	if v < len(text) && text[v] == ' ' {
		v++
	}
	h.Header = append(h.Header, exchange.Field{Name: text[:i], Value: text[v:]})
	return at + end + 2, at + v
}

// same adds the field that text starts with if the known head has it in the same
// place, in which case it need not be looked at, and returns the length of its
// line. Messages of one kind mostly have the same names in the same order, and
// many of the values. 0: it is another one.
func (h *Head) same(text string) int {
	k := len(h.Header)
	if k >= len(h.known) {
		return 0
	}
	f := &h.known[k]
	v := len(f.Name) + 1
	if v >= len(text) || text[v-1] != ':' {
		return 0
	}
	if text[v] == ' ' {
		v++
	}
	end := v + len(f.Value)
	if end > longLine || end+2 > len(text) || text[end] != '\r' || text[end+1] != '\n' || text[v:end] != f.Value || text[:len(f.Name)] != f.Name {
		return 0
	}
	h.Header = append(h.Header, exchange.Field{Name: text[:len(f.Name)], Value: text[v:end]})
	return end + 2
}

// token returns the length of the token that text starts with.
func (h *Head) token(text string) int {
	if k := len(h.Header); k < len(h.known) {
		name := h.known[k].Name
		if i := len(name); i < len(text) && text[i] == ':' && text[:i] == name {
			return i
		}
	}
	i := 0
	for i < len(text) && class[text[i]]&tokenByte != 0 {
		i++
	}
	return i
}

// ending notes a line end that is not CRLF.
func (h *Head) ending(l line, style int) {
	if l.bare {
		h.odd.add(BareLF, l.end, l.next)
	} else if l.crs > style {
		h.odd.add(DoubledCR, l.end, l.next)
	}
}

// field adds the field in l and returns where its value is; the name, if it has
// no colon.
func (h *Head) field(l line) (value [2]int, hasColon bool) {
	text := h.text[l.at:l.end]
	if text[0] == ' ' || text[0] == '\t' {
		h.odd.add(BlankBeforeField, l.at, l.end)
	}
	i := 0
	for i < len(text) && class[text[i]]&tokenByte != 0 {
		i++
	}
	if i == len(text) || text[i] != ':' {
		tokenEnd := i
		if i = strings.IndexByte(text, ':'); i < 0 {
			h.odd.add(NoColon, l.at, l.end)
			h.Header = append(h.Header, exchange.Field{Name: text})
			return [2]int{l.at, l.end}, false
		}
		name := strings.TrimRight(text[:i], " \t")
		if len(name) < i {
			h.odd.add(BlankBeforeColon, l.at+len(name), l.at+i)
		}
		if tokenEnd < len(name) {
			h.odd.add(BadName, l.at, l.at+len(name))
		}
	}
	if i == 0 {
		h.odd.add(EmptyName, l.at, l.at+1)
	}
	v := i + 1
	if v < len(text) && (text[v] == ' ' || text[v] == '\t') {
		v++
	}
	h.Header = append(h.Header, exchange.Field{Name: text[:i], Value: text[v:]})
	return [2]int{l.at + v, l.end}, true
}

// look notes control bytes and too many bytes in the text of a line.
func (h *Head) look(at, end int) {
	if end-at > longLine {
		h.odd.add(LongLine, at, end)
	}
	if !hasControl(h.text[at:end]) {
		return
	}
	for i := at; i < end; i++ {
		switch c := h.text[i]; {
		case c == '\r':
			h.odd.add(BareCR, i, i+1)
		case c < ' ' && c != '\t' || c == 0x7f:
			h.odd.add(Control, i, i+1)
		}
	}
}

// requestLine splits a request line: the method ends at the first blank, the
// version starts after the last one, and all between is the target.
func (h *Head) requestLine(at, end int) {
	text := h.text[at:end]
	if i, j := strings.IndexByte(text, ' '), strings.LastIndexByte(text, ' '); i > 0 && i+1 < j && goodProto(text[j+1:]) && isToken(text[:i]) {
		if t := text[i+1 : j]; strings.IndexByte(t, ' ') < 0 && !hasControl(t) {
			h.Method, h.Target, h.Proto = text[:i], t, text[j+1:]
			return
		}
	}
	trimmed := strings.TrimRight(text, " \t")
	i := strings.IndexAny(trimmed, " \t")
	if i < 0 {
		h.Method = text
		h.odd.add(BadStart, at, end)
		return
	}
	h.Method = trimmed[:i]
	target, proto := trimmed[i+1:], ""
	if j := strings.LastIndexAny(target, " \t"); j >= 0 && isProto(target[j+1:]) {
		target, proto = target[:j], target[j+1:]
	} else if isProto(target) {
		target, proto = "", target // no target at all
	}
	h.Target, h.Proto = strings.Trim(target, " \t"), proto
	if proto == "" {
		h.odd.add(NoVersion, at, end)
	}
	if len(trimmed) < len(text) || strings.IndexByte(text, '\t') >= 0 || len(h.Target) < len(target) || strings.IndexByte(h.Target, ' ') >= 0 {
		h.odd.add(BlankInStart, at, end)
	}
	if h.Method == "" || h.Target == "" || !isToken(h.Method) || proto != "" && !goodProto(proto) {
		h.odd.add(BadStart, at, end)
	}
}

// statusLine splits a status line.
func (h *Head) statusLine(at, end int) {
	text := h.text[at:end]
	proto, rest, _ := strings.Cut(text, " ")
	h.Proto = proto
	if blank := len(rest) - len(strings.TrimLeft(rest, " \t")); blank > 0 {
		h.odd.add(BlankInStart, at+len(proto), at+len(proto)+1+blank)
		rest = rest[blank:]
	}
	code, reason, _ := strings.Cut(rest, " ")
	h.Reason = reason
	if len(code) == 3 && code[0] >= '1' && code[0] <= '9' && isDigit(code[1]) && isDigit(code[2]) {
		h.Status = int(code[0]-'0')*100 + int(code[1]-'0')*10 + int(code[2]-'0')
	}
	if h.Status == 0 || !goodProto(proto) {
		h.odd.add(BadStart, at, end)
	}
}

// isProto reports whether s means to be a version of HTTP.
func isProto(s string) bool {
	return len(s) >= 5 && strings.EqualFold(s[:5], "HTTP/") && strings.IndexByte(s[5:], '/') < 0
}

// goodProto reports whether s is one (RFC 9112, section 2.3).
func goodProto(s string) bool {
	return len(s) == 8 && s[:5] == "HTTP/" && isDigit(s[5]) && s[6] == '.' && isDigit(s[7])
}

func isDigit(c byte) bool { return c >= '0' && c <= '9' }

func isToken(s string) bool {
	for i := range len(s) {
		if class[s[i]]&tokenByte == 0 {
			return false
		}
	}
	return s != ""
}

const tokenByte = 1

// class marks the bytes of a token (RFC 9110, section 5.6.2).
var class = func() (t [256]byte) {
	for c := '0'; c <= '9'; c++ {
		t[c] |= tokenByte
	}
	for c := 'a'; c <= 'z'; c++ {
		t[c] |= tokenByte
		t[c-'a'+'A'] |= tokenByte
	}
	for _, c := range "!#$%&'*+-.^_`|~" {
		t[c] |= tokenByte
	}
	return t
}()

var lf = []byte{'\n'}

// hasControl reports whether s may hold a control byte; it looks at eight bytes
// at a time.
func hasControl(s string) bool {
	const ones, high = 0x0101010101010101, 0x8080808080808080
	i := 0
	for ; i+8 <= len(s); i += 8 {
		w := uint64(s[i]) | uint64(s[i+1])<<8 | uint64(s[i+2])<<16 | uint64(s[i+3])<<24 |
			uint64(s[i+4])<<32 | uint64(s[i+5])<<40 | uint64(s[i+6])<<48 | uint64(s[i+7])<<56
		del := w ^ ones*0x7f
		if ((w-ones*' ')&^w|(del-ones)&^del)&high != 0 {
			return true
		}
	}
	for ; i < len(s); i++ {
		if s[i] < ' ' || s[i] == 0x7f {
			return true
		}
	}
	return false
}
