package leak

import (
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"strings"
)

// A hostileCapture is a HAR with a secret in every place.
type hostileCapture struct {
	name    string
	file    []byte
	secrets []secret
	shown   string // what is meant to show
}

type planter struct {
	*rand.Rand
	secrets []secret
}

const base62 = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"

func (p *planter) letters(n int) string {
	b := make([]byte, n)
	for i := range b {
		b[i] = base62[p.IntN(len(base62))]
	}
	return string(b)
}

func (p *planter) bytes(n int) []byte {
	b := make([]byte, n)
	for i := range b {
		b[i] = byte(p.Uint32())
	}
	return b
}

func (p *planter) note(v, place string) string {
	p.secrets = append(p.secrets, secret{v, place})
	return v
}

// weak plants a secret whose form tells nothing: only the place can. It is for
// places of which nothing may ever show.
func (p *planter) weak(place string) string {
	return p.note([]string{"", "my", "q-"}[p.IntN(3)]+marker+[]string{"horse", "pw", "!x", "secret"}[p.IntN(4)]+strings.ToLower(p.letters(4)), place)
}

// strong plants a secret that looks like one, as machines make them.
func (p *planter) strong(place string) string { return p.note(marker+p.letters(26), place) }

// shaped plants a token of a known form.
func (p *planter) shaped(place string) string {
	e := base64.RawURLEncoding
	switch p.IntN(7) {
	case 0:
		return p.note("ATATT3xFfGF0"+marker+p.letters(40)+"="+strings.ToUpper(hex.EncodeToString(p.bytes(4))), place)
	case 1:
		return p.note("ATBB"+marker+p.letters(26), place)
	case 2:
		return p.note(base64.StdEncoding.EncodeToString(append([]byte(fmt.Sprintf("%012d:", p.Uint64()%1e12)), p.bytes(20)...)), place)
	case 3:
		return p.note(e.EncodeToString([]byte(`{"alg":"HS256"}`))+"."+e.EncodeToString([]byte(`{"sub":"`+marker+p.letters(8)+`"}`))+"."+e.EncodeToString(p.bytes(32)), place)
	case 4:
		return p.note(strings.ToUpper(hex.EncodeToString(p.bytes(16))), place)
	case 5:
		return p.note("ATCTT3xFfGN0"+marker+p.letters(60), place)
	}
	return p.note(p.letters(12)+marker+p.letters(12), place)
}

// pair plants a Basic pair.
func (p *planter) pair(place string) string {
	user := p.note("fred."+marker+strings.ToLower(p.letters(4))+"@corp.example", place+", user")
	pass := p.note(p.letters(4)+marker+p.letters(8), place+", password")
	end := []string{"", "\n", "\r\n", " ", "\x00"}[p.IntN(5)]
	v := base64.StdEncoding.EncodeToString([]byte(user + ":" + pass + end))
	if p.IntN(6) == 0 {
		v = base64.StdEncoding.EncodeToString([]byte(v))
	}
	return p.note(v, place)
}

func (p *planter) credential(place string) string {
	switch p.IntN(14) {
	case 0:
		return "Bearer " + p.shaped(place+" Bearer")
	case 1:
		return "Bearer " + p.weak(place+" Bearer")
	case 2:
		return p.shaped(place + " without scheme")
	case 3:
		return "Basic " + p.note("fred:"+marker+p.letters(6), place+" raw pair")
	case 4:
		return "Bearer " + p.pair(place+" pair as Bearer")
	case 5:
		return `OAuth oauth_consumer_key="` + p.weak(place+" OAuth 1 key") + `", oauth_token="` + p.strong(place+" OAuth 1 token") +
			`", oauth_signature_method="HMAC-SHA1", oauth_signature="` + p.strong(place+" OAuth 1 signature") + `", oauth_timestamp="1764000000", oauth_nonce="` +
			p.weak(place+" OAuth 1 nonce") + `", oauth_version="1.0"`
	case 6:
		return "JWT " + p.shaped(place+" JWT")
	case 7:
		return p.weak(place+" unknown scheme") + " " + p.weak(place+" of unknown scheme")
	case 8:
		return "Basic Basic " + p.pair(place+" twice")
	case 9:
		return "Digest username=\"" + p.weak(place+" Digest user") + "\", response=\"" + p.strong(place+" Digest response") + "\""
	case 10:
		return "user:123|" + p.note(p.letters(3)+marker+p.letters(10), place+" Align")
	case 11:
		return "Basic  " + p.pair(place+" two blanks") + "\r\n X: " + p.weak(place+" second line")
	}
	return "Basic " + p.pair(place+" Basic")
}

