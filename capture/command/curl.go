package command

import (
	"encoding/base64"
	"strings"

	"github.com/why401/why401/internal/exchange"
)

// takesValue are the short options of curl that have a value (curl.1).
const takesValue = "AbcCdDeEFhHKmoPQrtTuUwxXyYz"

// valued are the long options of curl and wget with a value that are not looked
// into; without them the value would be taken for the URL.
var valued = pattern(`^--(cacert|capath|cert|cert-type|key|key-type|pass|ciphers|tls13-ciphers|tls-max|connect-timeout|connect-to|cookie-jar|dump-header|interface|limit-rate|max-time|max-redirs|noproxy|output|output-dir|output-document|output-file|preproxy|proxy|proxy-user|proxy-header|referer|resolve|retry|retry-delay|retry-max-time|socks5|socks5-hostname|socks4|stderr|trace|trace-ascii|upload-file|write-out|range|form|form-string|aws-sigv4|service-name|time-cond|tries|timeout|ca-certificate|certificate|private-key|save-cookies|unix-socket|dns-servers|pinnedpubkey|proto|proto-default|rate|continue-at|local-port|parallel-max|keepalive-time|expect100-timeout|happy-eyeballs-timeout-ms|doh-url|login-options|netrc-file|config|oauth2-bearer|user|header|data|data-raw|data-binary|data-ascii|data-urlencode|json|request|url|url-query|cookie|user-agent|method|body-data|post-data|body-file|post-file|password|http-user|http-password|load-cookies|execute)$`)

// shell reads the words of a command for curl or wget, of which the first is its
// name; to is where it ends.
func shell(words []word, to int, wget bool) Pasted {
	d := &draft{agent: "curl"}
	if wget {
		d.agent = "wget"
	}
	var wgetUser, wgetPassword *word
	preempt, get := !wget, false
	for i := 1; i < len(words); i++ {
		w := words[i]
		name, value := w.text, word{}
		switch {
		case len(name) < 2 || name[0] != '-':
			d.target(w)
			continue
		case strings.HasPrefix(name, "--"):
			if n, v, ok := strings.Cut(name, "="); ok && wget {
				name, value = n, word{text: v, open: w.open, slip: w.slip}
			} else if valued().MatchString(name) && i+1 < len(words) {
				i++
				value = words[i]
			}
		default: // -sSu user, -uuser
			short := name
			name = ""
			for j := 1; j < len(short); j++ {
				name = "-" + short[j:j+1]
				if strings.IndexByte(takesValue, short[j]) >= 0 && !(wget && short[j] != 'O' && short[j] != 'o' && short[j] != 'U') {
					if j+1 < len(short) {
						value = word{text: short[j+1:], open: w.open, slip: w.slip}
					} else if i+1 < len(words) {
						i++
						value = words[i]
					}
					break
				}
				if !wget {
					d.flag(name, &get)
				}
			}
		}
		switch name {
		case "-H", "--header":
			d.headerLine(value)
		case "-u", "--user", "--http-user":
			if wget {
				wgetUser = &value
			} else {
				d.user = &value
			}
		case "--password", "--http-password":
			wgetPassword = &value
		case "--auth-no-challenge":
			preempt = true
		case "--oauth2-bearer":
			d.bearer = &value
		case "-b", "--cookie":
			switch {
			case strings.Contains(value.text, "="):
				d.field("Cookie", value)
			default: // a file of cookies
				d.file(NoteCookieFile, exchange.Cookies)
			}
		case "--load-cookies":
			d.file(NoteCookieFile, exchange.Cookies)
		case "-K", "--config":
			d.file(NoteConfigFile, exchange.Credentials|exchange.Cookies)
		case "--netrc-file":
			d.file(NoteNetrc, exchange.Credentials)
		case "-x", "--proxy", "--preproxy", "--socks5", "--socks5-hostname", "--socks4":
			if !wget {
				d.note(NoteProxy)
			}
		case "-X", "--request", "--method":
			d.method = value.text
		case "-d", "--data", "--data-raw", "--data-binary", "--data-ascii", "--data-urlencode", "--json", "--post-data", "--body-data":
			d.data(name, value)
		case "-F", "--form", "-T", "--upload-file", "--post-file", "--body-file":
			d.hasBody = d.hasBody || name[1] != 'T' && name != "--upload-file"
			if d.method == "" && !d.hasBody {
				d.method = "PUT"
			}
		case "-A", "--user-agent", "-U":
			if name != "-U" || wget {
				d.field("User-Agent", value)
			}
		case "-e", "--referer":
			d.field("Referer", value)
		case "--url":
			d.target(value)
		default:
			if !wget || strings.HasPrefix(name, "--") { // -k and -n of wget are something else
				d.flag(name, &get)
			}
		}
	}
	if wget {
		d.wgetPair(wgetUser, wgetPassword, preempt)
	}
	d.credentials()
	if !wget && !d.literal {
		d.url = globs.Replace(d.url)
	}
	if get && d.hasBody {
		if d.url != "" && len(d.body) > 0 {
			d.url += map[bool]string{true: "&", false: "?"}[strings.Contains(d.url, "?")] + string(d.body)
		}
		d.hasBody, d.form, d.body = false, false, nil
	}
	return d.done(to)
}

