package jiratest

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
)

const deskID = "4"

// serviceDesk answers the REST API of Jira Service Management.
func (c *call) serviceDesk(d dialect, rest string) {
	if c.forged() {
		return
	}
	what, rest, _ := strings.Cut(rest, "/")
	id, part, _ := strings.Cut(rest, "/")
	if c.user == nil {
		d.nobody()
		return
	}
	if what == "servicedesk" && part == "attachTemporaryFile" && c.r.Method == http.MethodPost {
		c.temporary(d, id)
		return
	}
	c.s.mu.Lock()
	i := d.store.find(id)
	c.s.mu.Unlock()
	switch {
	case what != "request":
		c.noResource()
	case i == nil || !i.desk:
		c.deskError(http.StatusNotFound, "The issue no longer exists, or you do not have permission to view it.")
	case part == "":
		c.value(http.StatusOK, map[string]any{
			"issueId": fmt.Sprint(i.id), "issueKey": i.key, "serviceDeskId": deskID, "requestTypeId": "10", "summary": i.summary,
		})
	case part == "attachment" && c.r.Method == http.MethodPost:
		c.tie(d, i)
	case part == "attachment":
		c.s.mu.Lock()
		list := c.listFiles(d, i.files)
		c.s.mu.Unlock()
		c.values(list)
	case part == "comment" && c.r.Method == http.MethodPost:
		in := c.body()
		text, _ := in["body"].(string)
		public, _ := in["public"].(bool)
		n := c.comment(i, comment{text, !public})
		c.value(http.StatusCreated, map[string]any{"id": fmt.Sprint(i.id*1000 + n), "body": text, "public": public})
	case part == "comment":
		c.s.mu.Lock()
		list := []map[string]any{}
		for n, one := range i.comments {
			list = append(list, map[string]any{"id": fmt.Sprint(i.id*1000 + n + 1), "body": one.text, "public": !one.internal})
		}
		c.s.mu.Unlock()
		c.values(list)
	default:
		c.noResource()
	}
}

func (c *call) values(values []map[string]any) {
	c.value(http.StatusOK, map[string]any{"size": len(values), "start": 0, "limit": 100, "isLastPage": true, "values": values})
}

func (c *call) deskError(status int, text string) {
	c.value(status, map[string]any{"errorMessage": text, "i18nErrorMessage": map[string]any{"i18nKey": "sd.error", "parameters": []string{}}})
}

// temporary takes files that [call.tie] ties to a request.
func (c *call) temporary(d dialect, desk string) {
	if desk != deskID {
		c.deskError(http.StatusNotFound, "The service desk doesn't exist.")
		return
	}
	files, ok := c.receive()
	if !ok {
		return
	}
	list := []map[string]string{}
	c.s.mu.Lock()
	for _, f := range files {
		f.id = int(c.s.serials.Add(1))
		if len(d.store.waiting) >= maxIssues {
			d.store.waiting = d.store.waiting[1:]
		}
		d.store.waiting = append(d.store.waiting, f)
		list = append(list, map[string]string{"temporaryAttachmentId": temporaryID(f), "fileName": f.name})
	}
	c.s.mu.Unlock()
	c.value(http.StatusCreated, map[string]any{"temporaryAttachments": list})
}

func temporaryID(f file) string { return fmt.Sprintf("temp%019d", f.id) }

// tie makes attachments of temporary ones, with a comment.
func (c *call) tie(d dialect, i *issue) {
	in := c.body()
	ids, _ := in["temporaryAttachmentIds"].([]any)
	public, _ := in["public"].(bool)
	extra, _ := in["additionalComment"].(map[string]any)
	text, _ := extra["body"].(string)
	var files []file
	c.s.mu.Lock()
	for _, id := range ids {
		at := slices.IndexFunc(d.store.waiting, func(f file) bool { return temporaryID(f) == id })
		if at >= 0 {
			f := d.store.waiting[at]
			f.public = public
			files = append(files, f)
		}
	}
	ok := len(files) == len(ids) && len(ids) > 0
	if ok {
		d.store.waiting = slices.DeleteFunc(d.store.waiting, func(f file) bool { return slices.ContainsFunc(files, func(g file) bool { return f.id == g.id }) })
		files = i.keep(files)
	}
	list := c.listFiles(d, files)
	c.s.mu.Unlock()
	if !ok {
		c.deskError(http.StatusBadRequest, "One or more temporary attachments do not exist.")
		return
	}
	for _, f := range files {
		text += fmt.Sprintf("\n[^%s]", f.name) // as the product refers to them
	}
	c.comment(i, comment{text, !public})
	c.value(http.StatusCreated, map[string]any{"attachments": map[string]any{"values": list}, "comment": map[string]any{"body": text, "public": public}})
}

// A Ticket is what an issue has got.
type Ticket struct {
	Files    []TicketFile
	Comments []TicketComment
}

// A TicketFile is an attachment.
type TicketFile struct {
	Name   string
	Size   int64
	SHA256 string // in hexadecimal
	Public bool   // on a request: its customer sees it
}

// A TicketComment is a comment.
type TicketComment struct {
	Body     string // wiki markup, or the Atlassian Document Format as JSON
	Internal bool
}

// Ticket returns what an issue of Jira Cloud or Data Center has got; the zero value
// if there is none.
func (s *Site) Ticket(cloud bool, key string) (t Ticket) {
	s.mu.Lock()
	defer s.mu.Unlock()
	from := &s.server
	if cloud {
		from = &s.cloud
	}
	i := from.find(key)
	if i == nil {
		return t
	}
	for _, f := range i.files {
		t.Files = append(t.Files, TicketFile{f.name, f.size, f.sum, f.public})
	}
	for _, c := range i.comments {
		t.Comments = append(t.Comments, TicketComment{c.text, c.internal})
	}
	return t
}
