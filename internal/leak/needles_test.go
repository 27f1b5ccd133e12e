package leak

import (
	"bytes"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"go/scanner"
	"go/token"
	"io/fs"
	"maps"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/why401/why401/internal/diagnose"
	"github.com/why401/why401/internal/report"
	"github.com/why401/why401/rules"
)

const (
	root   = "../.."
	marker = "CANARY"
	window = 6 // bytes of a secret that must not show
)

// A secret is text that must not show, and where it stands.
type secret struct{ value, place string }

// needles are runs of bytes to look for: by length, because a run of six bytes
// takes eight in base64 and twelve in hexadecimal.
type needles struct {
	byLen map[int]map[string]string // run to the place and form it comes from
	added map[string]bool
	heads [1 << 22 / 64]uint64 // bitmap over the hashes of the first 6 bytes of all runs
}

func newNeedles() *needles {
	return &needles{byLen: map[int]map[string]string{}, added: map[string]bool{}}
}

// hash is of 6 bytes.
func hash(v uint64) uint64 { return v << 16 * 0x9E3779B97F4A7C15 >> (64 - 22) }

func (n *needles) put(run, from string) {
	var v uint64
	for i := range window {
		v = v<<8 | uint64(run[i])
	}
	h := hash(v)
	n.heads[h/64] |= 1 << (h % 64)
	m := n.byLen[len(run)]
	if m == nil {
		m = map[string]string{}
		n.byLen[len(run)] = m
	}
	if _, ok := m[run]; !ok {
		m[run] = from
	}
}

// windows puts every run of size bytes of text that innocent does not hold.
func (n *needles) windows(text string, size int, from string, innocent func(string) bool) {
	for i := 0; i+size <= len(text); i++ {
		if w := text[i : i+size]; !dull(w) && !innocent(w) {
			n.put(w, from)
		}
	}
}

// dull reports whether a run is of digits, blanks and punctuation only, or of
// one character: such runs are in every output.
func dull(w string) bool {
	letters := map[byte]bool{}
	for i := range len(w) {
		if c := w[i] | 0x20; c >= 'a' && c <= 'z' || w[i] >= 0x80 {
			letters[c] = true
		}
	}
	return len(letters) < 2
}

// add puts s in every form in which it may show.
func (n *needles) add(s secret, innocent func(string) bool) {
	v := s.value
	if len(v) < window || n.added[v] {
		return
	}
	n.added[v] = true
	if len(v) > 4096 {
		v = v[:4096]
	}
	n.windows(v, window, s.place, innocent)
	n.windows(reverse(v), window, s.place+", reversed", innocent)
	n.windows(strings.ToUpper(v), window, s.place+", upper case", innocent)
	n.windows(strings.ToLower(v), window, s.place+", lower case", innocent)
	if e := url.QueryEscape(v); e != v {
		n.windows(e, window+4, s.place+", percent-encoded", innocent)
	}
	for i := 0; i+window <= len(v); i++ {
		w := v[i : i+window]
		if dull(w) {
			continue
		}
		h := hex.EncodeToString([]byte(w))
		n.put(h, s.place+", hexadecimal")
		n.put(strings.ToUpper(h), s.place+", hexadecimal")
		var every, wide, ediw strings.Builder
		for j := range len(w) {
			fmt.Fprintf(&every, "%%%02x", w[j])
			wide.WriteString(w[j:j+1] + "\x00")
			ediw.WriteString("\x00" + w[j:j+1])
		}
		n.put(every.String(), s.place+", percent-encoded")
		n.put(strings.ToUpper(every.String()), s.place+", percent-encoded")
		n.put(wide.String(), s.place+", UTF-16")
		n.put(ediw.String(), s.place+", UTF-16")
	}
	for shift := range 3 {
		if len(v) <= shift+window {
			break
		}
		e := base64.RawStdEncoding.EncodeToString([]byte(v[shift:]))
		e = e[:len(e)/4*4]
		n.windows(e, 8, s.place+", base64", innocent)
		n.windows(reverse(e), 8, s.place+", base64 reversed", innocent)
		if u := strings.NewReplacer("+", "-", "/", "_").Replace(e); u != e {
			n.windows(u, 8, s.place+", base64url", innocent)
		}
	}
}

func reverse(s string) string {
	b := []byte(s)
	for i, j := 0, len(b)-1; i < j; i, j = i+1, j-1 {
		b[i], b[j] = b[j], b[i]
	}
	return string(b)
}

// tagged matches the tags that stand for secrets; their digits are those of a
// keyed hash.
var tagged = regexp.MustCompile(`(?:\[(secret|user|host|name|field|realm) [0-9a-f]{8}\]|"why401/v1": *"[0-9a-f]{32}")`)

// inTag reports whether out[at:end] lies in a tag.
func inTag(out string, at, end int) bool {
	from := max(0, at-60)
	for _, m := range tagged.FindAllStringIndex(out[from:min(len(out), end+60)], -1) {
		if from+m[0] <= at && end <= from+m[1] {
			return true
		}
	}
	return false
}

// colours matches the escape sequences for colours, which end in a letter.
var colours = regexp.MustCompile("\x1b\\[[0-9;]*m")

// find returns what of the needles is in out, at most five.
func (n *needles) find(out string) []string {
	if strings.Contains(out, "\x1b") {
		out = colours.ReplaceAllString(out, "\n")
	}
	var found []string
	for _, h := range n.search(out, 5) {
		found = append(found, fmt.Sprintf("%s: %q in ...%q...", h.from, h.run, out[max(0, h.at-60):min(len(out), h.at+60)]))
	}
	return found
}

