package main

import (
	"io"
	"time"

	"github.com/schollz/progressbar/v3"

	"github.com/why401/why401/capture"
)

// quiet is how long a run may take without a progress bar.
const quiet = 700 * time.Millisecond

// progress is a bar on a terminal, for inputs that take a while; nothing
// elsewhere.
type progress struct {
	w     io.Writer
	on    bool
	start time.Time
	bar   *progressbar.ProgressBar
}

func newProgress(w io.Writer) *progress {
	_, tty := terminal(w)
	return &progress{w: w, on: tty, start: time.Now()}
}

func (p *progress) update(q capture.Progress) {
	if !p.on || time.Since(p.start) < quiet {
		return
	}
	if p.bar == nil {
		p.bar = progressbar.NewOptions64(q.Total,
			progressbar.OptionSetWriter(p.w),
			progressbar.OptionSetDescription("reading"),
			progressbar.OptionShowBytes(true),
			progressbar.OptionSetWidth(30),
			progressbar.OptionThrottle(100*time.Millisecond),
			progressbar.OptionClearOnFinish(),
		)
	}
	_ = p.bar.Set64(q.Read)
}

// done removes the bar.
func (p *progress) done() {
	if p.bar != nil {
		_ = p.bar.Clear()
	}
}
