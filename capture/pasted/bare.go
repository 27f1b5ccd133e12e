package pasted

import (
	"regexp"
	"slices"
	"sort"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/why401/why401/capture/command"
	"github.com/why401/why401/capture/form"
)

// People hand in transcripts and commands as they stand in tickets, mails and the
// logs of build servers: quoted, numbered, dated, coloured, within sentences. A
// bare text is one without that.

// A bare text knows where its lines were in the text as it was handed in.
type bare struct {
	text string
	at   []int // where the lines start
	from []int // where they started
}

// origin returns where the byte at was, or a place in the same line before it.
func (b *bare) origin(at int64) int64 {
	i := sort.SearchInts(b.at, int(at)+1) - 1
	if i < 0 {
		return at
	}
	return int64(b.from[i]) + at - int64(b.at[i])
}

// A bareLine is a line with its line end, and where it was.
type bareLine struct {
	from int
	s    string
}

// drop takes n bytes off the start.
func (l *bareLine) drop(n int) { l.from, l.s = l.from+n, l.s[n:] }

var (
	// telling is a line that only a transcript has.
	telling = form.Pattern(`^(?:> [A-Z]{3,20} \S+ HTTP/[0-9.]+\s*$|< HTTP/[0-9.]+ [0-9]{3}|\* (?:Connected to |Established connection|Could not resolve|SSL connection using|Server auth using|Connection #[0-9]| +Trying [0-9a-f\[])|== Info: |=> Send header|<= Recv header|curl: \([0-9]+\) |---request begin---|HTTP request sent, awaiting response\.\.\.|--[0-9]{4}-[0-9]{2}-[0-9]{2} [0-9:]{8}--  https?://)`)
	// shown is what a text must have somewhere to be worth a look.
	shown = form.Pattern(`HTTP/[0-9]|awaiting response|[0-9]--  https?://|== Info: |curl|wget|fetch|(?i:Invoke-(?:WebRequest|RestMethod)|\b(?:iwr|irm)\b)`)

	escapes  = form.Pattern(`\x1b(?:\[[0-9;:?]*[ -/]*[@-~]|\][^\x07\x1b\n]{0,200}(?:\x07|\x1b\\))`)
	entities = form.Pattern(`^(?:&gt; [A-Z]{3,20} \S+ HTTP/|&lt; HTTP/)`)
	span     = form.Pattern("(?:^|[ \\t(:])(`{1,2}|\\{\\{|\\{(?:code|noformat)(?::[^{}\\n]{0,80})?\\}|<(?:code|tt|pre)>)((?:curl|wget)(?:\\.exe)? |fetch\\(|(?i:Invoke-(?:WebRequest|RestMethod)|iwr|irm) )")
	more     = form.Pattern(`^(?:>>?|More\?) ?`)
	number   = form.Pattern(`^ *([0-9]{1,6})(?:\t|[:.)|] ?|  ?)`)
	indent   = form.Pattern(`^[ \t\x{a0}]+`)

	decorations = []func() *regexp.Regexp{
		form.Pattern(`^\[?[0-9]{4}-[0-9]{2}-[0-9]{2}[T ][0-9]{2}:[0-9]{2}:[0-9]{2}(?:[.,][0-9]+)?(?:Z|[+-][0-9]{2}:?[0-9]{2})?\]?(?:[ \t]|$)`),
		form.Pattern(`^\[?[0-9]{2}:[0-9]{2}:[0-9]{2}(?:[.,][0-9]+)?\]?(?:[ \t](?:\[[0-9]+-[0-9x]+\] )?|$)`),
		form.Pattern(`^[\w.-]{1,60} {0,20}\| ?`), // docker compose
		number,
		indent,
	}
)

