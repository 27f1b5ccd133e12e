package arch

import (
	"bytes"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"unicode/utf8"
)

// constantTaking are the functions of package redact whose parameters take
// untyped constants only. A value of function type would let a generic function
// convert a string to that parameter type, so they may only be called.
var constantTaking = map[string]bool{
	"Const": true, "Sprintf": true, "Join": true, "OneOf": true, "Shape": true, "Count": true,
}

// fillMethods are the methods of which the same is true. They are looked for by
// name, so no other type should have methods of these names.
var fillMethods = map[string]bool{"Fill": true, "FillWord": true}

func TestRedactIsOnlyCalled(t *testing.T) {
	n := 0
	goFiles(t, func(name string, src []byte) {
		n++
		for _, e := range misuses(t, name, src) {
			t.Error(e)
		}
	})
	if n < 50 {
		t.Errorf("only %d files", n)
	}
}

// TestMisusesAreSeen shows that TestRedactIsOnlyCalled would see them.
func TestMisusesAreSeen(t *testing.T) {
	for _, body := range []string{
		`var f = redact.Const`, `var f = redact.Sprintf`, `var _ = apply(redact.Const, x)`, `var f = redact.Text.Fill`,
		`var f = t.FillWord`, `var _ = apply[string](redact.Join)`, `func g() { defer apply(redact.OneOf) }`, `var f = (redact.Shape)`,
		`var _ = redact.Sprintf("%s and %s", a)`, `var _ = redact.Sprintf("no", a)`, `var _ = redact.Sprintf("%d", a)`,
		`var _ = redact.Const("a\x1bb")`, `var f = redact.Count`,
	} {
		src := "package p\nimport \"" + module + "/internal/redact\"\n" + body
		if len(misuses(t, "p.go", []byte(src))) == 0 {
			t.Errorf("not seen: %s", body)
		}
	}
	for _, src := range []string{
		"package p\nimport . \"" + module + "/internal/redact\"\nvar f = Const",
		"package p\nimport r \"" + module + "/internal/redact\"\nvar f = r.Const",
		"package p\nimport _ \"unsafe\"\n//go:linkname f x\nfunc f()",
	} {
		if len(misuses(t, "p.go", []byte(src))) == 0 {
			t.Errorf("not seen: %s", src)
		}
	}
	good := "package p\nimport \"" + module + "/internal/redact\"\nvar _ = redact.Sprintf(\"%s, %s: 5 %%\", redact.Const(\"a\"), t.Fill(\"x\", y))\nvar _ = redact.Sprintf(\"%s\", xs...)"
	if got := misuses(t, "p.go", []byte(good)); len(got) > 0 {
		t.Error(got)
	}
}

// misuses returns what a file does with package redact that it must not.
func misuses(t *testing.T, name string, src []byte) []string {
	t.Helper()
	fset := token.NewFileSet()
	f, err := parser.ParseFile(fset, name, src, parser.ParseComments|parser.SkipObjectResolution)
	if err != nil {
		return []string{err.Error()}
	}
	var out []string
	bad := func(n ast.Node, format string, args ...any) {
		out = append(out, fset.Position(n.Pos()).String()+": "+fmt.Sprintf(format, args...))
	}
	local := ""
	for _, i := range f.Imports {
		switch path, _ := strconv.Unquote(i.Path.Value); path {
		case module + "/internal/redact":
			local = "redact"
			if i.Name != nil {
				local = i.Name.Name
			}
			if local == "." {
				bad(i, "redact must not be imported with a dot")
			}
		case "unsafe":
			if !strings.Contains(name, "internal/prefault/") && !strings.Contains(name, "internal/rawio/") { // they import nothing of ours
				bad(i, "unsafe can make a Text of anything")
			}
		}
	}
	called := map[ast.Expr]*ast.CallExpr{}
	ast.Inspect(f, func(n ast.Node) bool {
		if c, ok := n.(*ast.CallExpr); ok {
			called[c.Fun] = c
		}
		return true
	})
	ast.Inspect(f, func(n ast.Node) bool {
		s, ok := n.(*ast.SelectorExpr)
		if !ok {
			return true
		}
		x, isIdent := s.X.(*ast.Ident)
		inRedact := local != "" && isIdent && x.Name == local
		if !(inRedact && constantTaking[s.Sel.Name] || fillMethods[s.Sel.Name]) {
			return true
		}
		c := called[s]
		if c == nil {
			bad(s, "%s is used without being called", s.Sel.Name)
			return true
		}
		if inRedact {
			constants(c, s.Sel.Name, func(format string, args ...any) { bad(c, format, args...) })
		}
		return true
	})
	return out
}

