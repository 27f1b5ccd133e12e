// Package safely runs what may panic on foreign bytes: a panic in a goroutine of its
// own would end the program and print its value, which may be a part of the input.
package safely

import (
	"fmt"
	"runtime"
	"strings"
)

// Fault is a panic. It tells where that was and nothing of what was said in it.
type Fault struct {
	// Place is the function of this module that panicked or called what did, and
	// its line, such as "rules/tls.fault:57".
	Place string
}

func (f *Fault) Error() string { return "internal error in " + f.Place }

// Do calls f. If that panics, Do returns a [*Fault], else nil. What f holds, such as a
// mutex that it does not unlock by defer, stays held.
func Do(f func()) (err error) {
	defer func() {
		if recover() != nil {
			err = Caught()
		}
	}()
	f()
	return nil
}

// Caught returns the panic that the deferred function which calls it has recovered.
func Caught() error { return &Fault{place()} }

const (
	module = "github.com/why401/why401/"
	self   = module + "internal/safely."
	most   = 64 // callers that are looked at
)

// place is called by a deferred function: it finds the innermost function of ours
// below the panic.
func place() string {
	var pc [most]uintptr
	frames := runtime.CallersFrames(pc[:runtime.Callers(2, pc[:])])
	for panicking := false; ; {
		f, more := frames.Next()
		panicking = panicking || f.Function == "runtime.gopanic"
		if name, ok := strings.CutPrefix(f.Function, module); panicking && ok && !strings.HasPrefix(f.Function, self) {
			return fmt.Sprintf("%s:%d", name, f.Line)
		}
		if !more {
			return "a library"
		}
	}
}
