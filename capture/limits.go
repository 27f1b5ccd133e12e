package capture

// limits bounds what hostile input can cost. Tests use smaller ones.
type limits struct {
	head        int   // bytes of an input that are looked at to tell what it is
	depth       int   // containers around a capture: a .har.gz in a .zip is 2
	members     int   // members of one archive that are looked at
	directory   int64 // bytes of the central directory of a zip archive
	free        int64 // bytes that may be unpacked before the ratio counts
	ratio       int64 // bytes unpacked for one packed byte
	unpacked    int64 // bytes unpacked for one input of the user, members included
	spoolMemory int64 // bytes of a zip archive from a stream that are held in memory
	spoolFile   int64 // bytes of a zip archive from a stream that go to a temporary file
	step        int64 // bytes between two calls of Options.Progress
}

// defaults are the limits of the program.
//
// Deflate cannot exceed a ratio of 1032, so ratio stops only what no honest
// capture needs (zstd and bzip2 reach a million); unpacked is what bounds the
// time. A plain file has no limit: whoever has a larger capture can unpack it.
var defaults = limits{
	head:        64 << 10,
	depth:       2,
	members:     10_000,
	directory:   8 << 20,
	free:        16 << 20,
	ratio:       1100,
	unpacked:    4 << 30,
	spoolMemory: 64 << 20,
	spoolFile:   4 << 30,
	step:        4 << 20,
}

const (
	maxLabel   = 512       // bytes of a name that are shown
	pumpBuffer = 256 << 10 // bytes read from a pipe at once
	maxWindow  = 128 << 20 // zstd window: what zstd --long makes
	// maxBodyWindow is the zstd window of a body: RFC 9659 allows no more.
	maxBodyWindow = 8 << 20
)
