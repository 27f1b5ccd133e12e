package rule

import (
	"github.com/why401/why401/internal/exchange"
	"github.com/why401/why401/internal/redact"
)

// A Finding is what a rule found.
type Finding struct {
	Rule      *Rule
	Certainty Certainty
	// Message says what is wrong in this case, in one or two sentences. Equal
	// messages of one rule are one finding with a count, so what differs from
	// exchange to exchange belongs in Evidence. Zero: the rule's title.
	Message  redact.Text
	Evidence []Evidence
	// Fix, Alternatives and Confirm replace those of the rule if not nil.
	Fix          []Fix
	Alternatives []string
	Confirm      *Confirm
	// Fails makes the exchange count as one that went wrong where only the rule
	// can tell, such as the last turn of a redirect loop.
	Fails bool
	// Minor lowers the severity to info: the finding is true but explains
	// nothing here.
	Minor bool
	// Rests names parts of the exchange on whose absence the finding rests. It
	// is withdrawn if the capture turns out to hide them.
	Rests exchange.Sight
}

// Evidence is one place in the capture, what was there, and what a request
// that works has there.
type Evidence struct {
	At   exchange.Locator
	Part redact.Text // "request header Authorization"
	// Span is the range of bytes of the part (as captured, or as decoded where
	// Part says so) that Saw is about: start and end. Both zero: all of it.
	Span      [2]int
	Saw, Want redact.Text
}
