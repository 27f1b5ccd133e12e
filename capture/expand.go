package capture

import (
	"context"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"strings"
)

// stdin is the name under which standard input is read, and the label it gets.
const (
	stdin      = "-"
	stdinLabel = "stdin"
)

// A file is one input to open, or why it cannot be.
type file struct {
	path  string
	size  int64  // -1: not known before it is read
	quiet bool   // found in a directory: what is no capture is not an error
	group *group // the directory it was found in; nil: named by the user
	fault *fault
}

// A group is a directory that the user named. It is an error if no file in it
// turns out to be a capture, and only the last file can tell.
type group struct {
	path  string
	left  int    // files of it still to be read
	found bool   // a capture, or an error that was reported
	hint  string // what to do about a file that nearly was one
}

// expand replaces directories and patterns by the files they stand for, each
// file once.
func (s *Source) expand() []file {
	var files []file
	seen := map[string]int{}
	add := func(more ...file) {
		for _, f := range more {
			i, again := seen[f.path]
			switch {
			case !again:
				seen[f.path] = len(files)
				files = append(files, f)
			case f.group != nil:
				f.group.left--
				f.group.found = true // what it is was said where it was named first
			default:
				files[i].quiet = false // named by the user after all
			}
		}
	}
	for _, name := range s.names {
		if s.halted() {
			break
		}
		switch {
		case name == stdin:
			add(file{path: stdin, size: -1})
		case name == "":
			files = append(files, file{path: "(no name)", fault: faultNoName})
		default:
			add(s.named(filepath.Clean(name))...)
		}
	}
	return files
}

// named returns the files that one name on the command line stands for.
func (s *Source) named(name string) []file {
	info, err := os.Stat(name)
	if err == nil {
		return s.found(name, info)
	}
	// Windows shells hand patterns on, and Windows refuses their characters
	// in names with an error of its own.
	if !strings.ContainsAny(name, "*?[") {
		return []file{{path: name, fault: faultOf(err)}}
	}
	matches, err := filepath.Glob(name)
	if err != nil {
		return []file{{path: name, fault: faultPattern}}
	}
	var files []file
	for _, m := range matches {
		if info, err := os.Stat(m); err == nil {
			files = append(files, s.found(m, info)...)
		}
	}
	if len(files) == 0 {
		files = []file{{path: name, fault: faultNoMatch}}
	}
	return files
}

// found returns the files that an existing name stands for.
func (s *Source) found(name string, info fs.FileInfo) []file {
	if !info.IsDir() {
		f := file{path: name, size: -1}
		if info.Mode().IsRegular() {
			f.size = info.Size()
		}
		return []file{f}
	}
	g := &group{path: name}
	files := s.walk(name, g)
	if g.left = len(files); g.left == 0 {
		return []file{{path: name, fault: faultNoCaptures}}
	}
	return files
}

// walk lists the regular files below a directory, each directory's in lexical
// order.
//
// It does not follow symbolic links to directories, so it ends; pipes and
// devices are left out, since they may never. Hidden names are left out as by
// a shell: they are version control, caches and the resource forks that macOS
// writes next to every file.
func (s *Source) walk(root string, g *group) []file {
	var files []file
	// The separator makes it enter a root that is a symbolic link itself.
	top := root + string(filepath.Separator)
	_ = filepath.WalkDir(top, func(path string, d fs.DirEntry, err error) error {
		switch {
		case s.halted():
			return fs.SkipAll
		case err != nil:
			files = append(files, file{path: path, group: g, fault: faultOf(err)})
			return nil // a directory that cannot be listed is not entered
		case path != top && strings.HasPrefix(d.Name(), "."):
			if d.IsDir() {
				return fs.SkipDir
			}
			return nil
		}
		if info, err := os.Stat(path); err == nil && info.Mode().IsRegular() {
			files = append(files, file{path: path, size: info.Size(), quiet: true, group: g})
		}
		return nil
	})
	return files
}

// open opens a file for reading. Opening a named pipe waits for its writer, so
// that is left behind if ctx is done first.
func open(ctx context.Context, path string) (*os.File, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, err
	}
	if info.Mode().IsRegular() || runtime.GOOS == "windows" {
		return os.Open(path)
	}
	type opened struct {
		f   *os.File
		err error
	}
	ch := make(chan opened, 1)
	go func() {
		f, err := os.Open(path)
		ch <- opened{f, err}
	}()
	select {
	case o := <-ch:
		return o.f, o.err
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// regular returns random access to what is left of a file, if it is a plain
// one. Files of size 0 are read as streams: those of /proc say 0.
func regular(r io.Reader) (io.ReaderAt, int64, bool) {
	f, ok := r.(*os.File)
	if !ok {
		return nil, 0, false
	}
	info, err := f.Stat()
	if err != nil || !info.Mode().IsRegular() {
		return nil, 0, false
	}
	at, err := f.Seek(0, io.SeekCurrent) // standard input may be part read
	if err != nil || info.Size() <= at {
		return nil, 0, false
	}
	return io.NewSectionReader(f, at, info.Size()-at), info.Size() - at, true
}
