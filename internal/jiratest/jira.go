package jiratest

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime/multipart"
	"net/http"
	"strings"
	"time"
)

// Texts of Jira.
const (
	notAuthenticated = "You are not authenticated. Authentication required to perform this operation."
	noIssue          = "Issue does not exist or you do not have permission to see it."
	noPermission     = "You do not have the permission to see the specified issue."
	notAdmin         = "You are not authorized to perform this operation. Administrator privileges are required."
)

// A dialect is how Cloud and Data Center differ once it is known who calls.
type dialect struct {
	cloud bool
	adf   bool // text is in the Atlassian Document Format: version 3 of the API
	store *store
	// nobody answers a call that needs somebody.
	nobody func()
}

// jira answers the REST API of Jira. The caller has been looked at: c.user.
func (c *call) jira(d dialect) {
	area, rest, _ := strings.Cut(strings.TrimPrefix(c.path, "/rest/"), "/")
	if area == "servicedeskapi" {
		c.serviceDesk(d, rest)
		return
	}
	version, rest, _ := strings.Cut(rest, "/")
	ok := version == "2" || version == "latest" || d.cloud && version == "3"
	if area != "api" || !ok {
		c.noResource()
		return
	}
	if c.forged() {
		return
	}
	d.adf = version == "3"
	what, rest, _ := strings.Cut(rest, "/")
	switch what {
	case "serverInfo":
		c.serverInfo(d)
	case "myself":
		if c.user == nil {
			d.nobody()
			return
		}
		c.value(http.StatusOK, c.myself(d))
	case "issue":
		c.issues(d, rest)
	case "attachment":
		c.value(http.StatusOK, map[string]any{"enabled": true, "uploadLimit": c.s.o.MaxUpload})
	case "search":
		c.search(d, rest)
	case "project":
		c.projects(d, rest)
	case "mypermissions":
		c.json(http.StatusOK, fmt.Sprintf(`{"permissions":{"BROWSE_PROJECTS":{"id":"10","key":"BROWSE_PROJECTS","havePermission":%t}}}`, c.user != nil))
	case "field", "status", "issuetype", "priority", "resolution":
		c.json(http.StatusOK, "[]")
	case "user", "auditing", "application-properties", "permissionscheme":
		switch {
		case c.user == nil:
			d.nobody()
		case !c.user.admin:
			c.messages(http.StatusForbidden, notAdmin)
		default:
			c.json(http.StatusOK, "[]")
		}
	default:
		c.noResource()
	}
}

// noResource is what Jersey says of an address that leads nowhere.
func (c *call) noResource() {
	c.value(http.StatusNotFound, map[string]any{"message": "null for uri: " + c.base + c.path, "status-code": http.StatusNotFound})
}

func (c *call) serverInfo(d dialect) {
	v := map[string]any{"baseUrl": c.base, "version": "9.12.15", "versionNumbers": []int{9, 12, 15}, "deploymentType": "Server", "buildNumber": 912015, "serverTitle": "Jira"}
	if d.cloud {
		v["version"], v["versionNumbers"], v["deploymentType"] = "1001.0.0-SNAPSHOT", []int{1001, 0, 0}, "Cloud"
	}
	c.value(http.StatusOK, v)
}

func (c *call) myself(d dialect) map[string]any {
	u := c.user
	v := map[string]any{"emailAddress": u.email, "displayName": u.display, "active": true, "timeZone": "Europe/Berlin", "locale": "en_US"}
	if d.cloud {
		v["self"], v["accountId"], v["accountType"] = c.base+"/rest/api/3/user?accountId="+u.id, u.id, "atlassian"
	} else {
		v["self"], v["key"], v["name"] = c.base+"/rest/api/2/user?username="+u.name, u.id, u.name
	}
	return v
}

func (c *call) issues(d dialect, rest string) {
	key, part, _ := strings.Cut(rest, "/")
	post := c.r.Method == http.MethodPost
	switch {
	case c.user == nil && post && d.cloud:
		c.messages(http.StatusUnauthorized, notAuthenticated)
		return
	case c.user == nil && post:
		d.nobody()
		return
	case key == "" && post:
		c.createIssue(d)
		return
	}
	c.s.mu.Lock()
	i := d.store.find(key)
	if i != nil && i.hidden && (c.user == nil || !c.user.admin) {
		i = nil
	}
	c.s.mu.Unlock()
	switch {
	case c.user == nil && !d.cloud:
		c.messages(http.StatusUnauthorized, noPermission, "Login Required")
	case c.user == nil || i == nil:
		c.messages(http.StatusNotFound, noIssue)
	case part == "":
		c.showIssue(d, i)
	case part == "comment":
		c.comments(d, i)
	case part == "attachments" && post:
		c.upload(d, i)
	default:
		c.noResource()
	}
}

