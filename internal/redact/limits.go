package redact

const (
	maxShown     = 300  // bytes of a host, path or URL that are shown
	maxJudged    = 4096 // bytes of a path, query or name that are looked at; the rest is not shown
	maxDefects   = 8    // different defects that Bytes shows
	maxDefectRun = 4    // bytes of a run of them

	cut = "..." // stands for what is left out
)
