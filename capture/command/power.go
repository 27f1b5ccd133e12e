package command

import (
	"strings"

	"github.com/why401/why401/internal/exchange"
)

var (
	psVar    = pattern(`^\$(?:\{[^}\n]{1,100}\}|[A-Za-z_]\w*(?::\w+)?|[?_])`)
	psWord   = pattern(`^[\w.-]+`)
	psKey    = pattern(`^[A-Za-z_][\w-]*`)
	psType   = pattern(`^\[([\w.]{1,100})(?:\[\])?\]`)
	psKind   = pattern(`^(?:"[^"\n]{1,200}"|'[^'\n]{1,200}'|[A-Za-z][\w.]*(?:\[[\w.\[\], ]*\])?)`)
	psMember = pattern(`^(?:\.([A-Za-z_]\w*)|\[(?:'([^'\n]*)'|"([^"\n]*)")\])`)
	psOption = pattern(`^-[A-Za-z]\w*:?`)
	// psSets is where a text sets a variable or a member of one, or calls one.
	psSets = pattern(`(?m)(?:^|;)[ \t]*(?:PS [^>\n]{0,200}> ?|>> ?)?(?:\[[\w.]{1,100}\][ \t]*)?(\$(?:\{[^}\n]{1,100}\}|[A-Za-z_]\w*(?::\w+)?))((?:\.[A-Za-z_]\w*|\[(?:'[^'\n]*'|"[^"\n]*")\]){0,3})[ \t]*(\+?=|\()`)
	// psMeans are parameters that only PowerShell's commands have, psShell what
	// only PowerShell's syntax has.
	psMeans = pattern(`(?i)[ \t](?:-(?:Uri|UseBasicParsing|WebSession|SessionVariable|Credential|OutFile|ContentType)\b|-Headers[ \t]+[@$])`)
	psShell = pattern(`\$env:| --% `)
)

// A script is the variables that the lines before a command of PowerShell set.
type script struct {
	vars map[string]value
	sets [][]int // where a text sets variables, not yet read
	src  string
}

// scripted finds once where a text sets variables.
func scripted(text string) *script {
	return &script{vars: map[string]value{}, sets: psSets().FindAllStringSubmatchIndex(text, maxVariables), src: text}
}

// key is the name of a variable as PowerShell compares it.
func key(name string) string {
	name = strings.ToLower(strings.Trim(name[1:], "{}"))
	for _, scope := range []string{"script:", "global:", "local:", "private:", "using:"} {
		name = strings.TrimPrefix(name, scope)
	}
	return name
}

// get returns the value of a variable.
func (s *script) get(name string) value {
	if v, ok := s.vars[key(name)]; ok {
		return v
	}
	return unknowable()
}

// upTo takes the settings that stand before at, which never gets smaller.
func (s *script) upTo(at int) *script {
	for len(s.sets) > 0 && s.sets[0][2] < at {
		m := s.sets[0]
		s.sets = s.sets[1:]
		name, path, op := key(s.src[m[2]:m[3]]), s.src[m[4]:m[5]], s.src[m[6]:m[7]]
		p := &parser{vars: s, src: s.src[:min(len(s.src), m[7]+maxTable)], at: m[7]}
		old, known := s.vars[name]
		switch {
		case op == "(":
			p.blanks(true)
			if args := p.arguments(); known {
				old.told(strings.ToLower(path), args)
			}
			continue
		case op == "+=" && !known, path != "" && !known:
			continue
		}
		p.blanks(true)
		v := p.expression(false)
		switch {
		case path != "":
			old.assign(path, v)
		case op == "+=":
			s.vars[name] = value{word: both(old.word, v.word)}
		default:
			s.vars[name] = v
		}
	}
	return s
}

// told takes a call as a statement, such as $headers.Add('Accept', 'text/plain').
func (v value) told(path string, args []value) {
	switch {
	case v.table != nil && (path == ".add" || path == ".set_item") && len(args) == 2:
		v.table.set(args[0].text, args[1])
	case v.session != nil && path == ".cookies.add" && len(args) > 0 && len(v.session.cookies) < maxFields:
		v.session.cookies = append(v.session.cookies, args[len(args)-1].word)
	case v.session != nil && path == ".headers.add" && len(args) == 2:
		v.session.header.set(args[0].text, args[1])
	}
}

