// Command why401 tells people why their HTTP requests to Atlassian products
// are refused, proves it from the captured traffic, and says what to change.
package main

import (
	"context"
	"os"
	"os/signal"
	"runtime/debug"
	"syscall"
)

func main() {
	// The live heap is some ten megabytes whatever the input is: collecting
	// seldom saves a fifth of the time, and the limit keeps the rest small. It
	// is a soft one, so that an odd input costs time and not the run.
	debug.SetGCPercent(400)
	debug.SetMemoryLimit(42 << 20)
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	os.Exit(run(ctx, os.Args[1:], stdio{in: os.Stdin, out: os.Stdout, err: os.Stderr}))
}