// globs takes the backslashes off that keep curl from expanding brackets.
var globs = strings.NewReplacer(`\[`, "[", `\]`, "]", `\{`, "{", `\}`, "}")

func (d *draft) flag(name string, get *bool) {
	switch name {
	case "-n", "--netrc", "--netrc-optional":
		d.file(NoteNetrc, exchange.Credentials)
	case "-k", "--insecure", "--proxy-insecure", "--no-check-certificate":
		d.note(NoteNoVerify)
	case "-G", "--get":
		*get = true
	case "-g", "--globoff":
		d.literal = true
	case "-I", "--head":
		d.method = "HEAD"
	case "--anyauth", "--digest", "--ntlm", "--negotiate":
		// The first request goes without credentials, or with others.
		d.hidden |= exchange.Credentials
		d.user = nil
	}
}

// file remarks that a file, which is not read, may add parts to the request.
func (d *draft) file(k exchange.NoteKind, parts exchange.Sight) {
	d.hidden |= parts
	d.note(k)
}

// target takes the URL; only the first one of a command counts.
func (d *draft) target(w word) {
	if d.url != "" || w.text == "" {
		return
	}
	if w.open {
		d.unresolved++
		d.openURL = true
	}
	d.url = w.text
}

func (d *draft) headerLine(w word) {
	name, value, ok := strings.Cut(w.text, ":")
	switch {
	case strings.HasPrefix(w.text, "@") && !w.open: // curl reads the fields from a file
		d.file(NoteHeaderFile, exchange.Credentials|exchange.Cookies)
	case !ok && w.open:
		d.field(w.text, word{open: true})
		d.hidden |= exchange.Credentials | exchange.Cookies
	case !ok:
		if n, empty := strings.CutSuffix(w.text, ";"); empty {
			d.field(n, word{})
		} // curl drops a line without a colon
	case strings.TrimSpace(value) == "" && !w.open: // curl removes the field
	default:
		d.field(name, word{strings.TrimLeft(value, " \t"), w.open, w.slip})
	}
}

func (d *draft) data(option string, w word) {
	if w.open {
		d.unresolved++
	}
	if option == "--json" {
		d.field("Content-Type", word{text: "application/json"})
	} else {
		d.form = true
	}
	if d.hasBody && len(d.body) > 0 && option != "--json" {
		d.body = append(d.body, '&')
	}
	d.hasBody = true
	if option != "--data-raw" && strings.HasPrefix(w.text, "@") {
		return // a file
	}
	d.body = append(d.body, w.text...)
}

// credentials adds what -u and --oauth2-bearer make of the request. A field
// that was given with -H takes their place.
func (d *draft) credentials() {
	if d.header.Has("Authorization") {
		return
	}
	if w := d.bearer; w != nil {
		d.field("Authorization", word{text: "Bearer " + w.text, open: w.open})
		return
	}
	if w := d.user; w != nil {
		if !strings.Contains(w.text, ":") && !w.open {
			// curl asks for the password.
			d.unresolved++
			d.hidden |= exchange.Credentials
			return
		}
		d.field("Authorization", word{text: "Basic " + base64.StdEncoding.EncodeToString([]byte(w.text)), open: w.open})
	}
}

func (d *draft) wgetPair(user, password *word, preempt bool) {
	switch {
	case user == nil: // it may take one of ~/.netrc
		d.hidden |= exchange.Credentials
	case password == nil:
		d.hidden |= exchange.Credentials
	case preempt:
		d.user = &word{text: user.text + ":" + password.text, open: user.open || password.open}
	}
}
