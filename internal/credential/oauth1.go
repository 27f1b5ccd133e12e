package credential

import "strings"

// MaxOAuthParams is the number of parameters of an OAuth 1.0a header that are
// kept. The protocol has nine.
const MaxOAuthParams = 64

// oauth1Params reports whether param, after the word OAuth, is a list of
// parameters and not a key.
func oauth1Params(param string) bool {
	if strings.IndexByte(param, '=') < 0 {
		return false
	}
	return strings.Contains(param, "oauth_") || hasPrefixFold(param, "realm=")
}

// parseOAuth1 reads name="value" pairs between commas (RFC 5849, section
// 3.5.1). Names and values are percent-decoded; quotes may be missing.
func parseOAuth1(param string) []OAuthParam {
	var list []OAuthParam
	for param != "" && len(list) < MaxOAuthParams {
		var item string
		item, param = untilComma(param)
		item = trimBlank(item)
		if item == "" {
			continue
		}
		name, value, _ := strings.Cut(item, "=")
		value = trimBlank(value)
		if strings.HasPrefix(value, `"`) {
			value = strings.TrimSuffix(value[1:], `"`)
		}
		list = append(list, OAuthParam{unescape(trimBlank(name), false), unescape(value, false)})
	}
	return list
}

// untilComma cuts s at the first comma outside quotes.
func untilComma(s string) (item, rest string) {
	inQuotes := false
	for i := 0; i < len(s); i++ {
		switch s[i] {
		case '"':
			inQuotes = !inQuotes
		case ',':
			if !inQuotes {
				return s[:i], s[i+1:]
			}
		}
	}
	return s, ""
}

// OAuth1Param returns the value of the first OAuth 1.0a parameter called name and
// whether there is one.
func (c *Credential) OAuth1Param(name string) (string, bool) {
	for i := range c.OAuth1 {
		if c.OAuth1[i].Name == name {
			return c.OAuth1[i].Value, true
		}
	}
	return "", false
}