type fields []map[string]string

func (f *fields) add(name, value string) {
	*f = append(*f, map[string]string{"name": name, "value": value})
}

type object map[string]any

// hostile makes a capture from a seed.
func hostile(seed uint64) hostileCapture {
	p := &planter{Rand: rand.New(rand.NewPCG(seed, 0xca9a57))}
	h := hostileCapture{}
	h.name = p.shaped("file name")
	h.name = strings.NewReplacer("/", "_", "+", "-").Replace(h.name)
	p.note(h.name, "file name")
	h.name += ".har"
	n := 6 + p.IntN(5)
	entries := make([]any, 0, n)
	for i := range n {
		entries = append(entries, p.entry(i))
	}
	doc := object{"log": object{
		"version": p.strong("log version"), p.strong("log key"): p.weak("value of a log key"), "_secret": object{p.weak("deep key"): []any{p.weak("deep value")}},
		"creator": object{"name": p.strong("creator name"), "version": p.strong("creator version"), "comment": p.weak("creator comment")},
		"browser": object{"name": p.strong("browser name"), "version": p.strong("browser version"), "comment": p.weak("browser comment")},
		"pages": []any{object{
			"id": p.weak("page id"), "title": "https://fred:" + p.weak("page title") + "@acme.atlassian.net", "startedDateTime": "2026-11-22T07:28:13Z",
			"pageTimings": object{"onLoad": p.weak("page timing"), "comment": p.weak("page timing comment")}, "comment": p.weak("page comment"),
		}},
		"entries": entries, "comment": p.weak("log comment"),
	}}
	b, err := json.MarshalIndent(doc, "", " ")
	if err != nil {
		panic(err)
	}
	if p.IntN(4) == 0 {
		b = append(b, []byte("\n"+p.weak("after the end"))...)
	}
	h.file, h.secrets = b, p.secrets
	h.shown = "acme.atlassian.net jira.corp.example bitbucket.org https:// /rest/api/3/myself /rest/auth/1/session /2.0/user HMAC-SHA1"
	return h
}

