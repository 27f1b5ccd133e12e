// Package forms holds the ways in which somebody may try to make a Text of a
// string. It is type-checked by TestDoesNotCompile and never built.
package forms

import "github.com/why401/why401/internal/redact"

const (
	untyped        = "a constant"
	typed   string = "a constant with a type"
)

type other struct{ s string }

func generic[T ~string](x T) redact.Text { return redact.Const(x) } // refused

func forms(x string, xs []redact.Text, u interface{ String() string }) []redact.Text {
	return []redact.Text{
		redact.Const("a literal"),
		redact.Const(untyped),
		redact.Const("joined " + untyped),
		redact.Const(x),       // refused
		redact.Const(typed),   // refused
		redact.Const("a" + x), // refused
		redact.Text(x),        // refused
		{x},                   // refused
		{s: x},                // refused
		{},
		redact.Text(other{x}),              // refused
		redact.Text(struct{ s string }{x}), // refused
		redact.Sprintf("%s", redact.Const("a")),
		redact.Sprintf("%s and %s", xs...),
		redact.Sprintf(x),                // refused
		redact.Sprintf("%s", x),          // refused
		redact.Sprintf("%s", u),          // refused
		redact.Sprintf(x, redact.Text{}), // refused
		redact.Join(", ", xs...),
		redact.Join(x, xs...),      // refused
		redact.Count(1, x, "many"), // refused
		redact.Shape(x, 1),         // refused
		redact.Shape("ATATT3", 1),
		redact.OneOf(x, "a", "b"),
		redact.OneOf(x, x),              // refused
		redact.OneOf(x, []string{x}...), // refused
		redact.Text{}.Fill("a", redact.Text{}),
		redact.Text{}.Fill(x, redact.Text{}), // refused
		redact.Text{}.Fill("a", x),           // refused
		redact.Text{}.FillWord("a", x),       // refused
		redact.Int(x),                        // refused
	}
}

func field(t redact.Text, x string) redact.Text {
	t.s = x // refused
	return t
}

var (
	_ = generic[string]
	_ = forms
	_ = field
	_ redact.constant // refused
)
