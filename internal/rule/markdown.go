package rule

import (
	"fmt"
	"strings"

	"github.com/why401/why401/internal/target"
)

// Markdown returns the page of r: what docs/rules and "why401 explain" print.
func (r *Rule) Markdown() string {
	var b strings.Builder
	fmt.Fprintf(&b, "# %s\n\n%s.\n\n", r.ID, r.Title)
	fmt.Fprintf(&b, "| | |\n|---|---|\n")
	fmt.Fprintf(&b, "| severity | %s |\n", r.Severity)
	fmt.Fprintf(&b, "| area | %s |\n", r.Area)
	fmt.Fprintf(&b, "| products | %s |\n", r.products())
	if r.Needs != 0 {
		fmt.Fprintf(&b, "| needs to see | %s |\n", r.Needs)
	}
	if r.Repair != nil {
		b.WriteString("| proof | `why401 proxy --try-fix` repeats the request with the repair |\n")
	}
	fmt.Fprintf(&b, "| since | %s |\n", r.Since)
	if len(r.Formerly) > 0 {
		fmt.Fprintf(&b, "| formerly | %s |\n", strings.Join(r.Formerly, ", "))
	}
	fmt.Fprintf(&b, "\n%s\n", strings.TrimSpace(r.Doc))
	b.WriteString("\n## What to do\n")
	for _, f := range r.Fix {
		fmt.Fprintf(&b, "\n%s", f.Do)
		if f.Who != Nobody && f.Who != Caller {
			fmt.Fprintf(&b, " (%s)", f.Who.Title())
		}
		b.WriteString("\n")
		commands(&b, f.Command.String(), f.PowerShell.String())
	}
	if len(r.Alternatives) > 0 {
		b.WriteString("\n## What it may be\n\nOne capture cannot tell these causes apart:\n\n")
		for _, a := range r.Alternatives {
			if m, ok := Members[a]; ok {
				fmt.Fprintf(&b, "- `%s`: %s\n", a, m)
			} else {
				fmt.Fprintf(&b, "- [`%s`](%s.md)\n", a, a)
			}
		}
	}
	if c := r.Confirm; c != nil {
		fmt.Fprintf(&b, "\n## What would settle it\n\n%s\n", c.Do)
		commands(&b, c.Command.String(), c.PowerShell.String())
		if len(c.Outcomes) > 0 {
			b.WriteString("\n")
		}
		for _, o := range c.Outcomes {
			fmt.Fprintf(&b, "- %s", o.Seen)
			if o.Means != "" {
				fmt.Fprintf(&b, ": `%s`", o.Means)
			}
			b.WriteString("\n")
		}
	}
	if len(r.Explains) > 0 {
		b.WriteString("\n## What follows from it\n\n")
		for _, id := range r.Explains {
			fmt.Fprintf(&b, "- [`%s`](%s.md)\n", id, id)
		}
	}
	if len(r.References) > 0 {
		b.WriteString("\n## References\n\n")
		for _, ref := range r.References {
			if ref.URL == "" {
				fmt.Fprintf(&b, "- %s\n", ref.Title)
			} else {
				fmt.Fprintf(&b, "- [%s](%s)\n", ref.Title, ref.URL)
			}
		}
	}
	return b.String()
}

func commands(b *strings.Builder, sh, powershell string) {
	if sh != "" {
		fmt.Fprintf(b, "\n```sh\n%s\n```\n", sh)
	}
	if powershell != "" {
		fmt.Fprintf(b, "\nPowerShell:\n\n```powershell\n%s\n```\n", powershell)
	}
}

func (r *Rule) products() string {
	if r.Products == target.Set(0) {
		return "all"
	}
	return r.Products.String()
}

// Title returns who the actor is, in words.
func (a Actor) Title() string {
	return [...]string{
		"nobody needs to do anything", "whoever makes the request", "for an administrator of the product",
		"for whoever runs the network or proxy", "for Atlassian support",
	}[a]
}
