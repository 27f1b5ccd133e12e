package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/why401/why401/internal/rule"
	"github.com/why401/why401/rules"
)

func newRules(io stdio) *cobra.Command {
	var format, area string
	c := &cobra.Command{
		Use:   "rules",
		Short: "List the rules",
		Args:  cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error {
			var list []*rule.Rule
			for _, r := range rules.All() {
				if area == "" || r.Area.String() == area {
					list = append(list, r)
				}
			}
			switch {
			case len(list) == 0:
				return &exitError{code: exitUnusable, err: errors.New("no such area"), hint: "areas: " + strings.Join(areas(), ", ")}
			case format == "json":
				return rulesJSON(io, list)
			case format != "table":
				return &exitError{code: exitUnusable, err: errors.New("--format must be table or json")}
			}
			rulesText(io, list)
			return nil
		},
	}
	c.Flags().StringVarP(&format, "format", "f", "table", "table or json")
	c.Flags().StringVar(&area, "area", "", "only the rules of this area")
	_ = c.RegisterFlagCompletionFunc("area", words(areas()...))
	_ = c.RegisterFlagCompletionFunc("format", words("table", "json"))
	return c
}

func areas() []string {
	var names []string
	for _, r := range rules.All() {
		if n := r.Area.String(); !slices.Contains(names, n) {
			names = append(names, n)
		}
	}
	slices.Sort(names)
	return names
}

func rulesText(io stdio, list []*rule.Rule) {
	for _, a := range areas() {
		head := false
		for _, r := range list {
			if r.Area.String() != a {
				continue
			}
			if !head {
				fmt.Fprintf(io.out, "%s\n", a)
				head = true
			}
			fmt.Fprintf(io.out, "  %-36s %-7s %s\n", r.ID, r.Severity, r.Title)
		}
	}
	fmt.Fprintf(io.out, "\n%d rules; why401 explain RULE shows one\n", len(list))
}

func rulesJSON(io stdio, list []*rule.Rule) error {
	type entry struct {
		ID       string   `json:"id"`
		Title    string   `json:"title"`
		Area     string   `json:"area"`
		Severity string   `json:"severity"`
		Products string   `json:"products"`
		Needs    string   `json:"needs"`
		Formerly []string `json:"formerly"`
	}
	out := []entry{}
	for _, r := range list {
		out = append(out, entry{
			r.ID, r.Title, r.Area.String(), r.Severity.String(), r.Products.String(), r.Needs.String(),
			append([]string{}, r.Formerly...),
		})
	}
	e := json.NewEncoder(io.out)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	return e.Encode(out)
}

func completeRules(*cobra.Command, []string, string) ([]string, cobra.ShellCompDirective) {
	var ids []string
	for _, r := range rules.All() {
		ids = append(ids, r.ID+"\t"+r.Title)
	}
	return ids, cobra.ShellCompDirectiveNoFileComp
}

// ruleIDs returns the ids of all rules.
func ruleIDs() []string {
	var ids []string
	for _, r := range rules.All() {
		ids = append(ids, r.ID)
	}
	return ids
}
