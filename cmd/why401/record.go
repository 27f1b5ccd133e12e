package main

import (
	"errors"
	"fmt"
	"io"
	"os"

	"github.com/why401/why401/har"
	"github.com/why401/why401/internal/exchange"
	"github.com/why401/why401/internal/scrub"
)

// A recording is a HAR of the packet captures that a run reads. The file is made
// when there is something to write, which is after the inputs were listed: a new
// file in a folder that is read is no input.
type recording struct {
	name  string
	scrub *scrub.Scrubber // nil: secrets stay
	file  *os.File
	har   *har.Writer
	n     int
	err   error // the first one; nothing is written after it
}

// newRecording returns a recording into a file that is not there yet: what is
// there may be an input, or the only copy of another capture.
func newRecording(name string, s *scrub.Scrubber) (*recording, error) {
	if _, err := os.Lstat(name); err == nil {
		return nil, &exitError{
			code: exitUnusable, err: errors.New("--har: there is a file of that name already"), hint: "it is not replaced, because it may be an input; name another",
		}
	}
	return &recording{name: name, scrub: s}, nil
}

// packets reports whether a capture is one of packets. Others are HARs already,
// or lack what a HAR must say.
func packets(c *exchange.Capture) bool {
	return c != nil && (c.Format == "pcap" || c.Format == "pcapng")
}

// see writes an exchange of a packet capture.
func (r *recording) see(x *exchange.Exchange) {
	if r == nil || r.err != nil || x == nil || !packets(x.From) {
		return
	}
	if r.begin(); r.err == nil {
		r.n++
		if r.scrub != nil {
			x = r.scrub.Exchange(x)
		}
		r.err = r.har.Write(x)
	}
}

func (r *recording) begin() {
	if r.file != nil {
		return
	}
	if r.file, r.err = os.OpenFile(r.name, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600); r.err == nil {
		r.har = har.NewWriter(r.file, "why401", buildVersion())
	}
}

// close completes the file and says what is in it.
func (r *recording) close(w io.Writer, captures []*exchange.Capture) error {
	if r == nil {
		return nil
	}
	some := false
	for _, c := range captures {
		some = some || packets(c)
	}
	if !some {
		return &exitError{code: exitUnusable, err: errors.New("--har: there is no packet capture among the inputs"), hint: "it writes packet captures as HAR; other captures are left as they are"}
	}
	if r.err == nil {
		r.begin()
	}
	if r.har != nil {
		if err := r.har.Close(); r.err == nil {
			r.err = err
		}
		if err := r.file.Close(); r.err == nil {
			r.err = err
		}
		if r.err == nil && r.scrub != nil {
			r.err = sweep(r.name, r.scrub)
		}
	}
	switch {
	case errors.Is(r.err, scrub.ErrLeak):
		return &exitError{code: exitLeak, err: errors.New("--har: nothing was written: a secret was left in the scrubbed capture"), hint: "please report the kind of capture (not the capture)"}
	case r.err != nil:
		if r.scrub != nil {
			_ = os.Remove(r.name) // it was not looked through
		}
		return &exitError{code: exitUnusable, err: fmt.Errorf("--har: the file is not complete: %w", cause(r.err))}
	}
	if r.n == 0 {
		fmt.Fprintf(w, "why401: no request could be read from the packets; %s is an empty HAR\n", r.name)
		return nil
	}
	what := "passwords and tokens included"
	if r.scrub != nil {
		what = "scrubbed: secrets are replaced"
	}
	fmt.Fprintf(w, "why401: %d requests written to %s, %s\n", r.n, r.name, what)
	if r.scrub != nil {
		tellStrict(w, r.scrub.Counts())
	}
	return nil
}
