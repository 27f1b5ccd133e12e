package prefault

import "runtime"

// processors is how many the program was given to run on.
var processors int

// Processors lets the program run on all of them again: until then it runs on
// one, for a second one costs more than it saves where the work takes
// milliseconds.
func Processors() {
	left = 0
	if processors > 1 {
		runtime.GOMAXPROCS(processors)
		processors = 0
	}
}
