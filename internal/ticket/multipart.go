package ticket

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"hash"
	"io"
	"strings"
)

// A changedError is returned for a file that is no longer what was looked at.
type changedError struct{}

func (*changedError) Error() string { return "the file was changed" }

// form is a file as multipart/form-data (RFC 7578), of a known length, read from
// the file as it is sent.
func form(f *File) *payload {
	boundary := "why401-" + f.SHA256[:40]
	head := fmt.Sprintf("--%s\r\nContent-Disposition: form-data; name=\"file\"; filename=\"%s\"\r\nContent-Type: %s\r\n\r\n", boundary, f.Name(), f.media())
	tail := "\r\n--" + boundary + "--\r\n"
	return &payload{
		media: "multipart/form-data; boundary=" + boundary,
		size:  int64(len(head)) + f.Size + int64(len(tail)),
		open: func() io.Reader {
			return io.MultiReader(strings.NewReader(head), &same{r: io.NewSectionReader(f.f, 0, f.Size), left: f.Size, want: f.SHA256, h: sha256.New()}, strings.NewReader(tail))
		},
	}
}

// same reads a file, and does not end unless it is what it was.
type same struct {
	r    io.Reader
	left int64
	want string
	h    hash.Hash
}

func (s *same) Read(p []byte) (int, error) {
	n, err := s.r.Read(p)
	s.h.Write(p[:n])
	s.left -= int64(n)
	if s.left <= 0 && hex.EncodeToString(s.h.Sum(nil)) != s.want || err != nil && s.left > 0 {
		return 0, &changedError{} // before the last piece is out
	}
	return n, err
}

// media is what a browser may take the attachment for: never a page that it runs
// in the origin of Jira.
func (t *File) media() string {
	switch t.Format {
	case "json", "adf", "sarif":
		return "application/json"
	case "":
		if t.Kind == KindBundle {
			return "application/zip"
		}
		return "application/json"
	}
	return "application/octet-stream"
}
