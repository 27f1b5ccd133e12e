package redact

import (
	"go/ast"
	"go/importer"
	"go/parser"
	"go/token"
	"go/types"
	"os"
	"strings"
	"testing"
)

// TestDoesNotCompile type-checks testdata/forms.go, in which every line that
// must not compile ends in the comment "refused", and demands that exactly
// these are refused.
func TestDoesNotCompile(t *testing.T) {
	const file = "testdata/forms.go"
	fset := token.NewFileSet()
	f, err := parser.ParseFile(fset, file, nil, parser.ParseComments)
	if err != nil {
		t.Fatal(err)
	}
	want := map[int]bool{}
	for _, g := range f.Comments {
		for _, c := range g.List {
			if strings.HasPrefix(c.Text, "// refused") {
				want[fset.Position(c.Pos()).Line] = true
			}
		}
	}
	if len(want) < 15 {
		t.Fatalf("only %d forms", len(want))
	}
	self, err := selfPackage(fset)
	if err != nil {
		t.Fatal(err)
	}
	std := importer.ForCompiler(fset, "source", nil)
	got := map[int]string{}
	conf := types.Config{
		Importer: importerFunc(func(path string) (*types.Package, error) {
			if path == self.Path() {
				return self, nil
			}
			return std.Import(path)
		}),
		Error: func(err error) {
			if e, ok := err.(types.Error); ok {
				got[e.Fset.Position(e.Pos).Line] = e.Msg
			} else {
				t.Error(err)
			}
		},
	}
	_, _ = conf.Check("forms", fset, []*ast.File{f}, nil)
	src, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	for i, line := range strings.Split(string(src), "\n") {
		switch msg, refused := got[i+1]; {
		case want[i+1] && !refused:
			t.Errorf("%s:%d compiles: %s", file, i+1, strings.TrimSpace(line))
		case !want[i+1] && refused:
			t.Errorf("%s:%d does not compile: %s", file, i+1, msg)
		}
	}
}

type importerFunc func(string) (*types.Package, error)

func (f importerFunc) Import(path string) (*types.Package, error) { return f(path) }

// selfPackage type-checks this package from its sources.
func selfPackage(fset *token.FileSet) (*types.Package, error) {
	list, err := os.ReadDir(".")
	if err != nil {
		return nil, err
	}
	var files []*ast.File
	for _, e := range list {
		if !strings.HasSuffix(e.Name(), ".go") || strings.HasSuffix(e.Name(), "_test.go") {
			continue
		}
		f, err := parser.ParseFile(fset, e.Name(), nil, 0)
		if err != nil {
			return nil, err
		}
		files = append(files, f)
	}
	conf := types.Config{Importer: importer.ForCompiler(fset, "source", nil)}
	return conf.Check("github.com/why401/why401/internal/redact", fset, files, nil)
}
