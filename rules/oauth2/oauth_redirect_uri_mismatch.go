package oauth2

import (
	"strings"

	"github.com/why401/why401/internal/exchange"
	"github.com/why401/why401/internal/redact"
	"github.com/why401/why401/internal/rule"
	"github.com/why401/why401/internal/target"
)

var _ = Set.Add(&rule.Rule{
	ID:    "oauth-redirect-uri-mismatch",
	Title: "The callback URL is not the registered one",
	Doc: `After the user has given consent, the login server sends the browser back to the callback URL of the app. It does so
only if the ` + "`redirect_uri`" + ` of the request is one that was registered for the app, byte by byte: a slash at
the end, http for https or another port is another URL. The request that exchanges the code must name the same URL
once more.

It is proven by an error that names ` + "`redirect_uri`" + ` (in the answer, or in the URL of the error page that the
browser is sent to), and by a refused exchange whose ` + "`redirect_uri`" + ` is another than in the request for
consent of the same app in the same capture.`,
	Area: rule.OAuth2, Severity: rule.Error, Layer: rule.LayerURL,
	Products: tokenServers | target.SetOf(target.BitbucketWeb) | target.DataCenter,
	Needs:    exchange.Bodies,
	Explains: []string{"oauth-code-spent", "oauth-client-refused", "bearer-token-missing"},
	Fix: []rule.Fix{{
		Who: rule.Caller,
		Do:  redact.Const("Register the callback URL exactly as the program sends it (developer.atlassian.com/console > Authorization), and send the same one with the code"),
	}},
	References: []rule.Reference{
		{Title: "RFC 6749, section 4.1.3", URL: "https://www.rfc-editor.org/rfc/rfc6749#section-4.1.3"},
		threeLO,
		{Title: "atlassian/atlassian-mcp-server#246", URL: "https://github.com/atlassian/atlassian-mcp-server/issues/246"},
	},
	Since:    "0.1",
	Formerly: []string{"oauth2-redirect-uri-mismatch"},
	Over: func(p *rule.Pass, ses *rule.Session) {
		asked := map[string]*rule.Subject{} // by client id: the last request for consent
		for _, s := range ses.Subjects {
			if !s.Is(tokenServers | target.SetOf(target.BitbucketWeb) | target.DataCenter) {
				continue
			}
			if sent := s.OAuth; sent != nil && strings.HasSuffix(s.Target.Path, "/authorize") {
				asked[sent.Sent["client_id"]] = s
			}
			if e, ok := namesCallback(s); ok {
				p.Proven(s, redact.Const("The login server does not know the callback URL of the request for this app."), e...)
				continue
			}
			if s.OAuth == nil || s.Target.API != target.OAuthToken || !failed(s) || grant(s) != "authorization_code" {
				continue
			}
			consent := asked[s.OAuth.Sent["client_id"]]
			if consent == nil {
				continue
			}
			if now, then := s.OAuth.Sent["redirect_uri"], consent.OAuth.Sent["redirect_uri"]; now != then && then != "" {
				p.Proven(s, redact.Const("The callback URL in the exchange of the code is another than in the request for consent."),
					s.Part(redact.Const("request body, redirect_uri"), callback(now), redact.Const("the same as in the request for consent")),
					consent.Part(redact.Const("request URL, redirect_uri"), callback(then), redact.Text{}),
					errorCode(s))
			}
		}
	},
})

// callback shows an address that may be missing.
func callback(address string) redact.Text {
	if address == "" {
		return redact.Const("absent")
	}
	return redact.URL(address)
}

// namesCallback reports whether the answer is an error that names redirect_uri.
func namesCallback(s *rule.Subject) ([]rule.Evidence, bool) {
	if s.Response == nil {
		return nil, false
	}
	names := func(text string) bool {
		text = strings.ToLower(text)
		return strings.Contains(text, "redirect_uri") || strings.Contains(text, "redirect uri") || strings.Contains(text, "callback url")
	}
	const part = "an error that names redirect_uri"
	if s.Has(rule.Is3xx) {
		// The error is in the address of the page that tells the user.
		_, query, _ := strings.Cut(s.Answer("Location"), "?")
		if _, text, ok := strings.Cut(query, "error_description="); ok && strings.Contains(query, "error=") {
			text, _, _ = strings.Cut(text, "&")
			if names(strings.NewReplacer("%20", " ", "+", " ", "%5F", "_").Replace(text)) {
				return []rule.Evidence{s.Part(redact.Const("response header Location, error_description"), redact.Const(part), redact.Const("the callback URL with a code"))}, true
			}
		}
		return nil, false
	}
	if !failed(s) {
		return nil, false
	}
	if s.OAuth != nil && s.Target.API == target.OAuthToken {
		if _, text := s.OAuth.Error(); names(text) {
			return []rule.Evidence{s.StatusLine(redact.Const("200")), s.Part(redact.Const("response body, error_description"), redact.Const(part), redact.Const("access_token"))}, true
		}
		return nil, false
	}
	if strings.HasSuffix(s.Target.Path, "/authorize") && (s.Says("redirect_uri") || s.Says("redirect uri") || s.Says("callback url")) {
		return []rule.Evidence{s.StatusLine(redact.Const("302")), s.Part(redact.Const("response body"), redact.Const(part), redact.Text{})}, true
	}
	return nil, false
}
