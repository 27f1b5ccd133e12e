package scrub

// The bounds of what grows with the input. What is beyond a bound is replaced all
// the same, but not looked for elsewhere; [Counts] says how much that was.
const (
	// maxLearnt and maxLearntBytes bound the secrets that are looked for.
	maxLearnt      = 20_000
	maxLearntBytes = 4 << 20
	// minLearnt is the shortest secret that is looked for: shorter ones are
	// found everywhere.
	minLearnt = 6
	// maxSecret is what of a secret is looked for.
	maxSecret = 512
	// run is the number of bytes in a row of a longer secret that must not be
	// left.
	run = 12
	// gram is the number of bytes that the index is made of.
	gram = 6
	// maxGrams bounds the index.
	maxGrams = 1 << 21
	// maxDepth bounds secrets within secrets, such as a pair in a pair.
	maxDepth = 4
	// maxMemo bounds the stand-ins that are remembered for speed.
	maxMemo = 8192
	// maxLine is the part of a file that the gate looks at in one go.
	maxLine = 64 << 10
)
