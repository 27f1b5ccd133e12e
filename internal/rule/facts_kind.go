package rule

import "strings"

// SaysInOrder reports whether the start of the response body holds the words
// one after the other, in any case, each at most within bytes after the one
// before and all in one sentence. It is for statements whose exact wording is
// not known. The words must be in lower case.
func (s *Subject) SaysInOrder(within int, words ...string) bool {
	if len(words) == 0 || !s.Says(words[0]) {
		return false
	}
	for at := 0; ; {
		i := strings.Index(s.lower[at:], words[0])
		if i < 0 {
			return false
		}
		at += i + len(words[0])
		if follow(s.lower[at:], within, words[1:]) {
			return true
		}
	}
}

func follow(text string, within int, words []string) bool {
	for _, w := range words {
		near := text[:min(len(text), within+len(w))]
		i := strings.Index(near, w)
		if i < 0 || strings.ContainsAny(near[:i], ".<>{}\n") {
			return false
		}
		text = text[i+len(w):]
	}
	return true
}
