package insomnia

import (
	"encoding/json"
	"strings"
)

// A document is an export. Version 4 is a flat list of resources, version 5 a
// tree.
type document struct {
	Resources    []*resource
	Collection   []*item
	Environments *environment
}

// An item is a request or a folder of version 5.
type item struct {
	request
	Children []*item
	Scripts  struct {
		PreRequest text
	}
}

// A resource is one of version 4.
type resource struct {
	request
	ID       text            `json:"_id"`
	Type     text            `json:"_type"`
	ParentID text            `json:"parentId"`
	Data     json.RawMessage // of an environment
}

// A request is one, or what a folder hands down to those in it.
type request struct {
	Name             text
	URL              text
	Method           text
	Headers          []field
	Parameters       []field
	PathParameters   []field
	Authentication   auth
	Body             *body
	Environment      json.RawMessage
	PreRequestScript text
}

// An environment is one of version 5, with those that a person can choose.
type environment struct {
	Data            json.RawMessage
	SubEnvironments []struct{ Data json.RawMessage }
}

// A field is a header field, a query parameter or a field of a form.
type field struct {
	Name, Value text
	Disabled    flag
}

// An auth is how a request is told to prove who sends it.
type auth struct {
	Type        text
	Disabled    flag
	Username    text
	Password    text
	UseISO88591 flag
	Token       text
	Prefix      text
	Key         text
	Value       text
	AddTo       text
}

// UnmarshalJSON takes an object; anything else, as null, is none.
func (a *auth) UnmarshalJSON(b []byte) error {
	type plain auth
	if len(b) == 0 || b[0] != '{' {
		return nil
	}
	return json.Unmarshal(b, (*plain)(a))
}

// set reports whether there is one that counts; a folder's goes before none.
func (a *auth) set() bool { return a.Type != "" && !bool(a.Disabled) }

// A body is that of a request.
type body struct {
	MimeType text
	Text     *text
	Params   []field
	FileName text
}

// UnmarshalJSON takes an object; version 3 wrote text alone.
func (b *body) UnmarshalJSON(raw []byte) error {
	type plain body
	switch {
	case len(raw) > 0 && raw[0] == '{':
		return json.Unmarshal(raw, (*plain)(b))
	case len(raw) > 0 && raw[0] == '"':
		b.Text = new(text)
		return json.Unmarshal(raw, b.Text)
	}
	return nil
}

// text is a string; numbers and booleans are taken as written, anything else is
// "".
type text string

// UnmarshalJSON never fails on valid JSON.
func (t *text) UnmarshalJSON(b []byte) error {
	switch {
	case len(b) > 0 && b[0] == '"':
		return json.Unmarshal(b, (*string)(t))
	case len(b) > 0 && (b[0] == '{' || b[0] == '['), string(b) == "null":
		*t = ""
	default:
		*t = text(b)
	}
	return nil
}

// flag is a boolean, also one that is written as a string.
type flag bool

// UnmarshalJSON never fails.
func (f *flag) UnmarshalJSON(b []byte) error {
	*f = flag(strings.Trim(string(b), `"`) == "true")
	return nil
}
