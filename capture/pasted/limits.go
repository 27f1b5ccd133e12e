package pasted

const (
	maxBareLines = 1 << 18   // lines of a text that is stripped; one of more is read as it is
	maxBareLine  = 256 << 10 // bytes of a line that is looked at
	maxTried     = 5000      // lines that are looked at for what is around them
	maxQuoted    = 5         // levels of quoting
	maxRounds    = 4         // decorations around each other

	maxRefusals = 1000     // errors of PowerShell in a text
	maxSaid     = 20       // lines of what one says
	maxTold     = 16 << 10 // bytes of a line of one
	maxBefore   = 32 << 10 // bytes before one in which variables are looked for
)
