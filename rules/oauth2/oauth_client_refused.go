package oauth2

import (
	"strings"

	"github.com/why401/why401/internal/credential"
	"github.com/why401/why401/internal/exchange"
	"github.com/why401/why401/internal/redact"
	"github.com/why401/why401/internal/rule"
	"github.com/why401/why401/internal/target"
)

var _ = Set.Add(&rule.Rule{
	ID:    "oauth-client-refused",
	Title: "The client ID or the client secret was refused",
	Doc: `An app that asks for a token proves who it is by its client ID and client secret. auth.atlassian.com wants them in the
JSON body of the request, Bitbucket as user name and password of Basic. With a wrong secret, one of another app, or
one in the wrong place there is no token, and what comes after it fails, too.

The token server says so: ` + "`invalid_client`" + `, ` + "`access_denied`" + ` in reply to a request for a token, or,
at Bitbucket, ` + "`Invalid OAuth client credentials`" + `. ` + "`access_denied`" + ` on the way back from the consent
page is a user who said no, and is not reported, nor is a client that asks Cloud for Data Center (self-hosted) or the
reverse (dc-oauth-wrong-endpoint). ` + "`unauthorized_client`" + ` speaks of what an app may do and not of who it is.`,
	Area: rule.OAuth2, Severity: rule.Error,
	Products: tokenServers | target.DataCenter,
	When:     rule.Answered | rule.HasBody,
	Needs:    exchange.Bodies,
	Explains: []string{"bearer-token-missing"},
	Fix: []rule.Fix{{
		Who: rule.Caller,
		Do:  redact.Const("Copy client ID and secret again from the settings of the app, and send them where the server wants them: at auth.atlassian.com in the JSON body, at Bitbucket as Basic"),
		Command: redact.Const(`# Bitbucket; at Atlassian the JSON body has client_id and client_secret
curl -s -u "$CLIENT_ID:$CLIENT_SECRET" -d grant_type=client_credentials https://bitbucket.org/site/oauth2/access_token`),
		PowerShell: redact.Const(`# Bitbucket; at Atlassian the JSON body has client_id and client_secret
curl.exe -s -u "${clientId}:$clientSecret" -d grant_type=client_credentials https://bitbucket.org/site/oauth2/access_token`),
	}},
	References: []rule.Reference{
		{Title: "RFC 6749, section 5.2", URL: "https://www.rfc-editor.org/rfc/rfc6749#section-5.2"},
		threeLO,
		{Title: "n8n-io/n8n#37513", URL: "https://github.com/n8n-io/n8n/pull/37513"},
	},
	Since:    "0.1",
	Formerly: []string{"oauth2-client-auth-failed"},
	Each: func(p *rule.Pass, s *rule.Subject) {
		if s.OAuth == nil || s.Target.API != target.OAuthToken || !failed(s) || otherDeployment(s) != here {
			return
		}
		switch code, text := s.OAuth.Error(); {
		case code == "invalid_client":
		case code == "access_denied" && !strings.Contains(text, "user"):
		case code == "unauthorized_client" && strings.Contains(text, "client credentials"):
		default:
			return
		}
		e := []rule.Evidence{s.StatusLine(redact.Const("200")), errorCode(s)}
		message := redact.Const("The token server does not take client ID and secret: one of them is wrong, or they belong to different apps.")
		basic := s.Authorization != nil && s.Authorization.Scheme == credential.Basic
		sent := s.OAuth.Sent
		body := redact.Const("request body, client_secret")
		switch {
		case s.Target.Product != target.OAuthServer || sent == nil || sent["client_secret"] != "" || sent["client_assertion"] != "":
		case basic:
			message = redact.Const("The token server does not take client ID and secret: they were sent as Basic, and it wants them in the body.")
			e = append(e, s.Part(body, redact.Const("absent, while there is an Authorization header"), redact.Const("the client secret")))
		default:
			message = redact.Const("The token server does not take the client: no client secret was sent.")
			e = append(e, s.Part(body, redact.Const("absent"), redact.Const("the client secret")))
		}
		p.Proven(s, message, e...)
	},
})
