package prefault

import "runtime"

// working is what the heap may grow to, and a little more.
const working = 48 << 20

// processors is how many the program was given to run on.
var processors int

// Processors lets the program run on all of them again, and use memory as long
// work does: until then it runs on one, for a second one costs more than it saves
// where the work takes milliseconds.
func Processors() {
	enlarge(working)
	if processors > 1 {
		runtime.GOMAXPROCS(processors)
		processors = 0
	}
}