// assign sets a member.
func (v value) assign(path string, to value) {
	m := psMember().FindStringSubmatch(path)
	switch {
	case m == nil:
	case v.session != nil && strings.EqualFold(path, ".UserAgent"):
		v.session.agent = &to.word
	case v.table != nil && len(m[0]) == len(path):
		v.table.set(m[1]+m[2]+m[3], to)
	}
}

// invoke reads Invoke-WebRequest and Invoke-RestMethod; vars are the variables that
// the lines before it set.
func invoke(vars *script, src string) Pasted {
	d := &draft{agent: "PowerShell"}
	c := &cmdlet{draft: d}
	p := &parser{vars: vars, src: src, at: len(psWord().FindString(src))}
	option := ""
	for {
		p.blanks(false)
		r := p.rest()
		if r == "" || strings.IndexByte("\n;|)}&", r[0]) >= 0 {
			break
		}
		if m := psOption().FindString(r); m != "" {
			p.at += len(m)
			if option = parameter(m); switches[option] {
				c.switched(option)
				option = ""
			}
			continue
		}
		if r[0] == '@' && len(r) > 1 && psKey().MatchString(r[1:]) { // splatting
			name := psKey().FindString(r[1:])
			p.at += 1 + len(name)
			if t := vars.get("$" + name).table; t != nil {
				for _, m := range t.members {
					if n := parameter("-" + m.name); switches[n] {
						c.switched(n)
					} else {
						c.take(n, m.value)
					}
				}
			} else {
				d.unresolved++
				d.openURL, d.url = true, strings.TrimSpace(d.url+exchange.Unknown)
				d.hidden |= exchange.Credentials | exchange.Cookies
			}
			continue
		}
		before := p.at
		c.take(option, p.argument())
		option = ""
		if p.at == before {
			p.at++
		}
	}
	c.done()
	return d.done(min(p.at, len(src)))
}

// argument reads one argument of a command.
func (p *parser) argument() value {
	r := p.rest()
	if strings.IndexByte(`"'(@`, r[0]) >= 0 {
		return p.term()
	}
	if m := psVar().FindString(r); m != "" && (len(m) == len(r) || strings.IndexByte(" \t\r\n;|)}.[", r[len(m)]) >= 0) {
		return p.term()
	}
	return p.expand(func(rest string) bool { return strings.IndexByte(" \t\r\n;|)}", rest[0]) >= 0 }, "")
}

// parameters of the two commands that matter here, and those that are switches.
var (
	parameters = []string{
		"uri", "method", "custommethod", "headers", "body", "infile", "form", "contenttype", "useragent", "websession",
		"sessionvariable", "credential", "authentication", "token", "proxy", "proxycredential",
	}
	switches = map[string]bool{
		"usebasicparsing": true, "skipcertificatecheck": true, "usedefaultcredentials": true, "allowunencryptedauthentication": true,
		"disablekeepalive": true, "passthru": true, "skipheadervalidation": true, "skiphttperrorcheck": true, "noproxy": true,
		"preserveauthorizationonredirect": true, "proxyusedefaultcredentials": true, "resume": true, "verbose": true, "debug": true,
	}
)

// parameter returns the name that an option is short for.
func parameter(option string) string {
	name := strings.ToLower(strings.Trim(option, "-:"))
	for _, p := range parameters {
		if len(name) > 1 && strings.HasPrefix(p, name) {
			return p
		}
	}
	if len(name) > 3 && strings.HasPrefix("usebasicparsing", name) {
		return "usebasicparsing"
	}
	return name
}

// A cmdlet is a command in the making.
type cmdlet struct {
	*draft
	pair   *pair
	given  bool // a credential, known or not
	token  *word
	how    string // -Authentication
	agents bool   // a User-Agent was given
	web    *session
}

func (c *cmdlet) switched(name string) {
	switch name {
	case "skipcertificatecheck":
		c.note(NoteNoVerify)
	case "usedefaultcredentials":
		c.hidden |= exchange.Credentials // those of the Windows session
	}
}

