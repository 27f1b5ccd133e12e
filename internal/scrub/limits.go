package scrub

// The bounds of what grows with the input. What is beyond a bound is replaced all
// the same, but not looked for elsewhere; [Counts] says how much that was.
const (
	// maxLearnt and maxLearntBytes bound the secrets that are looked for.
	maxLearnt      = 20_000
	maxLearntBytes = 2 << 20
	// minLearnt is the shortest secret that is looked for: shorter ones are
	// found everywhere.
	minLearnt = 6
	// maxSecret is what of a secret is looked for.
	maxSecret = 512
	// run is the number of bytes in a row of a secret that must not be left.
	run = 6
	// long is the number of bytes in a row that are no chance any more.
	long = 12
	// maxShort is the number of bytes of secrets up to which runs of 6 count;
	// beyond it runs of 12 do.
	maxShort = 64 << 10
	// maxFew is the number of secrets up to which runs of 6 hexadecimal digits
	// count; beyond it they come about by chance.
	maxFew = 200
	// mends is how often what is left is replaced before it is a leak.
	mends = 4
	// gram is the number of bytes that the index is made of.
	gram = 6
	// maxGrams bounds the index.
	maxGrams = 6 << 20
	// maxDepth bounds secrets within secrets, such as a pair in a pair.
	maxDepth = 4
	// maxMemo bounds the stand-ins that are remembered for speed.
	maxMemo = 8192
	// maxMade bounds the stand-ins that are known as such to the gate. What is
	// beyond it is told by its mark.
	maxMade = 1 << 18
	// maxNames and maxNear bound the account names whose pseudonyms are
	// remembered, and those that others are compared with.
	maxNames = 20_000
	maxNear  = 64
	// maxShown bounds the host names of which the gate knows that they stay.
	maxShown = 4096
	// maxLine is the part of a file that the gate looks at in one go.
	maxLine = 64 << 10
)
