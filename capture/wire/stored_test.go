package wire

import (
	"io"
	"strings"
	"testing"
	"testing/iotest"
)

func TestStored(t *testing.T) {
	q, h, err := StoredRequest(strings.NewReader("POST https://a.example/x HTTP/1.1\r\nAuthorization: Basic QQ==\n\r\nContent-Length: 3\r\n\r\nabc"), nil)
	if err != nil || q.Method != "POST" || h.Target != "https://a.example/x" || string(q.Body.Head) != "" && !h.Early {
		t.Errorf("%+v %+v %v", q, h, err)
	}
	for name, tt := range map[string]struct{ text, body string }{
		"sized":           {"HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nabcdef", "abc"},
		"to the end":      {"HTTP/1.1 200 OK\r\n\r\nabcdef", "abcdef"},
		"chunked":         {"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n3\r\ndef\r\n0\r\n\r\n", "abcdef"},
		"undone":          {"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n{\"a\": 1}", `{"a": 1}`},
		"nothing":         {"HTTP/1.1 204 No Content\r\n\r\n", ""},
		"head breaks off": {"HTTP/1.1 401 Unauthorized\r\nX-Seraph-LoginReason: OUT", ""},
	} {
		for how, wrap := range map[string]func(io.Reader) io.Reader{"whole": func(r io.Reader) io.Reader { return r }, "by the byte": iotest.OneByteReader} {
			p, _, err := StoredResponse(wrap(strings.NewReader(tt.text)), "GET", nil)
			if err != nil {
				t.Errorf("%s, %s: %v", name, how, err)
			} else if string(p.Body.Head) != tt.body {
				t.Errorf("%s, %s: %q", name, how, p.Body.Head)
			}
		}
	}
	if _, _, err := StoredResponse(strings.NewReader(""), "GET", nil); err == nil {
		t.Error("nothing is a response")
	}
	if _, _, err := StoredResponse(iotest.ErrReader(io.ErrClosedPipe), "GET", nil); err != io.ErrClosedPipe {
		t.Error(err)
	}
}
