package form

import (
	"archive/zip"
	"bufio"
	"bytes"
	"io"
	"iter"

	"golang.org/x/text/transform"

	"github.com/why401/why401/capture/wire"
	"github.com/why401/why401/internal/exchange"
)

// A Form is a form of input that can be read: as a stream of bytes (Is and Read), as
// a zip archive of which the members belong together (Member and Archive), or as
// both.
type Form struct {
	// ID is the format in reports ([exchange.Capture.Format]): short, in lower case.
	ID string

	// By says when Is is asked; Is reports whether an input is of this form, by its
	// start. Of two forms that could be, the one that package capture names first is
	// asked first.
	By Mark
	Is func(*Sample) bool
	// Read yields the exchanges of an input in its order, as they stream by. The name
	// of the capture is set before. An error is an *[exchange.Unreadable], which
	// holds places and no input.
	Read func(*exchange.Capture, *Input) Exchanges

	// Member reports whether a zip archive with a member of this name is of this
	// form. The name has slashes, whatever the archive has.
	Member func(name string) bool
	// Archive is Read for an archive.
	Archive func(*exchange.Capture, *Archive) Exchanges

	// Holds is all that an exchange of this form can show, in the best case. None may
	// claim more, or a rule would call missing what nobody could see.
	Holds exchange.Sight
	// Place is how a person finds an exchange again.
	Place Place
	// Doc is the row of docs/inputs.md. A form without one shares that of the form
	// before it.
	Doc Doc
}

// Exchanges is what a form yields: each is an exchange or an error, never both.
type Exchanges = iter.Seq2[*exchange.Exchange, error]

// A Mark is what a form is told by, and so when it is asked: before or after the
// kinds of input that are known and not read.
type Mark uint8

// The marks, the surest last. Forms of a surer mark are asked first.
const (
	Lines     Mark = iota // what a line in it looks like; the last, for lines stand in anything
	Structure             // members of JSON, elements of XML and the like
	Start                 // its first bytes: nothing else starts so
)

// A Place is a way to find an exchange again.
type Place uint8

// The places.
const (
	ByNumber Place = iota // it is the n-th of the file (Locator.Index)
	ByFrame               // its packets have numbers (Locator.Frame)
	ByOffset              // its path stands in the file after Locator.Offset
)

// A Doc is what people are told of a form, in Markdown that fits into a cell.
type Doc struct {
	Name   string // as people call it
	Shows  string // what it shows
	Cannot string // what it cannot show
	Make   string // how to come to one
	Known  string // how it is recognised
}

// Options are what the user chose or named beside the inputs.
type Options struct {
	// Decoder undoes content codings of bodies that package wire does not know.
	Decoder wire.Decoder
	// Bodies keeps as much of all bodies in packets as of those in HARs.
	Bodies bool
	// Variables are those of the environments of Postman that were named.
	Variables map[string]string
	// Keys are the secrets of the key logs that were named; nil: none was.
	Keys KeyLog
	// Workers and Prepare are those of package har.
	Workers int
	Prepare func(*exchange.Exchange)
}

// A KeyLog holds secrets of TLS sessions, for packet captures. It is the *Keys of
// package packet.
type KeyLog interface {
	ReadKeys(io.Reader) (n int, err error)
}

// An Input is a stream on its way to the reader of its form.
type Input struct {
	Options
	// Sample is what was seen of its start.
	Sample *Sample
	// Raw reads the bytes from the first on.
	Raw io.Reader
	// At reads the same bytes at any place, Size in all; nil: it is a stream only.
	At   io.ReaderAt
	Size int64
	// Body opens what lies beside a HAR in its archive; nil: nothing does.
	Body func(name string) (io.ReadCloser, error)
}

// Plain reads the text in UTF-8, with a byte order mark if it has one. It notes in c,
// which may be nil, what it changed.
func (in *Input) Plain(c *exchange.Capture) io.Reader {
	if !in.Sample.UTF16() {
		return in.Raw
	}
	if c != nil {
		c.Add(exchange.NoteUTF16)
	}
	return transform.NewReader(in.Raw, in.Sample.utf16.NewDecoder())
}

// Text is Plain without a byte order mark.
func (in *Input) Text(c *exchange.Capture) io.Reader {
	b := bufio.NewReader(in.Plain(c))
	if mark, _ := b.Peek(len(bomUTF8)); bytes.Equal(mark, bomUTF8) {
		_, _ = b.Discard(len(bomUTF8))
		if c != nil {
			c.Add(exchange.NoteBOM)
		}
	}
	return b
}

// An Archive is a zip archive on its way to the reader of its form.
type Archive struct {
	Options
	Members []*zip.File // those that are looked at, in the order of its directory
	// Open opens a member; what is read counts against the limits of the archive.
	Open func(*zip.File) (io.ReadCloser, error)
}