// take takes a parameter; "": it is told by its place.
func (c *cmdlet) take(name string, v value) {
	switch name {
	case "", "uri":
		if c.url == "" {
			c.target(v.word)
		}
	case "method", "custommethod":
		if !v.open {
			c.method = strings.ToUpper(v.text)
		}
	case "headers":
		if v.table == nil {
			c.unresolved++
			c.hidden |= exchange.Credentials | exchange.Cookies
			return
		}
		c.fields(v.table)
	case "body", "infile", "form":
		if c.hasBody = true; v.open {
			c.unresolved++
			return
		}
		c.body = []byte(v.text)
	case "contenttype":
		c.field("Content-Type", v.word)
	case "useragent":
		c.field("User-Agent", v.word)
		c.agents = true
	case "websession":
		if c.web = v.session; c.web == nil {
			c.hidden |= exchange.Cookies | exchange.Credentials
		}
	case "credential":
		c.pair, c.given = v.pair, true
	case "token":
		c.token = &v.word
	case "authentication":
		c.how = strings.ToLower(v.text)
	case "proxy":
		c.note(NoteProxy)
	}
}

func (c *cmdlet) fields(t *table) {
	for _, m := range t.members {
		c.field(m.name, m.value.word)
	}
}

// done adds what the session and the authentication make of the request.
func (c *cmdlet) done() {
	if s := c.web; s != nil {
		if c.fields(&s.header); s.agent != nil && !c.agents {
			c.field("User-Agent", *s.agent)
		}
		all := word{}
		for i, k := range s.cookies {
			if i > 0 {
				all = both(all, word{text: "; "})
			}
			all = both(all, k)
		}
		if len(s.cookies) > 0 {
			c.field("Cookie", all)
		}
	}
	var w word
	switch {
	case c.how == "basic" && c.pair != nil:
		w = base64Of(both(both(c.pair.user, word{text: ":"}), c.pair.password))
		w = both(word{text: "Basic "}, w)
	case (c.how == "bearer" || c.how == "oauth") && c.token != nil:
		w = both(word{text: "Bearer "}, *c.token)
	case c.given || c.token != nil || c.how != "" && c.how != "none":
		// Without -Authentication it waits to be asked.
		c.hidden |= exchange.Credentials
		return
	default:
		return
	}
	kept := c.header[:0]
	for _, f := range c.header {
		if !strings.EqualFold(f.Name, "Authorization") {
			kept = append(kept, f)
		}
	}
	c.header = kept
	c.field("Authorization", w)
}

// block returns the position of the bracket that closes a block of PowerShell, of
// which s begins after the opening one, or the end of s.
func block(s string) int {
	depth, quote := 1, byte(0)
	for i := 0; i < len(s); i++ {
		switch c := s[i]; {
		case c == '`':
			i++
		case quote != 0:
			if c == quote {
				quote = 0
			}
		case c == '"' || c == '\'':
			quote = c
		case c == '(' || c == '{' || c == '[':
			depth++
		case c == ')' || c == '}' || c == ']':
			if depth--; depth == 0 {
				return i
			}
		}
	}
	return len(s)
}

// powerWords splits a command for curl as PowerShell does.
func powerWords(vars *script, src string) ([]word, int) {
	p := &parser{vars: vars, src: src}
	var out []word
	for {
		p.blanks(false)
		r := p.rest()
		if r == "" || strings.IndexByte("\n;|)}&", r[0]) >= 0 || strings.HasPrefix(r, "2>") || strings.HasPrefix(r, ">") {
			break
		}
		if strings.HasPrefix(r, "--% ") { // the rest of the line is handed on as it is
			line := glance(r[len("--% "):])
			words, _ := windows(line)
			return append(out, words...), p.at + len("--% ") + len(line)
		}
		before := p.at
		w := p.argument().word
		if p.at == before {
			p.at++
			continue
		}
		out = append(out, w)
	}
	for p.at < len(src) && src[p.at] != '\n' {
		p.at++
	}
	return out, min(p.at+1, len(src))
}

// forPower reports whether a command for curl or wget is written for PowerShell,
// and whether the name is short for a command of its own; before is the text in
// front of it on its line, script: variables of PowerShell were set before.
func forPower(before, src string, script bool) (power, own bool) {
	s := glance(src)
	exe := strings.HasPrefix(src, "curl.exe") || strings.HasPrefix(src, "wget.exe")
	own = !exe && psMeans().MatchString(s)
	switch {
	case own, strings.HasPrefix(strings.TrimSpace(before), "PS "), psShell().MatchString(s):
		return true, own
	case strings.Contains(s, "\\\n"), strings.Contains(s, "^"):
		return false, false
	case strings.Contains(s, "`\n"), strings.Contains(s, "`\r\n"):
		line, _, _ := strings.Cut(s, "\n") // an even number: what a POSIX shell replaces
		return strings.Count(line, "`")%2 == 1, false
	}
	return exe && (strings.Contains(s, "'") || script), false
}
