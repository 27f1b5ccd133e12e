package capture

import (
	"errors"
	"io/fs"

	"github.com/why401/why401/internal/exchange"
)

// A fault is why an input, or a layer of one, cannot be read. All its words are
// constants, so that no input gets into an error. It travels as an error from a
// decompressor through a parser and is picked up again behind it.
type fault struct{ reason, hint string }

// Error returns the reason.
func (f *fault) Error() string { return f.reason }

// unreadable returns the error for the input called name.
func (f *fault) unreadable(name string) *exchange.Unreadable {
	return &exchange.Unreadable{
		At:     exchange.Locator{Capture: name, Index: -1, Offset: -1},
		Reason: f.reason,
		Hint:   f.hint,
		Fatal:  true,
	}
}

// with returns f with another hint, if there is one.
func (f *fault) with(hint string) *fault {
	if hint == "" {
		return f
	}
	return &fault{f.reason, hint}
}

var (
	faultNoFile     = &fault{"there is no such file", "check the name, and the folder you are in"}
	faultNoMatch    = &fault{"no file matches this pattern", "check the pattern, and the folder you are in"}
	faultPattern    = &fault{"the pattern is malformed", "quote a bracket in a file name with a backslash, or name the file in full"}
	faultNoName     = &fault{"the name is empty", "a variable in the command may be unset"}
	faultDenied     = &fault{"permission denied", "run this as a user who may read the file, or copy it"}
	faultRead       = &fault{"reading it failed", "copy the file to a disk of this machine, and name the copy"}
	faultNoCaptures = &fault{"the directory holds no capture", "save the HAR into it, or name the file itself"}
	faultMemberless = &fault{"the archive holds no HAR", "put the HAR itself into the archive"}
	faultDeep       = &fault{"it is packed into too many archives", "unpack the outer one first"}
	faultMembers    = &fault{"the archive has too many members; the rest was not looked at", "unpack it and name the HAR files"}
	faultDirectory  = &fault{"the archive's list of members is too long", "unpack it and name the HAR files"}
	faultEncrypted  = &fault{"the archive is protected by a password; its protected members were not read", "unpack it with the password (7z x FILE) and name the HAR files"}
	faultMethod     = &fault{"the archive uses a compression that this version does not know", "unpack it with the program that made it (or 7z x FILE) and name the HAR files"}
	faultArchive    = &fault{"the archive is damaged or ends early", "copy or download it again"}
	faultPackedEnd  = &fault{"the compressed data end early", "the copy is not complete; copy or download it again"}
	faultPacked     = &fault{"the compressed data are damaged", "copy or download it again"}
	faultRatio      = &fault{"it unpacks to more than 1,100 times its size", "this looks like an archive made to harm; if you trust it, unpack it and name the HAR file"}
	faultUnpacked   = &fault{"it unpacks to more than 4 GiB", "unpack it and name the HAR file; plain files have no limit"}
	faultSpool      = &fault{"the archive is too large to be read from a pipe or from within another archive", "save it to a file, or unpack the outer archive"}
	faultTemporary  = &fault{"the archive cannot be kept in a temporary file", "make room in the temporary directory, or name the archive as a file"}
)

// faultOf returns the fault for an error of the file system. The error itself
// is dropped: it quotes paths, and the capture's name already says where.
func faultOf(err error) *fault {
	var f *fault
	switch {
	case errors.As(err, &f):
		return f
	case errors.Is(err, fs.ErrNotExist):
		return faultNoFile
	case errors.Is(err, fs.ErrPermission):
		return faultDenied
	default:
		return faultRead
	}
}
