package main

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/why401/why401/capture/command"
	"github.com/why401/why401/internal/credential"
	"github.com/why401/why401/internal/exchange"
	"github.com/why401/why401/internal/redact"
	"github.com/why401/why401/internal/rule"
	"github.com/why401/why401/rules"
)

// maxLine is the longest value that decode reads.
const maxLine = 1 << 20

func newDecode(io stdio) *cobra.Command {
	var product string
	var show showing
	c := &cobra.Command{
		Use:   "decode [VALUE]",
		Short: "Look into an Authorization value and say what is wrong with it",
		Long: `Takes the value of an Authorization header, the whole header line, or a whole
command (curl, wget, Invoke-RestMethod, fetch), which is not run, as argument
or from standard input, and shows the scheme, the parts, the class of the token
and the defects by byte, without showing the secret.

An argument ends up in the shell's history: rather paste the value into
  why401 decode
and press Ctrl-D, or pipe it in.`,
		Example: `  pbpaste | why401 decode
  why401 decode --for align 'user:12|...'`,
		Args: cobra.MaximumNArgs(1),
		RunE: func(_ *cobra.Command, args []string) error {
			if err := show.check(); err != nil {
				return err
			}
			url, ok := sites[product]
			if !ok {
				return &exitError{code: exitUnusable, err: errors.New("--for must be one of " + strings.Join(siteNames(), ", "))}
			}
			value, named, err := valueOf(io, args)
			if err != nil {
				return err
			}
			field := exchange.Field{Name: "Authorization", Value: value}
			if rest, ok := afterName(value, "cookie", "set-cookie"); ok {
				cookieLines(io.out, rest)
				return nil
			}
			if from, to, ok := inCommand(value); ok {
				field = from
				if product == "" {
					url = to
				}
				if field.Value == "" {
					return &exitError{
						code: exitUnusable, err: errors.New("the command has no Authorization value that can be read"),
						hint: "what a variable or a file holds is not in the command: paste the value itself, or record the call with curl -v",
					}
				}
			}
			return decode(io, show, field, url, named)
		},
	}
	f := c.Flags()
	f.StringVar(&product, "for", "", "the product it is meant for: "+strings.Join(siteNames(), ", "))
	f.StringVar(&show.shell, "shell", "sh", "show commands for sh or powershell")
	show.format, show.color = "table", "never"
	_ = c.RegisterFlagCompletionFunc("for", words(siteNames()...))
	return c
}

// sites are addresses that stand for the products in decode.
var sites = map[string]string{
	"":                     "",
	"cloud":                "https://your-domain.atlassian.net/rest/api/3/myself",
	"confluence-cloud":     "https://your-domain.atlassian.net/wiki/rest/api/user/current",
	"gateway":              "https://api.atlassian.com/ex/jira/11111111-2222-3333-4444-555555555555/rest/api/3/myself",
	"data-center":          "https://jira.example.com/rest/api/2/myself",
	"bitbucket":            "https://api.bitbucket.org/2.0/user",
	"bitbucket-datacenter": "https://bitbucket.example.com/rest/api/1.0/projects",
	"align":                "https://your-domain.jiraalign.com/rest/align/api/2/users",
}

func siteNames() []string {
	var names []string
	for n := range sites {
		if n != "" {
			names = append(names, n)
		}
	}
	slices.Sort(names)
	return names
}

