package rules

import (
	"testing"

	"github.com/why401/why401/internal/rule"
	"github.com/why401/why401/internal/ruletest"
)

func TestValid(t *testing.T) {
	if err := rule.Validate(All()); err != nil {
		t.Fatal(err)
	}
}

// TestGolden runs each rule alone over its pair of captures.
func TestGolden(t *testing.T) { ruletest.Run(t, All(), "../testdata") }
