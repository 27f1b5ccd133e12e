package safely_test

import (
	"encoding/json"
	"errors"
	"strings"
	"testing"

	"github.com/why401/why401/internal/safely"
)

type brittle struct{}

// MarshalJSON is called by a library.
func (brittle) MarshalJSON() ([]byte, error) { panic("hunter2") }

// TestDo: what panics becomes an error that tells where, whatever was said in it.
func TestDo(t *testing.T) {
	if err := safely.Do(func() {}); err != nil {
		t.Error(err)
	}
	var none map[string]int
	for name, f := range map[string]func(){
		"a text":           func() { panic("hunter2") },
		"an error":         func() { panic(errors.New("hunter2")) },
		"a runtime error":  func() { none["hunter2"]++ },
		"below a library":  func() { _, _ = json.Marshal(brittle{}) },
		"in a nested call": func() { func() { panic([]byte("hunter2")) }() },
	} {
		err := safely.Do(f)
		var fault *safely.Fault
		if !errors.As(err, &fault) {
			t.Fatalf("%s: %v", name, err)
		}
		if s := err.Error(); strings.Contains(s, "hunter2") || !strings.HasPrefix(s, "internal error in internal/safely_test.") {
			t.Errorf("%s: %s", name, s)
		}
	}
}
