package credential

import (
	"fmt"
	"io"
)

// The types that hold secrets print as a constant under every verb and encode
// to one, so that a stray %v or a log attribute leaks nothing.

const hidden = "(credential)"

// Format prints a constant.
func (Credential) Format(s fmt.State, _ rune) { _, _ = io.WriteString(s, hidden) }

// Format prints a constant.
func (BasicPair) Format(s fmt.State, _ rune) { _, _ = io.WriteString(s, hidden) }

// Format prints a constant.
func (Claims) Format(s fmt.State, _ rune) { _, _ = io.WriteString(s, hidden) }

// Format prints a constant.
func (OAuthParam) Format(s fmt.State, _ rune) { _, _ = io.WriteString(s, hidden) }

// Format prints a constant.
func (All) Format(s fmt.State, _ rune) { _, _ = io.WriteString(s, hidden) }

// MarshalJSON encodes a constant.
func (Credential) MarshalJSON() ([]byte, error) { return []byte(`"` + hidden + `"`), nil }

// MarshalJSON encodes a constant.
func (BasicPair) MarshalJSON() ([]byte, error) { return []byte(`"` + hidden + `"`), nil }

// MarshalJSON encodes a constant.
func (Claims) MarshalJSON() ([]byte, error) { return []byte(`"` + hidden + `"`), nil }

// MarshalJSON encodes a constant.
func (OAuthParam) MarshalJSON() ([]byte, error) { return []byte(`"` + hidden + `"`), nil }

// MarshalJSON encodes a constant.
func (All) MarshalJSON() ([]byte, error) { return []byte(`"` + hidden + `"`), nil }
