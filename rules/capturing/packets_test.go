package capturing_test

import (
	"testing"

	"github.com/why401/why401/internal/diagnose"
	"github.com/why401/why401/internal/exchange"
	"github.com/why401/why401/internal/rule"
	"github.com/why401/why401/rules/capturing"
)

// only returns an engine with one rule of this area.
func only(t *testing.T, id string) *diagnose.Engine {
	t.Helper()
	for _, r := range rule.Rules(&capturing.Set) {
		if r.ID != id {
			continue
		}
		e, err := diagnose.New([]*rule.Rule{r}, diagnose.Options{})
		if err != nil {
			t.Fatal(err)
		}
		return e
	}
	t.Fatalf("no rule %s", id)
	return nil
}

// refused returns a request in c that failed, and of which the source shows
// what sight says.
func refused(c *exchange.Capture, sight exchange.Sight) *exchange.Exchange {
	return &exchange.Exchange{
		At: exchange.Locator{Capture: c.Name, Frame: 7}, From: c, Sight: sight,
		Request:  exchange.Request{Method: "GET", URL: "https://acme.atlassian.net/rest/api/3/myself"},
		Response: &exchange.Response{Status: 401},
	}
}

// TestPackets covers what a packet source remarks on a capture; no HAR can.
func TestPackets(t *testing.T) {
	for id, kind := range map[string]exchange.NoteKind{
		"capture-packets-cut":   exchange.NotePacketsCut,
		"capture-one-sided":     exchange.NoteOneSided,
		"capture-not-decrypted": exchange.NoteEncrypted,
	} {
		t.Run(id, func(t *testing.T) {
			noted := &exchange.Capture{Name: "trace.pcap", Format: "pcap"}
			noted.AddN(kind, 3)
			noted.Add(exchange.NoteTrailing)
			e := only(t, id)
			e.Opened(noted)
			d := e.Diagnosis()
			causes := 0
			if kind == exchange.NoteEncrypted {
				causes = 1 // nothing else shows in this capture
			}
			if len(d.Findings) != 1 || d.Findings[0].Certainty != rule.Proven || len(d.Causes) != causes {
				t.Errorf("noted: %d findings, %d causes; want one proven note and %d causes", len(d.Findings), len(d.Causes), causes)
			}

			whole := &exchange.Capture{Name: "trace.pcap", Format: "pcap"}
			whole.Add(exchange.NoteTrailing)
			e = only(t, id)
			e.Opened(whole)
			if d := e.Diagnosis(); len(d.Findings) != 0 {
				t.Errorf("a capture without the remark has %d findings", len(d.Findings))
			}
		})
	}
}

// TestEncryptedCause says that encryption is the cause of what it hides, and
// of nothing else.
func TestEncryptedCause(t *testing.T) {
	for _, tt := range []struct {
		name  string
		sight exchange.Sight
		want  int
	}{
		{"hidden", exchange.Wire, 1},
		{"shown", exchange.Wire | exchange.Credentials, 0},
	} {
		c := &exchange.Capture{Name: "trace.pcap", Format: "pcap"}
		c.Add(exchange.NoteEncrypted)
		e := only(t, "capture-not-decrypted")
		e.See(refused(c, tt.sight), nil)
		d := e.Diagnosis()
		if len(d.Causes) != tt.want {
			t.Errorf("%s: %d causes, want %d", tt.name, len(d.Causes), tt.want)
		}
		if tt.want == 1 && d.Causes[0].Certainty != rule.Likely {
			t.Errorf("%s: as a cause it is %v, want likely", tt.name, d.Causes[0].Certainty)
		}
	}
}
