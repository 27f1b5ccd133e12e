package command

const (
	// MaxText is the number of bytes of text that is searched for commands.
	MaxText = 4 << 20
	// maxCommand is the number of bytes of one command.
	maxCommand = 512 << 10
	// maxCommands is the number of commands of one text.
	maxCommands = 10000
	// maxGlance is the number of bytes of a command that tell its shell.
	maxGlance = 8 << 10
	// maxTable is the number of bytes of what one variable of PowerShell is set
	// to, and maxFields the number of members of a hash table.
	maxTable  = 16 << 10
	maxFields = 256
	// maxValue is the number of bytes that the value of a variable may come to.
	maxValue = 64 << 10
	// maxDepth bounds brackets within brackets in PowerShell.
	maxDepth = 32
	// maxNested bounds $(...) within $(...).
	maxNested = 4
	// maxVariables is the number of variables of a script that are kept.
	maxVariables = 256
)
