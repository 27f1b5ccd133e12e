package ticket

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/why401/why401/internal/redact"
)

// A State is what the site says of the ticket before anything is sent.
type State struct {
	Request  bool  // it is a request of Jira Service Management
	Internal bool  // the comment will be internal
	Limit    int64 // bytes that an attachment may have; 0: the site does not say
	// There are the files that are on the ticket already, by name; Noted is set if
	// the comment is there, too.
	There map[string]bool
	Noted bool

	desk string // id of the service desk
	// project is set for an issue of a service project, which may have a customer.
	project bool
}

// Done reports whether there is nothing left to do.
func (s *State) Done(files []*File) bool {
	return s.Noted && !slices.ContainsFunc(files, func(f *File) bool { return !s.There[f.Name()] })
}

func (c *Client) api() string {
	if c.o.Site.cloud {
		return "/rest/api/3"
	}
	return "/rest/api/2"
}

func (c *Client) issue() string { return c.api() + "/issue/" + url.PathEscape(c.o.Key) }

func (c *Client) request() string {
	return "/rest/servicedeskapi/request/" + url.PathEscape(c.o.Key)
}

type attachment struct {
	Name string `json:"filename"`
	Size int64  `json:"size"`
}

// Look asks the site about the ticket, and changes nothing there.
func (c *Client) Look(ctx context.Context, files []*File) (*State, error) {
	s := &State{There: map[string]bool{}}
	if err := c.limit(ctx, s); err != nil {
		return nil, err
	}
	for _, f := range files {
		if s.Limit > 0 && f.Size > s.Limit {
			return nil, &CallError{
				Doing: "before attaching",
				Why:   redact.Sprintf("%s has %s bytes, and the site takes %s at most; nothing was sent", redact.Name(f.name), redact.Int(int(f.Size)), redact.Int(int(s.Limit))),
				Hint:  "attach the report without the capture, or a capture of the failing request alone",
			}
		}
	}
	var issue struct {
		Fields struct {
			Project struct {
				Type string `json:"projectTypeKey"`
			} `json:"project"`
			Attachment []attachment `json:"attachment"`
		} `json:"fields"`
	}
	err := c.call(ctx, "reading the ticket", http.MethodGet, c.issue()+"?fields=project,attachment", nil, &issue)
	var ce *CallError
	switch {
	case errors.As(err, &ce) && ce.Status == http.StatusNotFound:
		// A customer of Jira Service Management sees requests and no issues.
		if c.portal(ctx, s) != nil {
			return nil, err
		}
		var page struct{ Values []attachment }
		if err := c.call(ctx, "reading the attachments", http.MethodGet, c.request()+"/attachment?limit=100", nil, &page); err != nil {
			return nil, err
		}
		issue.Fields.Attachment = page.Values
	case err != nil:
		return nil, err
	case issue.Fields.Project.Type == "service_desk":
		s.project = true
		if err := c.portal(ctx, s); errors.As(err, &ce) && ce.Status == http.StatusNotFound {
			err = nil // an issue without a request type: no portal shows it
		} else if err != nil {
			return nil, err
		}
	}
	s.Internal = (s.Request || s.project) && !c.o.Public
	for _, f := range files {
		if slices.Contains(issue.Fields.Attachment, attachment{f.Name(), f.Size}) {
			s.There[f.Name()] = true
		}
	}
	s.Noted, err = c.noted(ctx, s, files)
	return s, err
}

func (c *Client) limit(ctx context.Context, s *State) error {
	var meta struct {
		Enabled *bool `json:"enabled"`
		Limit   int64 `json:"uploadLimit"`
	}
	if err := c.call(ctx, "asking for the limit of attachments", http.MethodGet, c.api()+"/attachment/meta", nil, &meta); err != nil {
		return err
	}
	if meta.Enabled != nil && !*meta.Enabled {
		return &CallError{
			Doing: "before attaching", Why: redact.Const("attachments are switched off at this site; nothing was sent"),
			Hint: "an administrator switches them on",
		}
	}
	s.Limit = meta.Limit
	return nil
}

// portal finds out whether the ticket is a request.
func (c *Client) portal(ctx context.Context, s *State) error {
	var r struct {
		Desk json.RawMessage `json:"serviceDeskId"` // a string, or a number in old versions
	}
	if err := c.call(ctx, "reading the request", http.MethodGet, c.request(), nil, &r); err != nil {
		return err
	}
	s.desk = strings.Trim(string(r.Desk), `"`)
	if s.desk == "" || strings.Trim(s.desk, "0123456789") != "" {
		return &CallError{Doing: "reading the request", Why: redact.Const("the answer names no service desk")}
	}
	s.Request = true
	return nil
}

