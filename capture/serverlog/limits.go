package serverlog

const (
	// maxLine is the number of bytes of a line that are looked at.
	maxLine = 64 << 10
	// maxBad is the number of unreadable lines of a log that are told one by one;
	// the rest are counted.
	maxBad = 20
	// maxOpen is the number of requests whose lines in a security log may be mixed
	// with those of others.
	maxOpen = 64
)
