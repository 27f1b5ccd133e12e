package scrub

import "slices"

// Strict makes s behave as if it had more secrets than can be looked for.
func Strict(s *Scrubber) *Scrubber {
	s.over = true
	return s
}

// Open reports whether all words of a text are known: such a text is no secret.
var Open = allKnown

func reverse(v string) string {
	b := []byte(v)
	slices.Reverse(b)
	return string(b)
}