func (p *planter) entry(i int) object {
	host := []string{"acme.atlassian.net", "jira.corp.example", "bitbucket.org", "api.atlassian.com", "acme.atlassian.net"}[p.IntN(5)]
	status := []int{401, 403, 401, 404, 200, 302, 400, 407, 429, 0}[p.IntN(10)]
	var req, res fields
	req.add("Host", host)
	req.add("User-Agent", "client/1.0 ("+p.weak("User-Agent")+")")
	if p.IntN(8) > 0 {
		req.add([]string{"Authorization", "authorization", "Authorization ", "Authorisation", "X-Authorization"}[p.IntN(5)], p.credential("Authorization"))
	}
	if p.IntN(5) == 0 {
		req.add("Authorization", p.credential("second Authorization"))
	}
	req.add("Proxy-Authorization", p.credential("Proxy-Authorization"))
	req.add("Cookie", "JSESSIONID="+p.weak("Cookie")+"; cloud.session.token="+p.shaped("Cookie token")+"; seraph."+p.weak("cookie name")+"=1; atlassian.xsrf.token="+p.strong("XSRF cookie")+"_lout")
	req.add("X-Api-Key", p.weak("X-Api-Key"))
	req.add("X-Atlassian-Token", p.weak("X-Atlassian-Token"))
	req.add("Referer", "https://"+host+"/x?token="+p.weak("Referer parameter")+"#"+p.weak("Referer fragment"))
	req.add("Origin", "https://fred:"+p.weak("Origin userinfo")+"@"+host)
	req.add(p.strong("request field name"), p.weak("value of an unknown field"))
	req.add(p.weak("second field name"), "x")
	req.add("Content-Type", "text/"+p.strong("request media type"))
	res.add("Server", p.strong("Server"))
	res.add("Via", "1.1 "+p.strong("Via"))
	res.add("Date", p.weak("Date"))
	res.add("Content-Type", []string{"application/json", "text/html", "text/" + p.strong("response media type")}[p.IntN(3)])
	res.add("Set-Cookie", "JSESSIONID="+p.weak("Set-Cookie")+"; Path=/; Domain="+p.weak("Set-Cookie domain"))
	res.add("Set-Cookie", p.weak("Set-Cookie name")+"="+p.strong("second Set-Cookie"))
	res.add("X-AUSERNAME", p.weak("X-AUSERNAME"))
	res.add("X-Seraph-LoginReason", []string{p.weak("LoginReason"), "AUTHENTICATED_FAILED", "OK", "AUTHENTICATION_DENIED, " + p.weak("LoginReason")}[p.IntN(4)])
	res.add("X-Authentication-Denied-Reason", []string{"CAPTCHA_CHALLENGE; login-url=https://" + host + "/" + p.weak("login-url"), p.weak("denied reason")}[p.IntN(2)])
	res.add("WWW-Authenticate", []string{`Basic realm="` + p.weak("realm") + `"`, `Bearer error="` + p.weak("challenge error") + `"`, p.weak("challenge")}[p.IntN(3)])
	res.add("X-Failure-Category", p.weak("failure category"))
	res.add("X-AREQUESTID", p.strong("request id"))
	res.add("atl-traceid", p.strong("trace id"))
	res.add("CF-RAY", p.strong("ray"))
	res.add("Retry-After", p.weak("Retry-After"))
	res.add("X-RateLimit-Reset", p.weak("rate limit"))
	res.add("X-OAuth-Scopes", p.weak("scopes"))
	res.add("X-AACCOUNTID", p.weak("account id"))
	res.add("X-ANODEID", p.strong("node id"))
	location := "https://" + host + "/login.jsp?os_destination=" + p.weak("Location parameter") + "&code=" + p.weak("code") + "#access_token=" + p.weak("Location fragment")
	if p.IntN(2) == 0 {
		location = "https://fred:" + p.weak("Location userinfo") + "@id.atlassian.com/login?" + p.weak("Location bare parameter")
	}
	res.add("Location", location)
	res.add(p.strong("response field name"), p.weak("value of an unknown answer field"))
	body := object{
		"errorMessages": []any{p.weak("error message")}, "message": p.weak("message"), "error": p.weak("error"),
		"error_description": p.weak("error description"), p.weak("body key"): "x", "access_token": p.shaped("access token in a body"),
	}
	text, _ := json.Marshal(body)
	if p.IntN(3) == 0 {
		text = []byte("<html><title>" + p.weak("HTML title") + "</title><form id=\"login-form\"><input name=os_username value=\"" + p.weak("HTML value") + "\"></html>")
	}
	content := object{"size": len(text), "mimeType": "text/html; " + p.weak("content media type"), "text": string(text), "comment": p.weak("content comment")}
	if p.IntN(3) == 0 {
		content["text"], content["encoding"] = base64.StdEncoding.EncodeToString(text), "base64"
	}
	post := object{"mimeType": "application/x-www-form-urlencoded", "text": "grant_type=refresh_token&client_secret=" + p.weak("client secret") + "&refresh_token=" + p.shaped("refresh token"), "comment": p.weak("postData comment")}
	if p.IntN(2) == 0 {
		post = object{"mimeType": "application/json", "text": `{"username":"` + p.weak("posted user") + `","password":"` + p.weak("posted password") + `"}`}
	}
	post["params"] = []any{object{"name": p.weak("posted name"), "value": p.weak("posted value"), "fileName": p.weak("posted file")}}
	e := object{
		"startedDateTime": fmt.Sprintf("2026-11-22T07:28:%02dZ", i), "time": 100, "pageref": p.weak("pageref"),
		"request": object{
			"method": []string{"GET", "POST", p.weak("method"), "PUT"}[p.IntN(4)], "url": p.address(host), "httpVersion": "HTTP/1.1" + []string{"", p.strong("request protocol")}[p.IntN(2)],
			"headers": req, "headersSize": -1, "bodySize": -1, "postData": post, "comment": p.weak("request comment"),
			"queryString": []any{object{"name": p.weak("listed parameter name"), "value": p.weak("listed parameter")}},
			"cookies":     []any{object{"name": "JSESSIONID", "value": p.weak("listed cookie"), "comment": p.weak("cookie comment")}},
		},
		"response": object{
			"status": status, "statusText": p.weak("status text"), "httpVersion": "HTTP/1.1", "headers": res, "headersSize": -1, "bodySize": -1,
			"cookies": []any{object{"name": p.weak("listed answer cookie name"), "value": p.weak("listed answer cookie"), "domain": p.weak("cookie domain"), "path": p.weak("cookie path")}},
			"content": content, "redirectURL": "https://h.example/?code=" + p.weak("redirectURL"), "_error": p.weak("error of a response"), "comment": p.weak("response comment"),
			"_transferSize": p.weak("transfer size"),
		},
		"cache":           object{"comment": p.weak("cache comment"), "beforeRequest": object{"eTag": p.weak("entity tag")}},
		"timings":         object{"send": p.weak("timing"), "wait": 1, "receive": 1, "comment": p.weak("timing comment")},
		"_initiator":      object{"type": "script", "url": "https://h.example/?t=" + p.weak("initiator"), "stack": object{"callFrames": []any{object{"functionName": p.weak("stack frame")}}}},
		"serverIPAddress": []string{"192.0.2.1", p.strong("server address")}[p.IntN(2)], "connection": p.weak("connection"), "comment": p.weak("entry comment"),
		"_webSocketMessages": []any{object{"type": "send", "data": p.weak("WebSocket message")}}, "_failureText": p.weak("failure text"),
		"_securityDetails":  object{"protocol": p.weak("TLS version"), "cipher": p.weak("cipher"), "issuer": p.weak("issuer"), "subjectName": p.weak("subject")},
		p.weak("entry key"): p.weak("value of an entry key"),
	}
	if p.IntN(12) == 0 {
		e["request"].(object)["headers"] = p.weak("headers that are a string")
	}
	return e
}