// stripped returns a text without what tickets, mails and logs put around its
// lines; nil: there is nothing of that. Text that is a plain transcript only loses
// its colours: what looks quoted in it is part of a body.
func stripped(text string) *bare {
	if !shown().MatchString(text) || strings.Count(text, "\n") > maxBareLines {
		return nil
	}
	lines := cutLines(text)
	changed := colours(lines)
	changed = plainMarks(lines) || changed
	// The first line may have lost its indentation.
	if !slices.ContainsFunc(lines[min(1, len(lines)-1):], func(l bareLine) bool { return len(l.s) < maxBareLine && telling().MatchString(l.s) }) {
		for range maxRounds {
			if !unquote(lines) && !undecorate(lines) {
				break
			}
			changed = true
		}
	}
	changed = continued(lines) || changed
	lines, split := spans(lines)
	if !changed && !split {
		return nil
	}
	b := &bare{at: make([]int, len(lines)), from: make([]int, len(lines))}
	var out strings.Builder
	for i, l := range lines {
		b.at[i], b.from[i] = out.Len(), l.from
		out.WriteString(l.s)
	}
	b.text = out.String()
	return b
}

func cutLines(text string) []bareLine {
	lines := make([]bareLine, 0, strings.Count(text, "\n")+1)
	at := 0
	for s := range strings.Lines(text) {
		lines = append(lines, bareLine{at, s})
		at += len(s)
	}
	return lines
}

// colours drops the sequences by which terminals show colours.
func colours(lines []bareLine) (changed bool) {
	for i := range lines {
		if strings.Contains(lines[i].s, "\x1b") && len(lines[i].s) < maxBareLine {
			s := escapes().ReplaceAllString(lines[i].s, "")
			changed = changed || len(s) < len(lines[i].s)
			lines[i].s = s
		}
	}
	return changed
}

// plainMarks replaces entities of HTML, if lines start with them.
func plainMarks(lines []bareLine) bool {
	if !slices.ContainsFunc(lines, func(l bareLine) bool { return entities().MatchString(l.s) }) {
		return false
	}
	for i := range lines {
		lines[i].s = entity.Replace(lines[i].s)
	}
	return true
}

var entity = strings.NewReplacer("&gt;", ">", "&lt;", "<", "&amp;", "&", "&quot;", `"`, "&#39;", "'", "&nbsp;", " ")

// tells reports whether a line is one of a transcript or starts a command, perhaps
// within one decoration more.
func tells(s string, further bool) bool {
	if len(s) > maxBareLine || !strings.ContainsAny(s, "/*(") && !shown().MatchString(s) {
		return false
	}
	if telling().MatchString(s) || command.Is(s) {
		return true
	}
	if further {
		for _, d := range decorations {
			if n := len(d().FindString(s)); n > 0 && tells(s[n:], false) {
				return true
			}
		}
	}
	return false
}

// unquote takes the marks of quoted mails off: of each block of lines that start
// with ">", as many as it takes until it has a line that tells something.
func unquote(lines []bareLine) (changed bool) {
	tried := 0
	for i := 0; i < len(lines); i++ {
		end := i
		for end < len(lines) && strings.HasPrefix(lines[end].s, ">") {
			end++
		}
		if end == i {
			continue
		}
		levels := 0
		for k := 1; k <= maxQuoted && levels == 0; k++ {
			for _, l := range lines[i:end] {
				if tried++; tried > maxTried {
					return changed
				}
				if n, ok := quoted(l.s, k); ok && tells(l.s[n:], true) {
					levels = k
					break
				}
			}
		}
		if levels > 0 {
			changed = true
			for j := i; j < end; j++ {
				n, _ := quoted(lines[j].s, levels)
				lines[j].drop(n)
			}
		}
		i = end
	}
	return changed
}

// quoted returns the bytes that up to k marks take; all: there are as many.
func quoted(s string, k int) (n int, all bool) {
	for range k {
		if !strings.HasPrefix(s[n:], ">") {
			return n, false
		}
		if n++; strings.HasPrefix(s[n:], " ") {
			n++
		}
	}
	return n, true
}