// A hit is a run that was found.
type hit struct {
	from, run string
	at        int
}

// search returns the first runs in out, one of each origin, at most so many.
func (n *needles) search(out string, most int) (hits []hit) {
	sizes := slices.Sorted(maps.Keys(n.byLen))
	seen := map[string]bool{}
	var v uint64
	for i := range len(out) {
		v = v<<8 | uint64(out[i])
		if h := hash(v); i < window-1 || n.heads[h/64]>>(h%64)&1 == 0 {
			continue
		}
		at := i - window + 1
		for _, size := range sizes {
			if at+size > len(out) {
				break
			}
			from, ok := n.byLen[size][out[at:at+size]]
			if !ok || seen[from] || inTag(out, at, at+size) {
				continue
			}
			seen[from] = true
			if hits = append(hits, hit{from, out[at : at+size], at}); len(hits) == most {
				return hits
			}
		}
	}
	return hits
}

// markers are the needles for the marker itself.
var markers = sync.OnceValue(func() *needles {
	n := newNeedles()
	never := func(string) bool { return false }
	n.add(secret{marker, "marker"}, never)
	// The runs of base64 that hold the marker whatever stands around it.
	for shift := range 3 {
		e := base64.RawStdEncoding.EncodeToString(append(make([]byte, shift), marker...))
		from := []int{0, 2, 3}[shift]
		e = e[from : (shift+len(marker))*8/6]
		n.put(e, "marker, base64")
		n.put(reverse(e), "marker, base64 reversed")
	}
	n.put("Canary", "marker")
	return n
})

// constants is every text that the program brings along: the strings in its
// sources, the pages of its rules and what each format says of nothing. Runs in it
// are in outputs by themselves.
var constants = sync.OnceValue(func() map[string]bool {
	runs := map[string]bool{}
	_ = filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return nil
		case d.IsDir() && (d.Name() == "testdata" || path != root && strings.HasPrefix(d.Name(), ".")):
			return filepath.SkipDir
		case !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go"):
			return nil
		}
		src, err := os.ReadFile(path)
		if err != nil {
			return nil
		}
		var s scanner.Scanner
		s.Init(token.NewFileSet().AddFile(path, -1, len(src)), src, nil, 0)
		for {
			_, tok, lit := s.Scan()
			if tok == token.EOF {
				return nil
			}
			if tok == token.STRING || tok == token.IDENT {
				enter(runs, lit)
			}
		}
	})
	for _, r := range rules.All() {
		enter(runs, r.Markdown())
		for _, around := range []string{`"%s"`, ">%s<", " %s ", "[%s]", "(%s)", "#%s\"", "`%s`", "{{%s}}", ",%s,", "=\"%s\"", "|%s|", "/%s.", "*%s*"} {
			enter(runs, fmt.Sprintf(around, r.ID))
		}
	}
	for _, t := range []string{"\n\n### Failed requests\n", "\nh3. Failed requests\n", " {{password-expired}} {{unknown-user}} {{wrong-password}} "} { // what is said of something
		enter(runs, t)
	}
	// What each format says of nothing.
	e, err := diagnose.New(nil, diagnose.Options{})
	if err != nil {
		panic(err)
	}
	empty := report.New(e.Diagnosis(), "test")
	for _, f := range append([]string{"json", "ndjson", "table"}, documents...) {
		var b bytes.Buffer
		if err := empty.Write(&b, f, report.Style{Width: 80}); err != nil {
			panic(err)
		}
		enter(runs, b.String())
	}
	return runs
})

// innocent returns a function that tells runs which show for another reason:
// the program brings them along, or they stand in a part of the capture that is
// meant to show.
func innocent(shown string) func(string) bool {
	base := constants()
	here := map[string]bool{}
	enter(here, shown)
	return func(w string) bool {
		for i := 0; i+window <= len(w); i++ {
			if r := w[i : i+window]; base[r] || here[r] {
				return true
			}
		}
		return false
	}
}

// enter puts the runs of s, as it is and in lower case, in m.
func enter(m map[string]bool, s string) {
	for _, v := range []string{s, strings.ToLower(s)} {
		for i := 0; i+window <= len(v); i++ {
			m[v[i:i+window]] = true
		}
	}
}

// TestFindsLeaks shows that the search would find what it is for.
func TestFindsLeaks(t *testing.T) {
	n := newNeedles()
	v := "q8Xw" + marker + "zP3v9Lk2"
	n.add(secret{v, "test"}, innocent("/rest/api/3/myself"))
	in := "lead " + v + " tail"
	enc := base64.StdEncoding
	for i, out := range []string{
		v, "x" + v[3:9] + "y", reverse(in), strings.ToUpper(in), strings.ToLower(in), hex.EncodeToString([]byte(in)),
		enc.EncodeToString([]byte(in)), enc.EncodeToString([]byte(" " + in)), enc.EncodeToString([]byte("  " + in)),
		base64.URLEncoding.EncodeToString([]byte(in)), "%71%38%58%77%43%41%4e%41", "q\x008\x00X\x00w\x00C\x00A\x00",
	} {
		if len(n.find(out)) == 0 {
			t.Errorf("output %d: not found in %q", i, out)
		}
	}
	for i, out := range []string{marker, strings.ToLower(marker), reverse(marker), enc.EncodeToString([]byte("a" + in)), hex.EncodeToString([]byte(in))} {
		if len(markers().find(out)) == 0 {
			t.Errorf("output %d: marker not found in %q", i, out)
		}
	}
	if got := n.find("/rest/api/3/myself [secret 0a1b2c3d] The encoded credential contains a line break"); len(got) > 0 {
		t.Errorf("found in clean text: %v", got)
	}
}
