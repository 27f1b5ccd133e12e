package compare

import (
	"slices"

	"github.com/why401/why401/internal/exchange"
	"github.com/why401/why401/internal/redact"
	"github.com/why401/why401/internal/rule"
)

// judge says what the differences come to.
func (c *Comparison) judge(g, b *rule.Subject) {
	differ := 0
	for i := range c.Rows {
		r := &c.Rows[i]
		if r.Same || len(r.layers) == 0 {
			continue
		}
		differ++
		if c.Cause != nil && slices.Contains(r.layers, c.Cause.Rule.Ranks()) {
			r.Explains, c.Explained = true, true
		}
	}
	twin := c.Verdict
	if x, y := g.Offers.Main(), b.Offers.Main(); x != nil && y != nil {
		switch {
		case x.Raw == y.Raw:
			twin = redact.Const(" Both requests carry the same credential, byte for byte.")
		case x.Normalized() == y.Normalized():
			twin = redact.Const(" Both requests carry the same credential, but it is written differently: a blank, a line break, a quote or the encoding.")
		case x.Secret() == y.Secret() && x.Secret() != "":
			twin = redact.Const(" Both requests carry the same token or password, but not in the same way.")
		default:
			twin = redact.Const(" The requests carry different credentials.")
		}
	} else if hidden(g) || hidden(b) {
		twin = redact.Const(" The credentials cannot be compared, because a capture does not show them.")
	}
	c.Verdict = redact.Sprintf("%s%s", c.summary(differ), twin)
}

func hidden(s *rule.Subject) bool {
	return s.Offers.Main() == nil && s.Sees(exchange.Credentials) != exchange.Shown
}

func (c *Comparison) summary(differ int) redact.Text {
	switch {
	case c.Cause != nil && c.Cause.Rule.Hides != 0:
		return redact.Const("The capture of the refused request hides what decides: record it again with credentials.")
	case c.Cause != nil && c.Explained:
		return redact.Sprintf("The difference is the cause: %s (%s, %s).",
			redact.Name(c.Cause.Rule.Title), redact.Name(c.Cause.Rule.ID), redact.Label(c.Cause.Certainty.String()))
	case c.Cause != nil && differ == 0:
		return redact.Sprintf("Nothing that matters for a login differs in what the captures show. The refused request by itself points to: %s (%s, %s).",
			redact.Name(c.Cause.Rule.Title), redact.Name(c.Cause.Rule.ID), redact.Label(c.Cause.Certainty.String()))
	case c.Cause != nil:
		return redact.Sprintf("The cause found in the refused request is not among the differences: %s (%s, %s).",
			redact.Name(c.Cause.Rule.Title), redact.Name(c.Cause.Rule.ID), redact.Label(c.Cause.Certainty.String()))
	case differ == 0:
		return redact.Const("Nothing that matters for a login differs in what the captures show.")
	case differ == 1:
		return redact.Const("No rule finds a cause in the refused request, but only one thing that matters differs: look there first.")
	}
	return redact.Const("No rule finds a cause in the refused request; one of the differences below must be it.")
}