// constants checks the literals of a call: that they print, and that a format
// has as many verbs as there are parts.
func constants(c *ast.CallExpr, name string, bad func(string, ...any)) {
	for i, a := range c.Args {
		lit, ok := a.(*ast.BasicLit)
		if !ok || lit.Kind != token.STRING {
			continue
		}
		s, err := strconv.Unquote(lit.Value)
		if err != nil {
			bad("%v", err)
			continue
		}
		for _, r := range s {
			if r < 0x20 && r != '\n' || r >= 0x7f && r < 0xa0 || r == utf8.RuneError {
				bad("a constant holds %U", r)
			}
		}
		if name == "Sprintf" && i == 0 && !c.Ellipsis.IsValid() {
			verbs := strings.Count(strings.ReplaceAll(s, "%%", ""), "%s")
			if marks := strings.Count(strings.ReplaceAll(s, "%%", ""), "%"); marks != verbs {
				bad("Sprintf knows %%s and %%%% only: %q", s)
			}
			if verbs != len(c.Args)-1 {
				bad("%q has %d verbs for %d parts", s, verbs, len(c.Args)-1)
			}
		}
	}
}

// goFiles calls f for each Go file of the module.
func goFiles(t *testing.T, f func(name string, src []byte)) {
	t.Helper()
	err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() {
			if path != root && (strings.HasPrefix(d.Name(), ".") || d.Name() == "testdata") {
				return filepath.SkipDir
			}
			return nil
		}
		if !strings.HasSuffix(path, ".go") {
			return nil
		}
		src, err := os.ReadFile(path)
		if err == nil {
			f(path, src)
		}
		return nil // a file that is gone again is somebody's temporary one
	})
	if err != nil {
		t.Fatal(err)
	}
}

// machine matches what tells of the machine that the program was written on.
// It is put together so that this file does not match.
var machine = regexp.MustCompile(`(?:^|[^A-Za-z0-9_.~/}\])>-])/(?:wor` + `k|roo` + `t)/[A-Za-z.]` +
	`|registry\.` + `npmjs|proxy\.` + `golang\.org|deb\.` + `debian\.org`)

// TestNoMachinePaths looks for paths of a machine and registry hosts in the
// text files of the repository.
func TestNoMachinePaths(t *testing.T) {
	for _, s := range []string{"see /wor" + "k/main", "/roo" + "t/go", `"/wor` + `k/x"`, "https://registry." + "npmjs.org/x"} {
		if !machine.MatchString(s) {
			t.Errorf("%q does not match", s)
		}
	}
	for _, s := range []string{"/xboard/wor" + "k/allData.json", "/roo" + "t"} {
		if machine.MatchString(s) {
			t.Errorf("%q matches", s)
		}
	}
	c := exec.Command("git", "ls-files", "-z")
	c.Dir = root
	out, err := c.Output()
	if err != nil {
		t.Skip("not in a git checkout")
	}
	for _, name := range strings.Split(strings.TrimSuffix(string(out), "\x00"), "\x00") {
		b, err := os.ReadFile(filepath.Join(root, name))
		if err != nil || bytes.IndexByte(b[:min(len(b), 8000)], 0) >= 0 {
			continue // deleted in the work tree, or no text
		}
		for i, line := range bytes.Split(b, []byte("\n")) {
			if m := machine.Find(line); m != nil {
				t.Errorf("%s:%d: %s", name, i+1, m)
			}
		}
	}
}