// valueOf returns the value to decode, and whether the name of the field stood
// before it: the argument, or the first line of standard input that is not
// blank; of several header lines, the Authorization line. One line feed ends
// that line, a pair of quotes around the whole is left off, and neither is part
// of the value.
func valueOf(io stdio, args []string) (value string, named bool, err error) {
	v := ""
	if len(args) > 0 && args[0] != "-" {
		v = args[0]
	} else if v, err = firstLine(io.in); err != nil {
		return "", false, err
	}
	if t := strings.TrimSpace(v); len(t) > 1 && (t[0] == '"' || t[0] == '\'') && t[len(t)-1] == t[0] && strings.Contains(t, ":") {
		if _, ok := afterName(t[1:], "authorization"); ok {
			v = t[1 : len(t)-1]
		}
	}
	if rest, ok := afterName(v, "authorization", "-h authorization", `-h "authorization`, "-h 'authorization"); ok {
		v, named = strings.TrimPrefix(rest, " "), true
	}
	if strings.TrimSpace(v) == "" {
		return "", false, &exitError{
			code: exitUnusable, err: errors.New("there is nothing to decode"),
			hint: "give the value of an Authorization header, as in: why401 decode 'Basic ...'",
		}
	}
	return v, named, nil
}

// afterName returns what follows one of the names, in lower case, and a colon.
func afterName(line string, names ...string) (rest string, ok bool) {
	name, rest, ok := strings.Cut(line, ":")
	return rest, ok && slices.Contains(names, strings.ToLower(strings.Trim(name, " \t'\"")))
}

// inCommand returns the Authorization field that a pasted command would send,
// and the URL that it goes to; "" if that is not known. Nothing is executed.
func inCommand(text string) (field exchange.Field, url string, ok bool) {
	for _, p := range command.Find(text) {
		r := p.Exchange.Request
		if i := r.Header.Index("Authorization"); i >= 0 || !ok {
			url, ok = r.URL, true
			if r.PartialURL {
				url = ""
			}
			if i >= 0 {
				return r.Header[i], url, true
			}
		}
	}
	return field, url, ok
}

// isValue reports whether a line looks like the value of an Authorization field
// rather than prose around a command.
func isValue(line string) bool {
	words := strings.Fields(line)
	switch len(words) {
	case 0:
		return false
	case 1:
		return len(words[0]) >= 16 // shorter ones may greet
	case 2:
		scheme, _ := credential.LeadingScheme(line)
		return scheme != credential.NoScheme
	}
	return strings.EqualFold(words[0], "authorization:")
}

// firstLine returns the first line of r that is not blank, or all of r if there
// is a command in it, perhaps with other text around it.
func firstLine(r io.Reader) (string, error) {
	b := bufio.NewReader(io.LimitReader(r, maxLine+1))
	for {
		line, err := b.ReadString('\n')
		if len(line) > maxLine {
			return "", &exitError{code: exitUnusable, err: errors.New("the value is longer than 1 MiB")}
		}
		if strings.TrimSpace(line) == "" && err == nil {
			continue
		}
		if !isValue(line) {
			rest, _ := io.ReadAll(b)
			text := line + string(rest)
			if command.Is(text) {
				return text, nil
			}
			for l := range strings.Lines(text) {
				if _, ok := afterName(l, "authorization"); ok {
					line = l
					break
				}
			}
		}
		return strings.TrimSuffix(strings.TrimSuffix(line, "\n"), "\r"), nil
	}
}

