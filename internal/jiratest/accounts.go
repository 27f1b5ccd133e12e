package jiratest

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"hash/crc32"
	"math/rand/v2"
	"strings"
	"time"
)

// Accounts are the people and programs that the products know, with what each
// of them may log in with.
type Accounts struct {
	// Jo has an account at the Cloud site.
	Jo CloudUser
	// Robot is a service account there; of its secrets only Scoped is set, which
	// works as Bearer at the gateway.
	Robot CloudUser
	// Gone was deactivated; the tokens are well formed and refused.
	Gone CloudUser
	// Clerk may do everything an ordinary user of Data Center may.
	Clerk ServerUser
	// Admin administers Data Center.
	Admin ServerUser
	// Left is inactive in Data Center.
	Left ServerUser
	// Locked must solve a CAPTCHA before the right password is looked at.
	Locked ServerUser
	// Guest has a right password, but may not use Jira Data Center.
	Guest ServerUser

	AlignToken   string // user:ID|secret, without the word bearer
	AlignExpired string // the same, no longer valid
	OrgKey       string // key of the organisation, for the admin API
	RepoToken    string // access token of the repository acme/demo
	CloudID      string // id of the Cloud site
	DeadSession  string // JSESSIONID of a session that has ended
}

// CloudUser is an Atlassian account.
type CloudUser struct {
	Email, Password string
	Username        string // of the days before e-mail addresses; and that at Bitbucket
	ID              string // account id
	Name            string
	Token           string // API token without scopes: for the site
	Scoped          string // API token with scopes: for the gateway; it may read and not write
	Bitbucket       string // API token with scopes for repositories of Bitbucket
	Expired         string // API token whose time is over
	OAuth           string // OAuth 2.0 access token: for the gateway
	OAuthExpired    string
}

// ServerUser is a user of Data Center.
type ServerUser struct {
	Name, Email, Password string
	Display               string
	PAT, ExpiredPAT       string
}

// Basic returns the value of Authorization for a pair.
func Basic(user, password string) string {
	return "Basic " + base64.StdEncoding.EncodeToString([]byte(user+":"+password))
}

func newAccounts(seed uint64, now time.Time) Accounts {
	r := rand.New(rand.NewPCG(seed, 401))
	cloud := func(email, username, name, id string) CloudUser {
		return CloudUser{
			Email: email, Username: username, Name: name, ID: id,
			Password: fmt.Sprintf("CANARY-Harbour-%02d!", r.IntN(100)),
			Token:    apiToken(r, "ATATT3xFfGF0"), Scoped: apiToken(r, "ATATT3xFfGF0"),
			Bitbucket: apiToken(r, "ATATT3xFfGF0"), Expired: apiToken(r, "ATATT3xFfGF0"),
			OAuth: jwt(r, id, now.Add(-time.Minute)), OAuthExpired: jwt(r, id, now.Add(-3*time.Hour)),
		}
	}
	n := 400
	server := func(name, display string) ServerUser {
		n += 2
		return ServerUser{
			Name: name, Email: name + "@example.com", Display: display,
			Password: fmt.Sprintf("CANARY-Lighthouse-%02d!", r.IntN(100)),
			PAT:      pat(r, n-1), ExpiredPAT: pat(r, n),
		}
	}
	return Accounts{
		Jo: cloud("jo.doe@example.com", "jodoe", "Jo Doe", "712020:0c9a1f7e-5d1c-4d1e-9a53-2f0a6f1e4c01"),
		Robot: CloudUser{
			Email: "reports-abc123@serviceaccount.atlassian.com", Name: "Reports", ID: "712020:5e0f43aa-01c2-4b19-8d0b-6c1d2e3f4a5b",
			Scoped: apiToken(r, "ATSTT3xFfGN0"),
		},
		Gone:         cloud("al.roe@example.com", "alroe", "Al Roe", "712020:9b1d7c55-8e0a-4f6b-a1b2-c3d4e5f60718"),
		Clerk:        server("svc-ci", "CI Service"),
		Admin:        server("root-admin", "Admin"),
		Left:         server("mlee", "M Lee"),
		Locked:       server("svc-nightly", "Nightly"),
		Guest:        server("guest", "Guest"),
		AlignToken:   align(r, 661800),
		AlignExpired: align(r, 661801),
		OrgKey:       apiToken(r, "ATCTT3xFfGN0"),
		RepoToken:    apiToken(r, "ATCTT3xFfGN0"),
		CloudID:      "11223344-a1b2-4b33-8444-def123456789",
		DeadSession:  sessionID(r),
	}
}

const letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"

func random(r *rand.Rand, alphabet string, n int) string {
	b := make([]byte, n)
	for i := range b {
		b[i] = alphabet[r.IntN(len(alphabet))]
	}
	return string(b)
}

// apiToken makes a token with a right checksum.
func apiToken(r *rand.Rand, prefix string) string {
	t := prefix + "CANARY" + random(r, letters+"_-", 160) + "="
	return t + fmt.Sprintf("%08X", crc32.ChecksumIEEE([]byte(t)))
}

// tokenLike reports whether the edge of Cloud takes a password for an API token:
// those of today, and those of 24 letters and digits.
func tokenLike(t string) bool {
	if len(t) == 24 {
		return strings.Trim(t, letters) == ""
	}
	n := len(t) - 8
	if n < 20 || t[0] != 'A' || t[1] != 'T' || t[5] != '3' || strings.Trim(t, letters+"_-=") != "" {
		return false
	}
	return fmt.Sprintf("%08X", crc32.ChecksumIEEE([]byte(t[:n]))) == t[n:]
}

// pat makes a personal access token: base64 of an id of twelve digits, a colon
// and twenty bytes.
func pat(r *rand.Rand, id int) string {
	b := fmt.Appendf(nil, "%012d:%c", 900_000_000_000+id, 'A'+r.IntN(26))
	b = append(b, "CANARY"...)
	for len(b) < 33 {
		b = append(b, byte(r.Uint32()))
	}
	return base64.StdEncoding.EncodeToString(b)
}

// align makes a token of Jira Align, which may hold any symbol but quotes.
func align(r *rand.Rand, id int) string {
	return fmt.Sprintf("user:%d|CANARY%s[NOT&real~token(%s!", id, random(r, letters, 12), random(r, letters, 8))
}

// sessionID makes an id like those of Tomcat that [visitorID] has not made.
func sessionID(r *rand.Rand) string {
	for {
		if id := random(r, "0123456789ABCDEF", 32); !visitor(id) {
			return id
		}
	}
}

// visitorID makes the session id of somebody who is not logged in. It carries a
// checksum, so that none of them need be remembered.
func visitorID(n uint64) string {
	head := fmt.Sprintf("%016X%08X", (n+1)*0x9e3779b97f4a7c15, crc32.ChecksumIEEE(fmt.Append(nil, n)))
	return head + fmt.Sprintf("%08X", crc32.ChecksumIEEE([]byte(head)))
}

func visitor(id string) bool {
	return len(id) == 32 && fmt.Sprintf("%08X", crc32.ChecksumIEEE([]byte(id[:24]))) == id[24:]
}

// jwt makes an access token like those of Atlassian's OAuth server, with a
// signature that nobody could check: RS256 with a key of 2048 bits makes 256 bytes.
func jwt(r *rand.Rand, account string, issued time.Time) string {
	part := func(v any) string {
		b, err := json.Marshal(v)
		if err != nil {
			panic("jiratest: " + err.Error())
		}
		return base64.RawURLEncoding.EncodeToString(b)
	}
	return part(map[string]any{"kid": "CANARY", "typ": "JWT", "alg": "RS256"}) + "." + part(map[string]any{
		"jti": "CANARY-" + random(r, letters, 12), "sub": account, "iss": "https://auth.atlassian.com", "aud": "CANARY",
		"iat": issued.Unix(), "nbf": issued.Unix(), "exp": issued.Add(time.Hour).Unix(),
		"scope": "read:jira-work read:jira-user offline_access", "https://id.atlassian.com/ati": "CANARY",
	}) + "." + base64.RawURLEncoding.EncodeToString(noise(r, 256))
}

func noise(r *rand.Rand, n int) []byte {
	b := make([]byte, n)
	for i := range b {
		b[i] = byte(r.Uint32())
	}
	return b
}
