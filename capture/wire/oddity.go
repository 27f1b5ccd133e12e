package wire

// An Oddity is something in the head of a message that a well-made one does not
// have.
type Oddity struct {
	Kind OddityKind
	Span [2]int // where in Head.Raw
}

// OddityKind is a kind of oddity.
type OddityKind uint8

// The kinds.
const (
	// EmptyLinesBefore: empty lines stand before the start line.
	EmptyLinesBefore OddityKind = iota
	// BareLF: a line ends with LF without CR.
	BareLF
	// StrayLF: in a head whose lines end with CRLF, a line feed at the end of a
	// value ended the head before its time: `Authorization: Basic abc\n\r\n`.
	// The value of the field holds it. See [Head.Lost].
	StrayLF
	// DoubledCR: lines end with CR CR LF, as a text-mode stream on Windows
	// makes them. The span is the first one; it stands for all lines if the
	// start line ends so.
	DoubledCR
	// BareCR: a CR that is not part of a line end.
	BareCR
	// Control: another control byte, NUL included.
	Control
	// Folded: a line starts with a blank and so goes on with the value before
	// it (obs-fold of RFC 9112, section 5.2).
	Folded
	// BlankBeforeField: a line after the start line starts with a blank, and
	// there is no value that it could go on with.
	BlankBeforeField
	// BlankBeforeColon: a blank stands between a name and its colon.
	BlankBeforeColon
	// NoColon: a line of the header has no colon. It is kept as the name of a
	// field with an empty value.
	NoColon
	// EmptyName: a line of the header starts with its colon.
	EmptyName
	// BadName: a name holds what is not allowed in one, such as a quotation
	// mark or a blank.
	BadName
	// BadStart: the start line is not one, or has parts that are not as they
	// should be.
	BadStart
	// BlankInStart: the start line has more blanks than two, or tabs.
	BlankInStart
	// NoVersion: a request line without a version of HTTP.
	NoVersion
	// LongLine: a line is longer than what common servers accept by default.
	LongLine
	// TooManyFields: there are more fields than are kept; the span is the rest.
	TooManyFields

	oddityKinds
)

var oddityNames = [oddityKinds]string{
	"empty-lines-before", "bare-lf", "stray-lf", "doubled-cr", "bare-cr", "control-byte", "folded-line",
	"blank-before-field", "blank-before-colon", "no-colon", "empty-name", "bad-name", "bad-start-line",
	"blank-in-start-line", "no-version", "long-line", "too-many-fields",
}

// String returns a stable word for k.
func (k OddityKind) String() string {
	if k < oddityKinds {
		return oddityNames[k]
	}
	return "unknown"
}

// oddities collects them, the first few of each kind, and counts the rest.
type oddities struct {
	list  []Oddity
	count [oddityKinds]int32
}

func (o *oddities) add(k OddityKind, from, to int) {
	if o.count[k]++; o.count[k] <= maxOddities {
		o.list = append(o.list, Oddity{k, [2]int{from, to}})
	}
}
