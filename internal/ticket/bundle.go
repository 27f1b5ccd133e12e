package ticket

import (
	"archive/zip"
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"
	"path"
	"strings"
)

// bundle looks through a zip archive: a MANIFEST must name the SHA-256 of each
// other member, and each must be what could be attached by itself.
func (t *File) bundle(r io.ReaderAt, size int64) error {
	z, err := zip.NewReader(r, size)
	if err != nil {
		return errors.New("is a damaged zip archive")
	}
	if len(z.File) > maxMembers {
		return fmt.Errorf("is an archive of more than %d files, which no bundle is", maxMembers)
	}
	t.Kind = KindBundle
	sums := map[string]bool{}
	manifest := ""
	left := int64(maxUnpacked)
	for _, m := range z.File {
		if strings.HasPrefix(path.Base(m.Name), "MANIFEST") {
			b, err := unpack(m, maxJSON)
			if err != nil {
				return err
			}
			manifest = string(b)
			if err := gate(bytes.NewReader(b), nil); err != nil {
				return err
			}
			continue
		}
		sum, used, err := t.member(m, left)
		if err != nil {
			return err
		}
		left -= used
		sums[sum] = true
	}
	if manifest == "" || len(sums) == 0 {
		return &Refusal{
			Why:  "is a zip archive, but no bundle of why401: it has no MANIFEST",
			Hint: "why401 bundle makes one of captures",
		}
	}
	for s := range sums {
		if !strings.Contains(strings.ToLower(manifest), s) {
			return errors.New("is a bundle that was changed: its MANIFEST does not have the SHA-256 of each file")
		}
	}
	return nil
}

// member looks at one file of a bundle. It is unpacked to disk: a HAR may be
// long.
func (t *File) member(m *zip.File, left int64) (sum string, used int64, err error) {
	if m.UncompressedSize64 > uint64(left) {
		return "", 0, errors.New("is an archive of more than 1 GiB, unpacked")
	}
	in, err := m.Open()
	if err != nil {
		return "", 0, errors.New("is a zip archive with a member that cannot be read")
	}
	defer in.Close()
	tmp, err := os.CreateTemp("", ".why401-*") // mode 0600
	if err != nil {
		return "", 0, errors.New("cannot be unpacked: there is no room for temporary files")
	}
	defer os.Remove(tmp.Name())
	defer tmp.Close()
	h := sha256.New()
	n, err := io.Copy(io.MultiWriter(tmp, h), io.LimitReader(in, left+1))
	switch {
	case n > left:
		return "", 0, errors.New("is an archive of more than 1 GiB, unpacked")
	case err != nil:
		return "", 0, errors.New("is a zip archive with a damaged member")
	}
	inner := &File{}
	if err := inner.tell(tmp, n); err != nil {
		var r *Refusal
		if errors.As(err, &r) {
			r.Why = "has a file in it that " + r.Why
			return "", 0, r
		}
		return "", 0, fmt.Errorf("has a file in it that %w", err)
	}
	if inner.Kind == KindBundle {
		return "", 0, errors.New("is an archive with archives in it")
	}
	if len(inner.Causes) > 0 {
		t.Causes = inner.Causes
	}
	return hex.EncodeToString(h.Sum(nil)), n, nil
}

func unpack(m *zip.File, most int64) ([]byte, error) {
	in, err := m.Open()
	if err != nil {
		return nil, errors.New("is a zip archive with a member that cannot be read")
	}
	defer in.Close()
	b, err := io.ReadAll(io.LimitReader(in, most+1))
	if err != nil || int64(len(b)) > most {
		return nil, errors.New("is a zip archive with a damaged member")
	}
	return b, nil
}
