// Package rules is the catalogue: every root cause that the program knows, one
// file a rule, one folder an area.
//
// To add a rule, write its file in the folder of its area and its pair of
// captures in testdata/ID; the test of this package then writes its page. There
// is no list to edit.
package rules

import (
	"github.com/why401/why401/internal/rule"
	"github.com/why401/why401/rules/capturing"
	"github.com/why401/why401/rules/encoding"
	"github.com/why401/why401/rules/kind"
	"github.com/why401/why401/rules/policy"
	"github.com/why401/why401/rules/refused"
	"github.com/why401/why401/rules/syntax"
)

// All returns every rule, sorted by id.
func All() []*rule.Rule {
	return rule.Rules(
		&capturing.Set, &encoding.Set, &kind.Set, &policy.Set, &refused.Set, &syntax.Set,
	)
}