func (c *call) api(d dialect) string {
	if d.cloud {
		return c.base + "/rest/api/3/"
	}
	return c.base + "/rest/api/2/"
}

func (c *call) createIssue(d dialect) {
	fields, _ := c.body()["fields"].(map[string]any)
	summary, _ := fields["summary"].(string)
	if summary == "" {
		c.value(http.StatusBadRequest, map[string]any{"errorMessages": []string{}, "errors": map[string]string{"summary": "You must specify a summary of the issue."}})
		return
	}
	c.s.mu.Lock()
	i := d.store.create(cut(summary))
	c.s.mu.Unlock()
	c.value(http.StatusCreated, map[string]any{"id": fmt.Sprint(i.id), "key": i.key, "self": c.api(d) + "issue/" + fmt.Sprint(i.id)})
}

func (c *call) showIssue(d dialect, i *issue) {
	kind := "software"
	if i.desk {
		kind = "service_desk"
	}
	project, _, _ := strings.Cut(i.key, "-")
	c.s.mu.Lock()
	files := c.listFiles(d, i.files)
	c.s.mu.Unlock()
	c.value(http.StatusOK, map[string]any{
		"id": fmt.Sprint(i.id), "key": i.key, "self": c.api(d) + "issue/" + fmt.Sprint(i.id),
		"fields": map[string]any{
			"summary": i.summary, "status": map[string]string{"name": "To Do"}, "attachment": files,
			"project": map[string]string{"key": project, "projectTypeKey": kind},
		},
	})
}

func (c *call) listFiles(d dialect, files []file) []map[string]any {
	list := []map[string]any{}
	for _, f := range files {
		list = append(list, map[string]any{
			"id": fmt.Sprint(f.id), "filename": f.name, "size": f.size, "mimeType": "application/octet-stream",
			"self": c.api(d) + "attachment/" + fmt.Sprint(f.id), "created": c.s.o.Now().UTC().Format(time.RFC3339),
		})
	}
	return list
}

func (c *call) comments(d dialect, i *issue) {
	if c.r.Method == http.MethodPost {
		in := c.body()
		text, plain := in["body"].(string)
		if plain == d.adf {
			c.value(http.StatusBadRequest, map[string]any{"errorMessages": []string{}, "errors": map[string]string{"comment": "Comment body is not valid!"}})
			return
		}
		if !plain {
			b, _ := json.Marshal(in["body"]) // it was JSON
			text = string(b)
		}
		internal := false
		list, _ := in["properties"].([]any)
		for _, p := range list {
			m, _ := p.(map[string]any)
			v, _ := m["value"].(map[string]any)
			internal = internal || m["key"] == "sd.public.comment" && v["internal"] == true
		}
		n := c.comment(i, comment{text, internal})
		c.value(http.StatusCreated, map[string]any{"id": fmt.Sprint(i.id*1000 + n), "body": in["body"], "self": c.api(d) + "issue/" + i.key + "/comment/" + fmt.Sprint(i.id*1000+n)})
		return
	}
	c.s.mu.Lock()
	list := []map[string]any{}
	for n, one := range i.comments {
		list = append(list, map[string]any{"id": fmt.Sprint(i.id*1000 + n + 1), "body": one.body(d)})
	}
	c.s.mu.Unlock()
	c.value(http.StatusOK, map[string]any{"startAt": 0, "maxResults": maxComments, "total": len(list), "comments": list})
}

// body is a comment as an answer has it.
func (c comment) body(d dialect) any {
	if d.adf && json.Valid([]byte(c.text)) {
		return json.RawMessage(c.text)
	}
	return c.text
}

func (c *call) comment(i *issue, one comment) (n int) {
	c.s.mu.Lock()
	defer c.s.mu.Unlock()
	if len(i.comments) >= maxComments {
		i.comments = i.comments[1:]
	}
	one.text = cut(one.text)
	i.comments = append(i.comments, one)
	return len(i.comments)
}

// upload takes attachments, of which names, sizes and hashes are kept.
func (c *call) upload(d dialect, i *issue) {
	files, ok := c.receive()
	if !ok {
		return
	}
	c.s.mu.Lock()
	list := c.listFiles(d, i.keep(files))
	c.s.mu.Unlock()
	c.value(http.StatusOK, list)
}

