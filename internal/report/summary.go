package report

import (
	"fmt"
	"slices"
)

// verdict says in one line what came out.
func (r *Report) verdict() string {
	failed, exchanges, atlassian := r.counts()
	switch {
	case len(r.Causes) > 1:
		return fmt.Sprintf("%s, and %s", r.Causes[0].Title, plural(len(r.Causes)-1, "other cause"))
	case len(r.Causes) == 1:
		return r.Causes[0].Title
	case failed > 0:
		return "Requests failed, but nothing in this capture tells why"
	case exchanges == 0 && len(r.Unreadable) > 0:
		return "Nothing could be read"
	case exchanges == 0:
		return "There is no request in it"
	case atlassian == 0:
		return "No request to an Atlassian product was found"
	case r.notSent():
		return r.onlyRead()
	}
	return "No request was refused"
}

// notSent reports whether the report is about requests that were read from
// commands or settings, and about no other.
func (r *Report) notSent() bool {
	sent, read := 0, 0
	for _, c := range r.Captures {
		sent += c.Exchanges - c.NotSent
		read += c.NotSent
	}
	return sent == 0 && read > 0
}

// onlyRead says what such a report is about.
func (r *Report) onlyRead() string {
	command := true
	for _, c := range r.Captures {
		command = command && c.Format == "command"
	}
	what := "The request was read, not sent"
	switch {
	case command && len(r.Captures) == 1 && r.Captures[0].Exchanges == 1:
		what = "The command was read, not run"
	case command:
		what = "The commands were read, not run"
	case len(r.Captures) > 1 || r.Captures[0].Exchanges > 1:
		what = "The requests were read, not sent"
	}
	if len(r.Causes) == 0 {
		return what + ": nothing is wrong with what can be seen"
	}
	return what
}

// counts adds up the captures.
func (r *Report) counts() (failed, exchanges, atlassian int) {
	for _, c := range r.Captures {
		failed += c.Failed
		exchanges += c.Exchanges
		atlassian += c.Atlassian
	}
	return failed, exchanges, atlassian
}

// line sums up a capture behind its name.
func (c Capture) line() string {
	s := ""
	if !c.Producer.IsZero() {
		s = fmt.Sprintf("(%s) ", c.Producer)
	}
	s += fmt.Sprintf("%s, %d to Atlassian products, %d failed", plural(c.Exchanges, "request"), c.Atlassian, c.Failed)
	for _, n := range c.Notes {
		s += "; " + noteText(n)
	}
	return s
}

// others are the findings that are no causes.
func (r *Report) others() []*Finding {
	cause := make(map[*Finding]bool, len(r.Causes))
	for _, c := range r.Causes {
		cause[c] = true
	}
	var list []*Finding
	for _, f := range r.Findings {
		if !cause[f] {
			list = append(list, f)
		}
	}
	return list
}

// apart are the others that no cause names as what follows from it: what a page says
// there it need not say twice.
func (r *Report) apart() []*Finding {
	follows := map[string]bool{}
	for _, c := range r.Causes {
		for _, q := range c.Consequences {
			follows[q.Rule] = true
		}
	}
	return slices.DeleteFunc(r.others(), func(f *Finding) bool { return follows[f.Rule] })
}

// unnamed are the alternatives that the outcomes of the confirming request do
// not name anyway, one by one or by naming the refusal that they are behind.
func (f *Finding) unnamed() []string {
	named := map[string]bool{}
	if f.Confirm != nil {
		for _, o := range f.Confirm.Outcomes {
			named[o.Means] = true
		}
	}
	var rest []string
	if f.orElse != "" && named[f.orElse] {
		return rest
	}
	for _, a := range f.Alternatives {
		if !named[a] {
			rest = append(rest, a)
		}
	}
	return rest
}

// maybe introduces [Finding.unnamed].
func (f *Finding) maybe() string {
	if f.orElse != "" {
		return "If not, it may be"
	}
	return "It may be"
}

// texts says what was dropped, one thing a text.
func (d *Dropped) texts() []string {
	var out []string
	if d == nil {
		return out
	}
	for _, x := range []struct {
		n    int
		what string
	}{
		{d.Exchanges, "failed requests only counted"},
		{d.Correlated, "requests too far apart to be compared"},
		{d.Clients, "requests of clients not told apart"},
		{d.Credentials, "credentials not remembered"},
		{d.Unreadable, "unreadable places only counted"},
		{d.Timeline, "steps of the login left out of the timeline"},
		{d.Cards, "credentials without a card"},
	} {
		if x.n > 0 {
			out = append(out, fmt.Sprintf("%d %s", x.n, x.what))
		}
	}
	return out
}
