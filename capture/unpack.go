package capture

import (
	"archive/tar"
	"archive/zip"
	"bufio"
	"compress/bzip2"
	"compress/gzip"
	"compress/zlib"
	"errors"
	"io"
	"io/fs"
	"maps"
	"path"
	"sync/atomic"

	"github.com/klauspost/compress/zstd"

	"github.com/why401/why401/capture/form"
	"github.com/why401/why401/internal/exchange"
)

// Methods of compression in zip archives (APPNOTE.TXT, 4.4.5) that archive/zip
// does not know by itself.
const (
	zipBzip2 = 12
	zipZstd  = 93
)

// zipEncrypted is the bit of the general purpose flags that says so
// (APPNOTE.TXT, 4.4.4).
const zipEncrypted = 1

// unpack reads what is in a single compressed stream.
func (s *Source) unpack(in *input, k *kind) {
	var r io.Reader
	var err error
	tail := new(atomic.Bool)
	switch k.id {
	case "gzip":
		r, err = newGunzip(in.r, tail)
	case "zlib":
		r, err = zlib.NewReader(in.r)
	case "bzip2":
		r = bzip2.NewReader(in.r)
	case "zstd":
		var d *zstd.Decoder
		d, err = newZstd(in.r)
		if err == nil {
			defer d.Close()
		}
		r = d
	}
	if err != nil {
		s.refuse(in.label, k.id, packedFault(err))
		return
	}
	out := s.within(in, in.label, r, in.n)
	out.tail = tail
	s.input(out)
	in.refused = out.refused
}

func newZstd(r io.Reader) (*zstd.Decoder, error) {
	return zstd.NewReader(r,
		zstd.WithDecoderConcurrency(1), // decode in the reader's goroutine
		zstd.WithDecoderLowmem(true),
		zstd.WithDecoderMaxWindow(maxWindow))
}

// A gunzip reads all members of a gzip stream and stops at what follows them.
// gzip.Reader alone would call trailing garbage an error, though nothing is lost.
type gunzip struct {
	src  *bufio.Reader
	z    *gzip.Reader
	tail *atomic.Bool // set if something else follows
}

func newGunzip(src *bufio.Reader, tail *atomic.Bool) (*gunzip, error) {
	z, err := gzip.NewReader(src)
	if err != nil {
		return nil, err
	}
	z.Multistream(false)
	return &gunzip{src, z, tail}, nil
}

func (g *gunzip) Read(p []byte) (int, error) {
	for {
		n, err := g.z.Read(p)
		if n > 0 && err == io.EOF {
			return n, nil // the next call gets the end of the member again
		}
		if n > 0 || err != io.EOF {
			return n, err
		}
		next, err := g.src.Peek(2)
		if len(next) < 2 || next[0] != 0x1f || next[1] != 0x8b {
			g.tail.Store(len(next) > 0)
			if err == nil || err == io.EOF {
				err = io.EOF
			}
			return 0, err
		}
		if err := g.z.Reset(g.src); err != nil {
			return 0, err
		}
		g.z.Multistream(false)
	}
}

// zip reads the captures in a zip archive, in the order of its directory.
func (s *Source) zip(in *input) {
	at, size := in.at, in.size
	if at == nil {
		var drop func()
		var err error
		at, size, drop, err = spool(s.lim, in.r, in.depth == 0)
		if err != nil {
			s.refuse(in.label, "zip", packedOr(in, err))
			return
		}
		defer drop()
	}
	z, read, f := s.directory(at, size)
	if f != nil {
		s.refuse(in.label, "zip", f)
		return
	}
	met, skipped, locked := len(s.captures), maps.Clone(s.skipped), false
	members := z.File[:min(len(z.File), s.lim.members)]
	whole, named := sniffArchive(members)
	if whole != nil {
		s.one(in, whole.ID, func(c *exchange.Capture) form.Exchanges {
			return whole.Archive(c, &form.Archive{Options: s.options(), Members: members, Open: s.opener(in, read)})
		})
		return
	}
	bodies := bodiesOf(members)
	for _, m := range members {
		if s.halted() {
			return
		}
		switch {
		case m.Flags&zipEncrypted != 0:
			locked = true
		case bodies[m.Name] != nil: // goes with its HAR
		case m.FileInfo().IsDir() || m.UncompressedSize64 == 0:
		default:
			s.zipMember(in, m, read, bodies)
		}
	}
	switch {
	case locked:
		s.refuse(in.label, "zip", faultEncrypted)
	case len(z.File) > s.lim.members:
		s.refuse(in.label, "zip", faultMembers)
	case len(s.captures) == met:
		s.skipped = skipped // it is the archive itself that is left out
		s.reject(in, memberless(in, named))
	}
}

// directory reads the directory of a zip archive, and returns the count of what
// is read from the archive later. Its length is bounded here,
// because archive/zip holds several times as much in memory.
func (s *Source) directory(at io.ReaderAt, size int64) (*zip.Reader, *atomic.Int64, *fault) {
	b := &bounded{at: at, left: s.lim.directory}
	z, err := zip.NewReader(b, size)
	switch {
	case b.left < 0:
		return nil, nil, faultDirectory
	case z == nil || err != nil && !errors.Is(err, zip.ErrInsecurePath): // names are only shown
		return nil, nil, faultArchive
	}
	b.off = true
	z.RegisterDecompressor(zipBzip2, func(r io.Reader) io.ReadCloser {
		return io.NopCloser(bzip2.NewReader(r))
	})
	z.RegisterDecompressor(zipZstd, func(r io.Reader) io.ReadCloser {
		d, err := newZstd(r)
		if err != nil {
			return io.NopCloser(failing{err})
		}
		return d.IOReadCloser()
	})
	return z, &b.n, nil
}

