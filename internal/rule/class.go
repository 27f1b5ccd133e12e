package rule

import (
	"github.com/why401/why401/internal/credential"
	"github.com/why401/why401/internal/redact"
)

var classNames = map[credential.Class]redact.Text{
	credential.Unrecognized:   redact.Const("no known token: a password, or a token of another system"),
	credential.APIToken:       redact.Const("Atlassian API token"),
	credential.OrgKey:         redact.Const("organisation key or Bitbucket access token"),
	credential.ServiceToken:   redact.Const("service account token"),
	credential.LegacyAPIToken: redact.Const("API token made before 2023, or a password"),
	credential.AppPassword:    redact.Const("Bitbucket app password"),
	credential.PAT:            redact.Const("Data Center personal access token"),
	credential.BitbucketPAT:   redact.Const("Bitbucket Data Center HTTP access token"),
	credential.AlignToken:     redact.Const("Jira Align API token"),
	credential.JWTToken:       redact.Const("JSON Web Token"),
	credential.TrelloKey:      redact.Const("Trello key"),
	credential.TrelloToken:    redact.Const("Trello token"),
	credential.UUIDKey:        redact.Const("UUID, as Opsgenie and Statuspage use for keys"),
	credential.SessionID:      redact.Const("session ID"),
	credential.Empty:          redact.Const("empty"),
	credential.Placeholder:    redact.Const("a placeholder that was not replaced"),
	credential.Masked:         redact.Const("masked by whoever wrote it down"),
	credential.OtherToken:     redact.Const("Atlassian token of a kind not known here"),
}

// ClassName returns what people call a class of secrets.
func ClassName(c credential.Class) redact.Text { return classNames[c] }
