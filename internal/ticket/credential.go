package ticket

import (
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"os"
	"runtime"
	"strings"
)

// The names of settings, in the environment and in a credentials file.
const (
	EnvSite  = "WHY401_SITE"
	EnvUser  = "WHY401_USER"
	EnvToken = "WHY401_TOKEN"
)

// A Credential is what a ticket is written with. It prints as nothing.
type Credential struct {
	user, token string
	site        string // the only site it is for; "": any
}

// String keeps a credential out of every text.
func (Credential) String() string { return "[credential]" }

// GoString is String.
func (Credential) GoString() string { return "[credential]" }

// Site is the site that the settings name; "" if they name none.
func (c Credential) Site() string { return c.site }

// Kind says how the credential is sent.
func (c Credential) Kind() string {
	if c.user != "" {
		return "Basic, a user with an API token or password"
	}
	return "Bearer, a personal access token or OAuth token"
}

func (c Credential) authorization() string {
	if c.user != "" {
		return "Basic " + base64.StdEncoding.EncodeToString([]byte(c.user+":"+c.token))
	}
	return "Bearer " + c.token
}

// Credentials reads the settings from the environment, or from a file of lines
// NAME=VALUE alone if one is named. The file must be its owner's alone. Errors
// hold no value.
func Credentials(getenv func(string) string, file string) (Credential, error) {
	var c Credential
	where := "the environment"
	if file == "" {
		c = Credential{user: getenv(EnvUser), token: getenv(EnvToken), site: getenv(EnvSite)}
	} else {
		set, err := settings(file)
		if err != nil {
			return c, err
		}
		where = "the credentials file"
		c = Credential{user: set[EnvUser], token: set[EnvToken], site: set[EnvSite]}
	}
	if c.token == "" {
		return c, fmt.Errorf("%s holds no %s", where, EnvToken)
	}
	for _, v := range []struct{ name, value string }{{EnvUser, c.user}, {EnvToken, c.token}} {
		switch {
		case strings.ContainsAny(v.value, "\r\n"):
			return c, fmt.Errorf("%s in %s holds a line break", v.name, where)
		case strings.TrimSpace(v.value) != v.value:
			return c, fmt.Errorf("%s in %s begins or ends with a blank", v.name, where)
		case strings.Trim(v.value, `"'`) != v.value:
			return c, fmt.Errorf("%s in %s stands in quotes", v.name, where)
		}
	}
	switch {
	case strings.Contains(c.user, ":"):
		return c, fmt.Errorf("%s in %s holds a colon", EnvUser, where)
	case c.user == "" && strings.ContainsAny(c.token, " \t:"):
		return c, fmt.Errorf("%s in %s must be a token alone; a user goes into %s", EnvToken, where, EnvUser)
	}
	return c, nil
}

func settings(name string) (map[string]string, error) {
	f, err := os.Open(name)
	if err != nil {
		return nil, fmt.Errorf("the credentials file cannot be opened: %w", bare(err))
	}
	defer f.Close()
	info, err := f.Stat()
	switch {
	case err != nil || !info.Mode().IsRegular():
		return nil, errors.New("the credentials file is no regular file")
	case runtime.GOOS != "windows" && info.Mode().Perm()&0o077 != 0:
		return nil, fmt.Errorf("the credentials file may be read by others (mode %04o); chmod 600 it", info.Mode().Perm())
	}
	b, err := io.ReadAll(io.LimitReader(f, maxSettings+1))
	if err != nil || len(b) > maxSettings {
		return nil, errors.New("the credentials file cannot be read, or is longer than 64 KiB")
	}
	set := map[string]string{}
	for i, line := range strings.Split(strings.TrimPrefix(string(b), "\ufeff"), "\n") {
		line = strings.TrimSuffix(line, "\r")
		if line == "" || line[0] == '#' {
			continue
		}
		name, value, ok := strings.Cut(line, "=")
		switch name {
		case EnvSite, EnvUser, EnvToken:
			set[name] = value
		default:
			ok = false
		}
		if !ok {
			return nil, fmt.Errorf("the credentials file: line %d is not %s=, %s= or %s=", i+1, EnvSite, EnvUser, EnvToken)
		}
	}
	return set, nil
}

// bare takes the name out of an error of a file, which may be anything.
func bare(err error) error {
	var p *os.PathError
	if errors.As(err, &p) {
		return p.Err
	}
	return err
}
