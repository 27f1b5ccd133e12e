package edge_test

import (
	"testing"

	"github.com/why401/why401/internal/diagnose"
	"github.com/why401/why401/internal/exchange"
	"github.com/why401/why401/internal/rule"
	"github.com/why401/why401/rules/edge"
)

// TestTCP covers what only packets show: who cut a connection, and how often
// the client tried.
func TestTCP(t *testing.T) {
	for _, tt := range []struct {
		name      string
		tcp       *exchange.TCP
		answered  bool
		want      string // "": no cause
		certainty rule.Certainty
	}{
		{"SYN, RST", &exchange.TCP{Attempts: 1, Cut: exchange.CutByServer}, false, "connection-refused", rule.Proven},
		{"SYN, RST of a firewall", &exchange.TCP{Attempts: 1, Cut: exchange.CutBetween}, false, "connection-refused", rule.Proven},
		{"three SYNs", &exchange.TCP{Attempts: 3}, false, "connection-timeout", rule.Proven},
		{"two SYNs", &exchange.TCP{Attempts: 2}, false, "", 0},
		{"request, RST", &exchange.TCP{Attempts: 1, Accepted: true, Cut: exchange.CutByServer}, false, "connection-reset", rule.Likely},
		{"ClientHello, RST of a firewall", &exchange.TCP{Attempts: 1, Accepted: true, Cut: exchange.CutBetween}, false, "connection-reset", rule.Likely},
		{"the client gave up", &exchange.TCP{Attempts: 1, Accepted: true, Cut: exchange.CutByClient}, false, "", 0},
		{"answered after three SYNs", &exchange.TCP{Attempts: 3, Accepted: true}, true, "", 0},
		{"answer, RST", &exchange.TCP{Attempts: 1, Accepted: true, Cut: exchange.CutByServer}, true, "", 0},
		{"one direction only", nil, false, "", 0},
	} {
		t.Run(tt.name, func(t *testing.T) {
			e, err := diagnose.New(rule.Rules(&edge.Set), diagnose.Options{})
			if err != nil {
				t.Fatal(err)
			}
			c := &exchange.Capture{Name: "trace.pcap", Format: "pcap"}
			x := &exchange.Exchange{
				At: exchange.Locator{Capture: c.Name, Frame: 4}, From: c, Sight: exchange.Timing,
				Request: exchange.Request{Method: "GET", URL: "https://jira.example.com:8443/rest/api/2/myself"},
				Conn:    &exchange.Conn{ServerAddr: "203.0.113.7", ServerPort: 8443, TCP: tt.tcp},
				Failure: &exchange.Failure{},
			}
			if tt.answered {
				x.Response, x.Failure = &exchange.Response{Status: 200}, nil
			}
			e.See(x, nil)
			causes := e.Diagnosis().Causes
			if tt.want == "" {
				if len(causes) != 0 {
					t.Errorf("%s, want no cause", causes[0].Rule.ID)
				}
				return
			}
			if len(causes) != 1 || causes[0].Rule.ID != tt.want || causes[0].Certainty != tt.certainty {
				t.Errorf("%d causes, want %s %s: %+v", len(causes), tt.want, tt.certainty, causes)
			}
		})
	}
}

// TestOtherCapture compares a client with one in another capture of the run.
func TestOtherCapture(t *testing.T) {
	e, err := diagnose.New(rule.Rules(&edge.Set), diagnose.Options{})
	if err != nil {
		t.Fatal(err)
	}
	bad, good := &exchange.Capture{Name: "build-server.har"}, &exchange.Capture{Name: "laptop.har"}
	for i, status := range []int{401, 200, 401} {
		x := &exchange.Exchange{
			At: exchange.Locator{Capture: bad.Name, Index: i}, From: bad, Client: "curl/8.5.0",
			Sight: exchange.Credentials | exchange.Cookies | exchange.Bodies,
			Request: exchange.Request{
				Method: "GET", URL: "https://jira.example.com/rest/api/2/myself",
				Header: exchange.Header{{Name: "Authorization", Value: "Basic ZnJlZDpDQU5BUlk="}},
			},
			Response: &exchange.Response{Status: status, Header: exchange.Header{{Name: "X-AREQUESTID", Value: "540x243x1"}}},
		}
		if status == 200 {
			x.At.Capture, x.From = good.Name, good
		}
		e.See(x, nil)
	}
	causes := e.Diagnosis().Causes
	if len(causes) != 1 || causes[0].Rule.ID != "only-one-client-fails" || causes[0].AccountsFor != 2 {
		t.Errorf("%+v", causes)
	}
}
