package main

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
)

// emit writes a report to standard output, or to the file of --output: whole or
// not at all, for its owner alone, and never over a capture it is made of.
func (s *showing) emit(std stdio, write func(io.Writer) error) error {
	if s.output == "" || s.output == "-" {
		if err := write(std.out); err != nil {
			return &exitError{code: exitUnusable, err: errors.New("the report could not be written")}
		}
		return nil
	}
	if err := s.clash(); err != nil {
		return err
	}
	n, err := writeWhole(s.output, write)
	if err != nil {
		return &exitError{code: exitUnusable, err: fmt.Errorf("--output: %w", cause(err)), hint: "is the folder there, and may you write to it?"}
	}
	fmt.Fprintf(std.err, "why401: wrote %s (%s, %d bytes)\n", s.output, s.format, n)
	return nil
}

// clash refuses an output that is one of the inputs.
func (s *showing) clash() error {
	out, err := os.Stat(s.output)
	if err != nil {
		return nil // it is not there yet
	}
	if out.IsDir() {
		return &exitError{code: exitUnusable, err: errors.New("--output names a folder")}
	}
	for _, name := range s.inputs {
		file, _, _ := strings.Cut(name, "!") // a member of an archive
		for _, in := range []string{name, file} {
			if i, err := os.Stat(in); err == nil && os.SameFile(i, out) {
				return &exitError{
					code: exitUnusable, err: errors.New("--output names a capture that is read"),
					hint: "choose another name: the report would replace it",
				}
			}
		}
	}
	return nil
}

// writeWhole makes a file complete before it has its name. A device is written
// to as it is.
func writeWhole(name string, write func(io.Writer) error) (n int64, err error) {
	var f *os.File
	old, err := os.Stat(name)
	device := err == nil && !old.Mode().IsRegular()
	if device {
		f, err = os.OpenFile(name, os.O_WRONLY, 0)
	} else {
		f, err = os.CreateTemp(filepath.Dir(name), ".why401-*") // mode 0600
	}
	if err != nil {
		return 0, err
	}
	if !device {
		defer func() {
			if err != nil {
				_ = os.Remove(f.Name())
			}
		}()
	}
	c := &counting{w: f}
	b := bufio.NewWriterSize(c, 64<<10)
	if err = write(b); err == nil {
		err = b.Flush()
	}
	if e := f.Close(); err == nil {
		err = e
	}
	if err == nil && !device {
		err = os.Rename(f.Name(), name)
	}
	return c.n, err
}

type counting struct {
	w io.Writer
	n int64
}

func (c *counting) Write(p []byte) (int, error) {
	n, err := c.w.Write(p)
	c.n += int64(n)
	return n, err
}
