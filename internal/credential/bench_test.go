package credential

import (
	"encoding/base64"
	"strings"
	"testing"

	"github.com/why401/why401/internal/exchange"
)

// typical is a request of a script as a HAR shows it: some fifteen fields, one
// healthy Basic pair, no session.
func typical(auth string) *exchange.Request {
	return &exchange.Request{
		Method: "GET",
		URL:    "https://your-domain.atlassian.net/rest/api/3/search/jql?jql=project%20%3D%20A&maxResults=50&fields=summary",
		Header: exchange.Header{
			{Name: "Host", Value: "your-domain.atlassian.net"},
			{Name: "User-Agent", Value: "Mozilla/5.0 (X11; Linux x86_64)"},
			{Name: "Accept", Value: "application/json"},
			{Name: "Accept-Language", Value: "en-US,en;q=0.5"},
			{Name: "Accept-Encoding", Value: "gzip, deflate, br, zstd"},
			{Name: "Authorization", Value: auth},
			{Name: "Connection", Value: "keep-alive"},
			{Name: "Content-Type", Value: "application/json"},
			{Name: "Cache-Control", Value: "no-cache"},
			{Name: "Pragma", Value: "no-cache"},
			{Name: "X-Requested-With", Value: "XMLHttpRequest"},
			{Name: "X-Atlassian-Token", Value: "no-check"},
			{Name: "Sec-Fetch-Dest", Value: "empty"},
			{Name: "Sec-Fetch-Mode", Value: "cors"},
			{Name: "Priority", Value: "u=4"},
			{Name: "Cookie", Value: "atlassian.xsrf.token=CANARY_lin; ajs_anonymous_id=CANARY; JSESSIONID=0123456789ABCDEF0123456789ABCDEF; AWSALB=CANARY; theme=dark"},
		},
	}
}

func basic(pair string) string {
	return "Basic " + base64.StdEncoding.EncodeToString([]byte(pair))
}

func BenchmarkOf(b *testing.B) {
	token := apiToken(7)
	for _, bb := range []struct {
		name string
		auth string
	}{
		{"basic-password", basic("fred@example.com:CANARY-Harbour-26")},
		{"basic-token", basic("fred@example.com:" + token)},
		{"basic-newline", basic("fred@example.com:" + token + "\n")},
		{"bearer-pat", "Bearer " + pat(3)},
		{"bearer-jwt", "Bearer " + jwt(`{"iss":"https://auth.atlassian.com","exp":1767225600}`)},
		{"jwt-asked", "Bearer " + jwt(`{"iss":"https://auth.atlassian.com","exp":1767225600,"aud":"a","scope":"read:jira-work"}`)},
	} {
		b.Run(bb.name, func(b *testing.B) {
			r := typical(bb.auth)
			b.ReportAllocs()
			for b.Loop() {
				a := Of(r)
				if bb.name == "jwt-asked" && a.Main().JWT() == nil {
					b.Fatal("no token")
				}
			}
		})
	}
}

func BenchmarkOfNothing(b *testing.B) {
	r := typical("")
	r.Header = append(r.Header[:5:5], r.Header[6:15]...)
	b.ReportAllocs()
	for b.Loop() {
		Of(r)
	}
}

func BenchmarkFlawsHealthy(b *testing.B) {
	c := Parse(InAuthorization, 0, "Authorization", basic("fred@example.com:"+apiToken(7)))
	b.ReportAllocs()
	for b.Loop() {
		if c.Flaws() != nil || c.Basic.Flaws() != nil {
			b.Fatal("flaws")
		}
	}
}

func BenchmarkParseHuge(b *testing.B) {
	for _, bb := range []struct{ name, value string }{
		{"base64", "Basic " + strings.Repeat("bWVA", 1<<18)},
		{"blanks", "Basic" + strings.Repeat(" ", 1<<20) + "x"},
		{"commas", "Bearer " + strings.Repeat(", ", 1<<19)},
		{"dots", "Bearer eyJ" + strings.Repeat(".eyJ", 1<<18)},
		{"percent", "Basic " + strings.Repeat("%3D", 1<<18)},
		{"stars", strings.Repeat("*", 1<<20)},
		{"oauth", "OAuth oauth_a=" + strings.Repeat(`"b",c=`, 1<<17)},
	} {
		b.Run(bb.name, func(b *testing.B) {
			b.SetBytes(int64(len(bb.value)))
			for b.Loop() {
				c := Parse(InAuthorization, 0, "Authorization", bb.value)
				c.Flaws()
				c.JWT()
				c.Joined()
				c.Normalized()
			}
		})
	}
}