// keep gives files their ids.
func (i *issue) keep(files []file) []file {
	for n := range files {
		files[n].id = 10_100 + len(i.files)
		if len(i.files) < maxIssues {
			i.files = append(i.files, files[n])
		}
	}
	return files
}

// receive reads the files of a form. It answers what cannot be taken, and reports
// whether there was none of that.
func (c *call) receive() (files []file, ok bool) {
	limit := c.s.o.MaxUpload
	const around = 64 << 10 // the parts have heads of their own
	if front := c.s.o.MaxBody; front > 0 && c.r.ContentLength > front {
		c.entityTooLarge()
		return nil, false
	}
	if c.r.ContentLength > limit+around {
		c.tooLarge()
		return nil, false
	}
	c.r.Body = http.MaxBytesReader(c.w, c.r.Body, limit+around)
	parts, err := c.r.MultipartReader()
	if err != nil {
		c.messages(http.StatusUnsupportedMediaType, "The request is not multipart/form-data.")
		return nil, false
	}
	for {
		p, err := parts.NextPart()
		if errors.Is(err, io.EOF) {
			return files, true
		}
		var size int64
		h := sha256.New()
		if err == nil {
			size, err = part(h, p, limit)
		}
		switch {
		case size > limit:
			c.tooLarge()
			return nil, false
		case err != nil:
			c.messages(http.StatusBadRequest, "The body ends early.")
			return nil, false
		}
		if p.FormName() == "file" && len(files) < 100 {
			files = append(files, file{name: cut(p.FileName()), size: size, sum: hex.EncodeToString(h.Sum(nil))})
		}
	}
}

// entityTooLarge answers as the nginx in front does.
func (c *call) entityTooLarge() {
	c.set("Server", "nginx/1.24.0")
	c.set("Connection", "close")
	c.text(http.StatusRequestEntityTooLarge, "text/html", "<html>\r\n<head><title>413 Request Entity Too Large</title></head>\r\n<body>\r\n"+
		"<center><h1>413 Request Entity Too Large</h1></center>\r\n<hr><center>nginx/1.24.0</center>\r\n</body>\r\n</html>\r\n")
}

// part reads a part into w, to its end, or to where it is over the limit.
func part(w io.Writer, p *multipart.Part, limit int64) (int64, error) {
	n, err := io.Copy(w, io.LimitReader(p, limit+1))
	var over *http.MaxBytesError
	if errors.As(err, &over) {
		return limit + 1, nil
	}
	return n, err
}

func (c *call) tooLarge() {
	c.set("Connection", "close")
	c.messages(http.StatusRequestEntityTooLarge, fmt.Sprintf("The field file exceeds its maximum permitted size of %d bytes.", c.s.o.MaxUpload))
}

func (c *call) search(d dialect, rest string) {
	if d.cloud && rest != "jql" {
		c.messages(http.StatusGone, "The requested API has been removed. Please migrate to the /rest/api/3/search/jql API. "+
			"A full migration guideline is available at https://developer.atlassian.com/changelog/#CHANGE-2046")
		return
	}
	list := []map[string]any{}
	if c.user != nil {
		c.s.mu.Lock()
		for _, i := range d.store.issues {
			if !i.hidden && !i.desk && len(list) < 50 {
				list = append(list, map[string]any{"id": fmt.Sprint(i.id), "key": i.key, "fields": map[string]string{"summary": i.summary}})
			}
		}
		c.s.mu.Unlock()
	}
	if d.cloud {
		c.value(http.StatusOK, map[string]any{"issues": list, "isLast": true})
		return
	}
	c.value(http.StatusOK, map[string]any{"startAt": 0, "maxResults": 50, "total": len(list), "issues": list})
}

func (c *call) projects(d dialect, key string) {
	project := map[string]any{"id": "10000", "key": d.store.project, "name": "Example", "self": c.api(d) + "project/10000"}
	var list []map[string]any
	if c.user != nil {
		list = append(list, project)
	}
	switch {
	case c.r.Method == http.MethodPost && c.user == nil:
		c.messages(http.StatusUnauthorized, notAuthenticated)
	case c.r.Method == http.MethodPost:
		c.messages(http.StatusForbidden, notAdmin)
	case key == "search":
		c.value(http.StatusOK, map[string]any{"startAt": 0, "maxResults": 50, "total": len(list), "isLast": true, "values": append([]map[string]any{}, list...)})
	case key == "":
		c.value(http.StatusOK, append([]map[string]any{}, list...))
	case c.user == nil || !strings.EqualFold(key, d.store.project):
		c.messages(http.StatusNotFound, "No project could be found with key '"+key+"'.")
	default:
		c.value(http.StatusOK, project)
	}
}
