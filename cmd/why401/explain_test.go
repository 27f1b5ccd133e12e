package main

import (
	"slices"
	"strings"
	"testing"

	"github.com/why401/why401/rules"
)

// TestSymptoms looks up what users write, as they write it. The first rule named
// must be the first answer, unless the line starts with "~": then it must be
// among the first three.
func TestSymptoms(t *testing.T) {
	for _, c := range []struct{ symptom, want string }{
		// What products say.
		{"Basic authentication with passwords is deprecated", "cloud-password"},
		{"Client must be authenticated to access this resource", "~cloud-credential-refused"},
		{`{"errorMessages":["You are not authenticated. Authentication required to perform this operation."],"errors":{}}`, "~no-credentials-sent"},
		{"CAPTCHA_CHALLENGE", "captcha-required"},
		{"X-Authentication-Denied-Reason: CAPTCHA_CHALLENGE; login-url=https://jira.example.com/login.jsp", "captcha-required"},
		{"AUTHENTICATED_FAILED", "~dc-credential-refused"},
		{"X-Seraph-LoginReason: AUTHENTICATION_DENIED", "~dc-login-denied"},
		{"AUTHORISATION_FAILED", "product-access-missing"},
		{"os_authType was 'any' and an invalid cookie was sent", "session-cookie-stale"},
		{"401 Unauthorized; scope does not match", "scope-missing"},
		{"403 XSRF check failed", "~xsrf-no-check-missing"},
		{"Failed to parse Connect Session Auth Token", "bearer-not-accepted"},
		{"Issue does not exist or you do not have permission to see it.", "hidden-or-missing"},
		{"The value 'OPS' does not exist for the field 'project' or you do not have permission to view it", "~hidden-or-missing"},
		{"Current user not permitted to use Confluence", "confluence-not-permitted"},
		{"Basic Authentication has been disabled on this instance.", "basic-auth-disabled"},
		{"The IP address has been rejected because it is not on the allowed list. See your admin for more information.", "ip-allowlist"},
		{"oauth_problem=signature_invalid", "oauth1-signature-invalid"},
		{`{"error":"unauthorized_client","error_description":"refresh_token is invalid"}`, "refresh-token-invalid"},
		{"The requested API has been removed. Please migrate to the /rest/api/3/search/jql API.", "endpoint-removed"},
		{"Token is invalid, expired, or not supported for this endpoint.", "bitbucket-token-refused"},
		{"Your credentials lack one or more required privilege scopes.", "scope-missing"},
		{"error code: 1006", "cloudflare-block"},
		{"Jira Align Swagger answers 401", "~align-bearer-missing"},

		// What clients say.
		{"javax.net.ssl.SSLHandshakeException: PKIX path building failed: sun.security.provider.certpath.SunCertPathBuilderException: unable to find valid certification path to requested target", "tls-untrusted-ca"},
		{`Get "https://acme.atlassian.net": x509: certificate signed by unknown authority`, "tls-untrusted-ca"},
		{"curl: (60) SSL certificate problem: unable to get local issuer certificate", "tls-untrusted-ca"},
		{"Error: getaddrinfo ENOTFOUND acme.atlasian.net", "~dns-name-not-found"},
		{"curl: (6) Could not resolve host: jira.exmaple.com", "~dns-name-not-found"},
		{`TypeError [ERR_INVALID_CHAR]: Invalid character in header content ["Authorization"]`, "authorization-line-break"},
		{"requests.exceptions.InvalidHeader: Invalid leading whitespace, reserved character(s), or return character(s) in header value", "authorization-line-break"},
		{"Received fatal alert: protocol_version", "tls-version-too-old"},
		{"java.net.ConnectException: Connection refused", "connection-refused"},
		{"json.decoder.JSONDecodeError: Expecting value: line 1 column 1 (char 0)", "login-page-answer"},
		{"SyntaxError: Unexpected token < in JSON at position 0", "login-page-answer"},
		{"fatal: Authentication failed for 'https://bitbucket.org/acme/shop.git/'", "~bitbucket-email-with-git"},
		{"Access to fetch at 'https://acme.atlassian.net' has been blocked by CORS policy", "cors-browser-call"},

		// What people say.
		{"works in Postman but not in code", "~netrc-overrides-bearer"},
		{"401 only from Jenkins", "~only-one-client-fails"},
		{"Unauthorized (401) but password is correct", "~captcha-required"},
		{"Proxy Authentication Required", "proxy-auth-required"},
		{"OSError: Tunnel connection failed: 407 Proxy Authentication Required", "proxy-auth-required"},
		{"The requested URL was rejected. Please consult with your administrator. Your support ID is: 1", "waf-block"},
		{"search returns 200 but no issues", "answered-as-anonymous"},
		{"echo | base64 token does not work", "basic-newline"},
		{"personal access token as password in Jira Data Center", "~pat-sent-as-basic"},
		{"bearer api token cloud", "~api-token-as-bearer"},

		// Statuses.
		{"401", "basic-newline"},
		{"HTTP 407 Proxy Authentication Required", "proxy-auth-required"},
		{"410 Gone", "endpoint-removed"},
		{"HTTP/1.1 429 Too Many Requests", "rate-limited"},
	} {
		t.Run(c.symptom, func(t *testing.T) {
			var got []string
			if top := topicOf(c.symptom); len(top.rules) > 0 {
				got = top.rules
			} else {
				for _, r := range search(rules.All(), c.symptom) {
					got = append(got, r.ID)
				}
			}
			want, loose := strings.CutPrefix(c.want, "~")
			first := 1
			if loose {
				first = 3
			}
			if got = got[:min(len(got), first)]; !slices.Contains(got, want) {
				t.Errorf("got %v, want %s", got, want)
			}
		})
	}
}

// TestPointers checks that topics and sayings name rules that exist.
func TestPointers(t *testing.T) {
	var named []string
	for _, top := range topics {
		named = append(named, top.rules...)
	}
	for _, s := range sayings {
		named = append(named, strings.Fields(s.rules)...)
	}
	for _, id := range named {
		if byID(rules.All(), id) == nil {
			t.Errorf("no rule %s", id)
		}
	}
}