// decode prints what a value says and what the rules about credentials hold
// against it.
func decode(io stdio, show showing, field exchange.Field, url string, named bool) error {
	x := fake(field, url)
	s := rule.NewSubject(x, nil)
	c := s.Authorization
	w := io.out
	fmt.Fprintf(w, "scheme    %s\n", schemeLine(c))
	if field.Partial {
		fmt.Fprintln(w, "token     not in the command, which names variables or other commands")
	} else if b := c.Basic; b != nil {
		basicLines(w, b)
	} else if c.Token != "" || c.Param != "" {
		fmt.Fprintf(w, "token     %s\n", tokenLine(c))
	}
	if j := c.JWT(); j != nil {
		jwtLines(w, j)
	}
	if c.Checksum != credential.NoChecksum {
		fmt.Fprintf(w, "checksum  %s\n", map[credential.Checksum]string{
			credential.ChecksumRight: "right: the token is undamaged", credential.ChecksumWrong: "wrong: the token was probably altered",
		}[c.Checksum])
	}
	fmt.Fprintln(w)
	found := against(x, url == "", named)
	for i, f := range found {
		if i > 0 {
			fmt.Fprintln(w)
		}
		folded(w, "", fmt.Sprintf("%s: %s (%s)", f.Certainty, f.Rule.Title, f.Rule.ID))
		folded(w, "  ", f.Message.String())
		for _, e := range f.Evidence {
			if e.OfAnswer() {
				continue // of the answer that stands in here
			}
			text := fmt.Sprintf("%s%s: %s", e.Part, spanText(e.Span), e.Saw)
			if !e.Want.IsZero() {
				text += fmt.Sprintf("; a working request has %s", e.Want)
			}
			folded(w, "  ", text)
		}
		for _, q := range f.Fix {
			cmd := q.Command
			if show.shell == "powershell" && !q.PowerShell.IsZero() {
				cmd = q.PowerShell
			}
			folded(w, "  ", "do: "+q.Do.String())
			if !cmd.IsZero() {
				fmt.Fprintf(w, "      %s\n", cmd) // whole, to be copied
			}
		}
	}
	if len(found) > 0 {
		return &exitError{code: exitCause}
	}
	if c.Word == "" {
		folded(w, "", "This is no whole Authorization value: one begins with a word such as Basic or Bearer. "+
			"If you pasted the token alone, --for PRODUCT tells how that product wants it.")
		return nil
	}
	folded(w, "", "Nothing is wrong with the form of this value. Whether the server takes it, only a request can tell; "+
		"--for PRODUCT also checks that its kind fits the product.")
	return nil
}

// folded writes text in lines of at most 80 columns, each after indent.
func folded(w io.Writer, indent, text string) {
	for i, l := range wrapAt(text, 80-len(indent)) {
		if i > 0 {
			l = strings.TrimPrefix(l, "  ")
		}
		fmt.Fprintf(w, "%s%s\n", indent, l)
	}
}

// cookieLines say which session cookies a Cookie or Set-Cookie line has.
func cookieLines(w io.Writer, line string) {
	fmt.Fprintln(w, "This is a line of cookies, not an Authorization value.")
	for pair := range strings.SplitSeq(line, ";") {
		name, _, _ := strings.Cut(strings.TrimSpace(pair), "=")
		if credential.SessionCookie(name) {
			fmt.Fprintf(w, "session   %s\n", redact.OneOf(name, "JSESSIONID", "BITBUCKETSESSIONID", "cloud.session.token",
				"tenant.session.token", "seraph.rememberme.cookie", "crowd.token_key"))
		}
	}
	folded(w, "", "A session cookie is good only as long as the login in the browser that it was copied from. "+
		"A program needs a token: see why401 explain session-cookie-stale.")
}

func spanText(s [2]int) string {
	if s == [2]int{} {
		return ""
	}
	return fmt.Sprintf(", bytes %d-%d", s[0], s[1])
}

// fake is a refused request with this credential.
func fake(field exchange.Field, url string) *exchange.Exchange {
	if url == "" {
		url = sites["cloud"]
	}
	all := exchange.Credentials | exchange.Cookies | exchange.Wire
	return &exchange.Exchange{
		At: exchange.Locator{Capture: "value"}, From: &exchange.Capture{Name: "value", Complete: true}, Sight: all,
		Request: exchange.Request{
			Method: "GET", URL: url, Header: exchange.Header{field},
		},
		Response: &exchange.Response{Status: 401},
	}
}

// against returns what the rules about single credentials find. Without a
// product only rules that hold for all of them count, whatever stands in.
// That the scheme word is missing counts for a field with its name.
func against(x *exchange.Exchange, anyProduct, named bool) []rule.Finding {
	s := rule.NewSubject(x, nil)
	var out []rule.Finding
	for _, r := range rules.All() {
		if !r.OfCredential() || s.Traits&r.When != r.When || !r.Products.Has(s.Target.Product) {
			continue
		}
		if anyProduct && r.Products != 0 && !(named && r.ID == "auth-scheme-missing") {
			continue
		}
		r.Each(rule.NewPass(r, rule.NewLedger(), func(_ *rule.Subject, f rule.Finding) {
			if !f.Minor && (f.Certainty > rule.Possible || !anyProduct) {
				out = append(out, f)
			}
		}), s)
	}
	slices.SortStableFunc(out, func(a, b rule.Finding) int { return int(b.Certainty) - int(a.Certainty) })
	return out
}

