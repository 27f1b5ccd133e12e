package scrub

// The bounds of what grows with the input. No bound lets a secret through.
const (
	// maxLearnt and maxLearntBytes bound the secrets that are looked for. Beyond
	// them nothing is looked for, and the gate turns strict: what is not known to
	// be harmless goes. [Counts.Strict] says how much that was.
	maxLearnt      = 20_000
	maxLearntBytes = 512 << 10
	// minLearnt is the shortest secret that is looked for: shorter ones are
	// found everywhere.
	minLearnt = 6
	// maxSecret is what of a secret is looked for.
	maxSecret = 512
	// run is the number of bytes in a row of a secret that must not be left.
	run = 6
	// long is the number of bytes in a row that are no chance any more.
	long = 12
	// maxFew is the number of secrets up to which runs of 6 hexadecimal digits
	// count; beyond it they come about by chance.
	maxFew = 200
	// mends is how often what is left is replaced before it is a leak.
	mends = 4
	// gram is the number of bytes that the index is made of.
	gram = 6
	// maxSample is more than the length of the pairs in documentation, see
	// [credential.BasicPair.Sample].
	maxSample = 48
	// maxDepth bounds secrets within secrets, such as a pair in a pair.
	maxDepth = 4
	// maxMemo bounds the stand-ins that are remembered for speed; longer texts than
	// maxMemoText are not.
	maxMemo     = 1 << 13
	maxMemoText = 1024
	// maxFields bounds the names of fields and members of which is remembered what
	// they say.
	maxFields = 2048
	// maxMade bounds the stand-ins that are known as such to the gate. What is
	// beyond it is told by its mark.
	maxMade = 1 << 18
	// maxNames and maxNear bound the account names whose pseudonyms are
	// remembered, and those that others are compared with.
	maxNames = 20_000
	maxNear  = 64
	// maxBatch and maxBatchBytes bound the exchanges that are handed on in one go to be
	// written, maxBatches how often that may be ahead.
	maxBatch      = 64
	maxBatchBytes = 256 << 10
	maxBatches    = 2
	// maxClear is the number of strings of which strict remembers that nothing in
	// them is to replace.
	maxClear = 1 << 13
	// maxShown bounds the host names of which the gate knows that they stay.
	maxShown = 4096
	// maxHost and maxPart bound what strict looks at around a word: for a host, and
	// for a part of a token that is a stand-in.
	// maxShared is the longest stand-in that is told by its form.
	maxHost   = 255
	maxShared = 2048
	maxPart   = 1024
	// maxLine is the part of a file that the gate looks at in one go.
	maxLine = 64 << 10
)
