package rule

import (
	"strings"
	"testing"

	"github.com/why401/why401/internal/credential"
	"github.com/why401/why401/internal/exchange"
	"github.com/why401/why401/internal/redact"
)

func TestRepairCheck(t *testing.T) {
	h := exchange.Header{{Name: "Host", Value: "a"}, {Name: "Authorization", Value: "old"}}
	did := redact.Const("something done")
	for _, tc := range []struct {
		name  string
		edits []Edit
		ok    bool
	}{
		{"a value", []Edit{{Field: 1, Value: "Basic abc="}}, true},
		{"a name", []Edit{{Field: 1, Name: "Authorization2", Value: "old"}}, true},
		{"drop", []Edit{{Field: 0, Drop: true}}, true},
		{"nothing", nil, false},
		{"no change", []Edit{{Field: 1, Value: "old"}}, false},
		{"no such field", []Edit{{Field: 2, Value: "new"}}, false},
		{"before the first", []Edit{{Field: -1, Value: "new"}}, false},
		{"one field twice", []Edit{{Field: 1, Value: "new"}, {Field: 1, Drop: true}}, false},
		{"empty", []Edit{{Field: 1}}, false},
		{"line break", []Edit{{Field: 1, Value: "a\r\nX: b"}}, false},
		{"bare LF", []Edit{{Field: 1, Value: "a\nX: b"}}, false},
		{"blank at the end", []Edit{{Field: 1, Value: "a "}}, false},
		{"not ASCII", []Edit{{Field: 1, Value: "\u00e4"}}, false},
		{"line break in a name", []Edit{{Field: 1, Name: "X: y\r\nA", Value: "new"}}, false},
		{"too long", []Edit{{Field: 1, Value: strings.Repeat("a", maxRepaired+1)}}, false},
		{"too many", []Edit{{Field: 0, Drop: true}, {Field: 1, Drop: true}, {Field: 0}, {Field: 1}, {Field: 0}}, false},
	} {
		if err := (Repair{Did: did, Edits: tc.edits}).Check(h); (err == nil) != tc.ok {
			t.Errorf("%s: %v", tc.name, err)
		}
	}
	if (Repair{Edits: []Edit{{Field: 1, Value: "new"}}}).Check(h) == nil {
		t.Error("a repair that does not say what it did")
	}
}

func TestAuthorize(t *testing.T) {
	did := redact.Const("something done")
	subject := func(h ...exchange.Field) *Subject {
		return NewSubject(&exchange.Exchange{
			From: &exchange.Capture{}, Request: exchange.Request{Method: "GET", URL: "https://acme.atlassian.net/", Header: h},
		}, nil)
	}
	one := exchange.Field{Name: "authorization", Value: "Basic x"}
	for _, tc := range []struct {
		name string
		s    *Subject
		pair string
		ok   bool
	}{
		{"one", subject(exchange.Field{Name: "Host", Value: "a"}, one), "a:b", true},
		{"none", subject(), "a:b", false},
		{"two", subject(one, one), "a:b", false},
		{"joined by the capture", subject(exchange.Field{Name: one.Name, Value: one.Value, Joined: true}), "a:b", false},
		{"masked", subject(exchange.Field{Name: one.Name, Value: "Basic [REDACTED]"}), "a:b", false},
		{"no user", subject(one), ":b", false},
		{"no secret", subject(one), "a:", false},
		{"no colon", subject(one), "ab", false},
	} {
		r, ok := tc.s.AuthorizePair(tc.pair, did)
		if ok != tc.ok || ok && (len(r.Edits) != 1 || r.Edits[0] != Edit{Field: 1, Value: "Basic YTpi"}) {
			t.Errorf("%s: %+v, %v", tc.name, r, ok)
		}
	}
}

func TestWithoutFlaws(t *testing.T) {
	flaws := []credential.Flaw{{Kind: credential.Quoted, At: 0, End: 1}, {Kind: credential.StrayBlank, At: 2, End: 4}, {Kind: credential.EndsLF, At: 5, End: 6}}
	if got := WithoutFlaws("\"a  b\n", flaws, credential.Quoted, credential.EndsLF); got != "a  b" {
		t.Errorf("got %q", got)
	}
	if got := WithoutFlaws("ab", flaws, credential.StrayBlank); got != "ab" {
		t.Errorf("flaws beyond the end: %q", got)
	}
}

// TestValidateRepair: only what the sender of one request can mend is repaired.
func TestValidateRepair(t *testing.T) {
	r := Rule{
		ID: "a-rule", Title: "T", Doc: "D", Area: Client, Since: "0.1", Fix: []Fix{{Who: Caller, Do: redact.Const("Do it")}},
		Each: func(*Pass, *Subject) {}, Repair: func(*Subject) (Repair, bool) { return Repair{}, false },
	}
	if err := Validate([]*Rule{&r}); err != nil {
		t.Error(err)
	}
	admin, over := r, r
	admin.Fix = []Fix{{Who: Admin, Do: redact.Const("Do it")}}
	over.Each, over.Over = nil, func(*Pass, *Session) {}
	for _, bad := range []*Rule{&admin, &over} {
		if err := Validate([]*Rule{bad}); err == nil || !strings.Contains(err.Error(), "a Repair is for") {
			t.Errorf("got %v", err)
		}
	}
}