// undecorate takes one kind of decoration off all lines that have it, if one of
// them tells something without it.
func undecorate(lines []bareLine) bool {
	for _, d := range decorations {
		at := slices.IndexFunc(lines[:min(len(lines), maxTried)], func(l bareLine) bool {
			n := len(d().FindString(l.s[:min(len(l.s), 200)]))
			return n > 0 && !command.Is(l.s) && tells(l.s[n:], true)
		})
		if at < 0 {
			continue
		}
		same := d().FindString(lines[at].s)
		if d() == number() && !counted(lines, at) {
			continue
		}
		for i := range lines {
			switch n := len(d().FindString(lines[i].s[:min(len(lines[i].s), 200)])); {
			case d() != indent():
				lines[i].drop(n)
			case strings.HasPrefix(lines[i].s, same):
				lines[i].drop(len(same))
			}
		}
		return true
	}
	return false
}

// counted reports whether the number of a line is one of a row of them.
func counted(lines []bareLine, at int) bool {
	of := func(i int) int {
		if i < 0 || i >= len(lines) {
			return -1
		}
		m := number().FindStringSubmatch(lines[i].s[:min(len(lines[i].s), 200)])
		if m == nil {
			return -1
		}
		n, _ := strconv.Atoi(m[1])
		return n
	}
	n := of(at)
	return of(at-1) == n-1 || of(at+1) == n+1 || n <= 9 // an item of a list
}

// continued takes the prompts off the lines in which a command goes on.
func continued(lines []bareLine) (changed bool) {
	within, script := false, false
	for i := range lines {
		l := &lines[i]
		if i > 0 && (within || script && strings.HasPrefix(l.s, ">> ")) {
			if n := len(more().FindString(l.s)); n > 0 {
				l.drop(n)
				changed = true
			}
		} else {
			script = strings.HasPrefix(l.s, "PS ") && strings.Contains(l.s, "> ")
		}
		end := strings.TrimRight(l.s, " \t\r\n")
		if end == "" || strings.IndexByte("\\^`", end[len(end)-1]) < 0 {
			within = false
		} else if !within {
			within = command.Is(l.s)
		}
	}
	return changed
}

// closing is what ends a span.
var closing = map[byte]string{'{': "{", '<': "</"}

// spans gives commands within a sentence lines of their own.
func spans(lines []bareLine) (out []bareLine, split bool) {
	if !slices.ContainsFunc(lines, func(l bareLine) bool { return len(l.s) < maxBareLine && span().MatchString(l.s) }) {
		return lines, false
	}
	for _, l := range lines {
		m := []int(nil)
		if len(l.s) < maxBareLine {
			m = span().FindStringSubmatchIndex(l.s)
		}
		if m == nil {
			out = append(out, l)
			continue
		}
		open, rest := l.s[m[2]:m[3]], l.s[m[4]:]
		end := -1
		switch {
		case open == "{{":
			end = strings.LastIndex(rest, "}}") // variables have brackets of their own
		case open[0] == '`':
			end = strings.Index(rest, open)
		default:
			end = strings.Index(rest, closing[open[0]])
		}
		if end < 0 && open[0] == '`' {
			out = append(out, l)
			continue
		}
		split = true
		if m[2] > 0 {
			out = append(out, bareLine{l.from, l.s[:m[2]] + "\n"})
		}
		if end < 0 {
			out = append(out, bareLine{l.from + m[4], rest})
			continue
		}
		out = append(out, bareLine{l.from + m[4], rest[:end] + "\n"})
		_, n := utf8.DecodeRuneInString(rest[end:])
		out = append(out, bareLine{l.from + m[4] + end + n, rest[end+n:]})
	}
	return out, split
}

// bareSample is a sample of the text without what is around its lines; nil: there
// is nothing of that.
func bareSample(s *form.Sample) *form.Sample {
	if !s.IsText() {
		return nil
	}
	b := stripped(string(s.Text))
	if b == nil {
		return nil
	}
	out := *s
	out.Text = []byte(b.text)
	return &out
}