func schemeLine(c *credential.Credential) redact.Text {
	word := redact.OneOf(strings.TrimSuffix(c.Word, ":"), "Basic", "Bearer", "JWT", "OAuth", "Negotiate", "NTLM", "Digest", "GenieKey", "Token")
	switch {
	case c.Word == "":
		return redact.Const("none: the value has no scheme word such as Basic or Bearer")
	case c.Scheme == credential.UnknownScheme:
		return redact.Sprintf("%s: not a scheme that these products know", word)
	}
	return word
}

func basicLines(w io.Writer, b *credential.BasicPair) {
	fmt.Fprintf(w, "base64    %s\n", map[credential.Base64]string{
		credential.NotBase64: "no: the parameter does not decode", credential.Strict: "yes",
		credential.Unpadded: "yes, but the padding (=) is missing", credential.URLAlphabet: "yes, but in the URL alphabet (- and _)",
		credential.Sloppy: "only if stray characters are left out", credential.Impossible: "no: the length is impossible, something was cut off",
	}[b.Encoding])
	if b.UTF16 != "" {
		fmt.Fprintf(w, "text      UTF-16%s instead of UTF-8\n", redact.OneOf(b.UTF16, "LE", "BE"))
	}
	if b.HasColon {
		fmt.Fprintf(w, "user      %s, %s\n", redact.User(b.User), userKind(b.User))
		fmt.Fprintf(w, "password  %s\n", classLine(b.PasswordClass, b.Password))
	} else if b.Decoded != nil {
		fmt.Fprintf(w, "pair      there is no colon in it: %s\n", classLine(b.UserClass, b.User))
	}
	if n := len(b.Decoded); n > 0 {
		fmt.Fprintf(w, "last bytes %s\n", redact.Bytes(b.Decoded[max(0, n-4):]))
	}
}

func userKind(user string) string {
	if strings.Contains(user, "@") {
		return "an e-mail address"
	}
	return "a user name"
}

// tokenLine says what stands after the scheme word, or in place of it.
func tokenLine(c *credential.Credential) redact.Text {
	if c.Word == "" && c.Fits() == credential.Basic && c.Class == credential.Unrecognized {
		return redact.Const("base64 of a user name and a password or token: what stands after Basic")
	}
	return classLine(c.Class, c.Token)
}

// classLine names a class, with its public prefix and length for tokens that
// say themselves what they are.
func classLine(c credential.Class, token string) redact.Text {
	name, n := rule.ClassName(c), len(strings.TrimSpace(token))
	switch c {
	case credential.APIToken:
		return redact.Sprintf("%s, %s", name, redact.Shape("ATATT3", n))
	case credential.OrgKey:
		return redact.Sprintf("%s, %s", name, redact.Shape("ATCTT3", n))
	case credential.ServiceToken:
		return redact.Sprintf("%s, %s", name, redact.Shape("ATSTT3", n))
	}
	return name
}

func jwtLines(w io.Writer, j *credential.Claims) {
	if j.Malformed != "" {
		fmt.Fprintf(w, "JWT       damaged: %s\n", redact.Label(j.Malformed))
		return
	}
	fmt.Fprintf(w, "JWT       algorithm %s\n", redact.OneOf(j.Alg, "HS256", "HS512", "RS256", "RS512", "ES256", "none"))
	for _, t := range []struct {
		name string
		at   int64
	}{{"issued", j.IssuedAt}, {"not before", j.NotBefore}, {"expires", j.Expires}} {
		if t.at != 0 {
			fmt.Fprintf(w, "          %s %s\n", t.name, redact.Unix(t.at))
		}
	}
}