// noted looks for the comment.
func (c *Client) noted(ctx context.Context, s *State, files []*File) (bool, error) {
	path := c.issue() + "/comment?orderBy=-created&maxResults=100"
	if s.Request {
		path = c.request() + "/comment?limit=100"
	}
	var page struct {
		Comments []json.RawMessage `json:"comments"`
		Values   []json.RawMessage `json:"values"`
	}
	if err := c.call(ctx, "reading the comments", http.MethodGet, path, nil, &page); err != nil {
		return false, err
	}
	return slices.ContainsFunc(slices.Concat(page.Comments, page.Values), func(b json.RawMessage) bool {
		return strings.Contains(string(b), mark(files))
	}), nil
}

// Attach brings the files that are not there yet onto the ticket, and a comment
// that says what they are. The state is that of [Client.Look].
func (c *Client) Attach(ctx context.Context, s *State, files []*File) error {
	if s.Done(files) {
		return nil
	}
	var left []*File
	for _, f := range files {
		if !s.There[f.Name()] {
			left = append(left, f)
		}
	}
	if s.Request {
		return c.attachToRequest(ctx, s, files, left)
	}
	for _, f := range left {
		var got []attachment
		if err := c.call(ctx, "attaching "+f.Name(), http.MethodPost, c.issue()+"/attachments", form(f), &got); err != nil {
			return err
		}
		if !slices.ContainsFunc(got, func(a attachment) bool { return a.Size == f.Size }) {
			return &CallError{Doing: "attaching " + f.Name(), Why: redact.Const("the site does not say that it has all of it"), Hint: "look at the ticket"}
		}
		s.There[f.Name()] = true
	}
	if s.Noted {
		return nil
	}
	note := c.note(files)
	body := map[string]any{"body": note.wiki()}
	if c.o.Site.cloud {
		body["body"] = note.adf()
	}
	if s.Internal {
		body["properties"] = []any{map[string]any{"key": "sd.public.comment", "value": map[string]any{"internal": true}}}
	}
	if err := c.call(ctx, "writing the comment", http.MethodPost, c.issue()+"/comment", jsonOf(body), nil); err != nil {
		return err
	}
	s.Noted = true
	return nil
}

// attachToRequest uploads files for a while, and then ties them to the request
// with the comment, all at once.
func (c *Client) attachToRequest(ctx context.Context, s *State, files, left []*File) error {
	note := c.note(files)
	if len(left) == 0 {
		body := jsonOf(map[string]any{"body": note.wiki(), "public": c.o.Public})
		if err := c.call(ctx, "writing the comment", http.MethodPost, c.request()+"/comment", body, nil); err != nil {
			return err
		}
		s.Noted = true
		return nil
	}
	ids := []string{}
	for _, f := range left {
		var got struct {
			List []struct {
				ID string `json:"temporaryAttachmentId"`
			} `json:"temporaryAttachments"`
		}
		path := "/rest/servicedeskapi/servicedesk/" + s.desk + "/attachTemporaryFile"
		if err := c.call(ctx, "uploading "+f.Name(), http.MethodPost, path, form(f), &got); err != nil {
			return err
		}
		if len(got.List) != 1 {
			return &CallError{Doing: "uploading " + f.Name(), Why: redact.Const("the site does not say that it has it")}
		}
		ids = append(ids, got.List[0].ID)
	}
	body := map[string]any{"temporaryAttachmentIds": ids, "public": c.o.Public, "additionalComment": map[string]string{"body": note.wiki()}}
	if err := c.call(ctx, "attaching to the request", http.MethodPost, c.request()+"/attachment", jsonOf(body), nil); err != nil {
		var ce *CallError
		if errors.As(err, &ce) && !c.o.Public && (ce.Status == http.StatusForbidden || ce.Status == http.StatusBadRequest) {
			ce.Hint = "a customer cannot write what is internal; --public shows it to all who see the request"
		}
		return err
	}
	for _, f := range left {
		s.There[f.Name()] = true
	}
	s.Noted = true
	return nil
}

// Visibility says who will see what is sent.
func (s *State) Visibility() string {
	switch {
	case s.Request && s.Internal:
		return "internal: the customer of the request does not see it"
	case s.Request:
		return "public: the customer of the request sees it"
	case s.project && s.Internal:
		return "internal comment; files as those of any issue"
	}
	return "whoever may see the issue"
}

// sizeText is a number of bytes for people.
func sizeText(n int64) string { return fmt.Sprintf("%d bytes", n) }
