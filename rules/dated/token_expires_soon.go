package dated

import (
	"encoding/json"
	"strings"
	"time"

	"github.com/why401/why401/internal/redact"
	"github.com/why401/why401/internal/rule"
	"github.com/why401/why401/internal/target"
)

// spare is the tenth part of a lifetime: less than that is soon.
const spare = 10

var _ = Set.Add(&rule.Rule{
	ID:    "token-expires-soon",
	Title: "The token will expire soon",
	Doc: `The token works now, and less than a tenth of its life is left. Requests will be refused when it has ended.

Access tokens that can be read (JWT) tell both their times; tokens of Connect apps, which live for minutes and are
made for each request, are not reported. Of personal access tokens the server lists the times under
` + "`/rest/pat/latest/tokens`" + `: where a capture holds such an answer, those that end soon are counted.`,
	Area: rule.Time, Severity: rule.Info,
	Layer: rule.LayerRate, // that the login was accepted does not speak against it
	When:  rule.Answered | rule.Is2xx,
	Fix:   []rule.Fix{renewPersonal, renewAccess},
	References: []rule.Reference{
		{Title: "Using personal access tokens", URL: "https://confluence.atlassian.com/enterprise/using-personal-access-tokens-1026032365.html"},
	},
	Since:    "0.1",
	Formerly: []string{"token-about-to-expire"},
	Each: func(p *rule.Pass, s *rule.Subject) {
		if s.Has(rule.Failing) {
			return
		}
		now := s.Time()
		if now.IsZero() {
			return
		}
		if s.Is(target.DataCenter) && strings.HasSuffix(strings.TrimSuffix(s.Target.Path, "/"), "/rest/pat/latest/tokens") {
			listed(p, s, now)
			return
		}
		if !s.Has(rule.OffersBearer) {
			return
		}
		j, ok := sent(s)
		if !ok || j.QSH != "" || j.IssuedAt == 0 || j.Expires >= milliseconds {
			return
		}
		if made, ends := time.Unix(j.IssuedAt, 0), time.Unix(j.Expires, 0); soon(made, ends, now) {
			p.Report(s, rule.Finding{
				Certainty: rule.Proven, Message: redact.Const("Less than a tenth of the life of the access token is left."),
				Evidence: []rule.Evidence{j.at(redact.Sprintf("good until %s, sent at %s", redact.Unix(j.Expires), redact.Time(now)), redact.Text{})},
				Fix:      []rule.Fix{renewAccess},
			})
		}
	},
})

// soon reports whether now is in the last tenth between made and ends.
func soon(made, ends, now time.Time) bool {
	return made.Before(ends) && now.Before(ends) && now.After(made) && ends.Sub(now) < ends.Sub(made)/spare
}

// listed counts the tokens that end soon in the list that the server gives.
func listed(p *rule.Pass, s *rule.Subject, now time.Time) {
	if !s.Has(rule.HasBody) {
		return
	}
	var tokens []struct {
		Created string `json:"createdAt"`
		Ends    string `json:"expiringAt"`
	}
	if json.Unmarshal(s.Response.Body.Head, &tokens) != nil {
		return
	}
	n := 0
	for _, t := range tokens {
		made, err := moment(t.Created)
		ends, err2 := moment(t.Ends)
		if err == nil && err2 == nil && soon(made, ends, now) {
			n++
		}
	}
	if n > 0 {
		p.Report(s, rule.Finding{
			Certainty: rule.Proven, Message: redact.Const("Less than a tenth of the life of a personal access token is left."),
			Evidence: []rule.Evidence{s.Part(redact.Const("response body, expiringAt"), redact.Count(n, "token that ends soon", "tokens that end soon"), redact.Text{})},
			Fix:      []rule.Fix{renewPersonal},
		})
	}
}

// moment reads a time as Data Center writes it.
func moment(text string) (time.Time, error) {
	t, err := time.Parse(time.RFC3339, text)
	if err != nil {
		t, err = time.Parse("2006-01-02T15:04:05.999Z0700", text)
	}
	return t, err
}

var (
	renewPersonal = rule.Fix{
		Who: rule.Caller,
		Do:  redact.Const("Create a new personal access token before this one ends (Profile > Personal access tokens), and give it to the client"),
	}
	renewAccess = rule.Fix{
		Who: rule.Caller,
		Do:  redact.Const("Let the program get a new access token with the refresh token before this one ends"),
	}
)