// address makes the URL of a request.
func (p *planter) address(host string) string {
	path := []string{"/rest/api/3/myself", "/rest/auth/1/session", "/2.0/user"}[p.IntN(3)]
	base := "https://" + host
	switch p.IntN(16) {
	case 0:
		return "https://" + p.weak("URL user") + ":" + p.weak("URL password") + "@" + host + path
	case 1:
		return "https://" + p.note("fred@corp.example:"+marker+"pw", "URL password, user an address") + "@" + host + path
	case 2:
		return "https://fred:" + p.note("a/"+marker+"pw", "URL password with a slash") + "@" + host + path
	case 3:
		return "https://fred:" + p.note("a#"+marker+"pw", "URL password with a hash") + "@" + host + path
	case 4:
		return "https://fred:" + p.note("a?"+marker+"pw", "URL password with a question mark") + "@" + host + path
	case 5:
		return base + path + "?os_username=" + p.weak("os_username") + "&os_password=" + p.weak("os_password") + "&jwt=" + p.shaped("jwt parameter")
	case 6:
		return base + path + "?" + p.weak("parameter name") + "=1&" + p.weak("bare parameter")
	case 7:
		return base + path + "?expand=" + p.weak("expand") + "&limit=" + p.weak("limit") + "&page=" + p.weak("page") + "&service=https://h.example/?ticket=" + p.weak("service")
	case 8:
		return base + path + "#access_token=" + p.weak("fragment")
	case 9:
		return base + "/rest/api/2/" + p.shaped("path") + "/x"
	case 10:
		return base + "/browse/X-1;jsessionid=" + p.weak("path parameter") + "?x=y"
	case 11:
		return base + "/rest/api/2/user/" + p.weak("account in the path")
	case 12:
		return base + "/users/" + p.note(marker+"fred@corp.example", "address in the path")
	case 13:
		return base + "/x/" + strings.ReplaceAll(strings.ReplaceAll(p.shaped("escaped path"), "A", "%41"), "/", "%2F")
	case 14:
		return "//fred:" + p.weak("URL without scheme") + "@" + host + path
	}
	return "https://" + p.note(marker+p.letters(50), "host") + ".example" + path
}