// bodiesOf returns the members that are bodies of a HAR beside them: Playwright's
// recordHar calls them by their SHA-1 if it writes a zip archive.
func bodiesOf(members []*zip.File) map[string]*zip.File {
	bodies, hars := map[string]*zip.File{}, map[string]bool{}
	for _, m := range members {
		dir, name := path.Split(m.Name)
		switch {
		case path.Ext(name) == ".har":
			hars[dir] = true
		case hashed().MatchString(name):
			bodies[m.Name] = m
		}
	}
	maps.DeleteFunc(bodies, func(name string, _ *zip.File) bool {
		dir, _ := path.Split(name)
		return !hars[dir]
	})
	return bodies
}

var hashed = form.Pattern(`^[0-9a-f]{40}(\.[0-9A-Za-z]{1,16})?$`)

// zipMember reads one member of a zip archive; read counts what is read of it.
func (s *Source) zipMember(in *input, m *zip.File, read *atomic.Int64, bodies map[string]*zip.File) {
	name := member(in.label, m.Name)
	r, err := m.Open()
	if errors.Is(err, zip.ErrAlgorithm) {
		s.refuse(name, "", faultMethod)
		return
	}
	if err != nil {
		s.refuse(name, "", faultArchive)
		return
	}
	defer r.Close()
	out := s.within(in, name, r, read)
	out.quiet = true
	if len(bodies) > 0 {
		dir, _ := path.Split(m.Name)
		open := s.opener(&input{left: in.left, said: new(atomic.Pointer[fault])}, read) // a damaged body is no damaged HAR
		out.body = func(name string) (io.ReadCloser, error) {
			if b := bodies[dir+name]; b != nil && b.Flags&zipEncrypted == 0 {
				return open(b)
			}
			return nil, fs.ErrNotExist
		}
	}
	s.input(out)
	in.keep(out.refused)
}

// opener returns the function that opens members of a zip archive; read counts
// what is read of it.
func (s *Source) opener(in *input, read *atomic.Int64) func(*zip.File) (io.ReadCloser, error) {
	return func(m *zip.File) (io.ReadCloser, error) {
		r, err := m.Open()
		if err != nil {
			return nil, err
		}
		g := &guard{lim: s.lim, r: r, in: read, base: read.Load(), left: in.left, said: in.said}
		return struct {
			io.Reader
			io.Closer
		}{&meter{ctx: s.ctx, r: g, n: new(atomic.Int64)}, r}, nil
	}
}

// tar reads the captures in a tar archive, as they come by.
func (s *Source) tar(in *input) {
	met, skipped := len(s.captures), maps.Clone(s.skipped)
	t := tar.NewReader(in.r)
	for n := 0; !s.halted(); n++ {
		h, err := t.Next()
		switch {
		case err == io.EOF:
			if len(s.captures) == met {
				s.skipped = skipped
				s.reject(in, memberless(in, nil))
			}
			return
		case err != nil && !errors.Is(err, tar.ErrInsecurePath):
			f := in.said.Load()
			if f == nil {
				f = faultArchive
			}
			s.refuse(in.label, "tar", f)
			return
		case n == s.lim.members:
			s.refuse(in.label, "tar", faultMembers)
			return
		case h.Typeflag == tar.TypeReg && h.Size > 0:
			out := s.within(in, member(in.label, h.Name), untar{t}, in.n)
			out.quiet = true
			s.input(out)
			in.keep(out.refused)
			if out.said.Load() != nil {
				return // what is behind it cannot be found any more
			}
		}
	}
}

// untar reads a member of a tar archive; where it ends early, the archive does.
type untar struct{ t *tar.Reader }

func (u untar) Read(p []byte) (int, error) {
	n, err := u.t.Read(p)
	if errors.Is(err, io.ErrUnexpectedEOF) {
		err = faultArchive
	}
	return n, err
}

// keep remembers the most telling kind among the members that were left out.
func (in *input) keep(k *kind) {
	if k != nil && (in.refused == nil || k.traffic && !in.refused.traffic) {
		in.refused = k
	}
}

// memberless is the kind of an archive without captures: what its names say it
// is, or else an archive of what was found in it.
func memberless(in *input, named *kind) *kind {
	if named != nil {
		return named
	}
	k := &kind{id: "archive", reason: faultMemberless.reason, hint: faultMemberless.hint}
	if in.refused != nil && in.refused.hint != "" {
		k.hint, k.traffic = in.refused.hint, in.refused.traffic
	}
	return k
}

// A bounded reader gives out a limited number of bytes until it is off; it
// counts them all.
type bounded struct {
	at   io.ReaderAt
	left int64
	off  bool
	n    atomic.Int64
}

func (b *bounded) ReadAt(p []byte, off int64) (int, error) {
	if !b.off {
		if b.left -= int64(len(p)); b.left < 0 {
			return 0, faultDirectory
		}
	}
	n, err := b.at.ReadAt(p, off)
	b.n.Add(int64(n))
	return n, err
}

// failing is a reader that cannot read.
type failing struct{ err error }

func (f failing) Read([]byte) (int, error) { return 0, f.err }
