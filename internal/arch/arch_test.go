package arch

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"go/importer"
	"go/token"
	"go/types"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
)

const module = "github.com/why401/why401"

// root is the folder of the module.
const root = "../.."

// aPackage is what go list tells of a package.
type aPackage struct {
	ImportPath, Dir, Name, Export      string
	Standard                           bool
	Imports, TestImports, XTestImports []string
	Module                             *struct{ Path string }
}

// listed is the packages of the module and all that they import.
var listed = sync.OnceValues(func() (map[string]*aPackage, error) {
	c := exec.Command("go", "list", "-deps", "-export", "-json=ImportPath,Dir,Name,Export,Standard,Imports,TestImports,XTestImports,Module", "./...")
	c.Dir = root
	var stderr bytes.Buffer
	c.Stderr = &stderr
	out, err := c.Output()
	if err != nil {
		return nil, fmt.Errorf("go list: %w\n%s", err, stderr.Bytes())
	}
	all := map[string]*aPackage{}
	d := json.NewDecoder(bytes.NewReader(out))
	for {
		p := new(aPackage)
		if err := d.Decode(p); errors.Is(err, io.EOF) {
			return all, nil
		} else if err != nil {
			return nil, err
		}
		all[p.ImportPath] = p
	}
})

// ours calls f for each package of the module, by its path within it.
func ours(t *testing.T, f func(path string, p *aPackage)) {
	t.Helper()
	all, err := listed()
	if err != nil {
		t.Fatal(err)
	}
	n := 0
	for _, name := range slices.Sorted(mapsKeys(all)) {
		if path, ok := local(name); ok {
			f(path, all[name])
			n++
		}
	}
	if n < 10 {
		t.Fatalf("only %d packages", n)
	}
}

func mapsKeys(m map[string]*aPackage) func(func(string) bool) {
	return func(yield func(string) bool) {
		for k := range m {
			if !yield(k) {
				return
			}
		}
	}
}

// local returns the path of a package within the module.
func local(path string) (string, bool) {
	if path == module {
		return ".", true
	}
	return strings.CutPrefix(path, module+"/")
}

// foreign reports whether a package is neither of the standard library, nor of
// golang.org/x, nor ours.
func foreign(path string) bool {
	first, _, _ := strings.Cut(path, "/")
	_, own := local(path)
	return strings.Contains(first, ".") && first != "golang.org" && !own
}

// arrows says which packages of ours each package may import. A name that ends
// in "/..." stands for all packages below it. The order is that of docs/design.md:
// nobody imports what stands below.
var arrows = []struct{ who, may string }{
	{"internal/prefault", ""},
	{"internal/rawio", ""},
	{"internal/safely", ""},
	{"internal/redact", ""},
	{"internal/exchange", ""},
	{"internal/target", "internal/redact internal/exchange"},
	{"internal/credential", "internal/redact internal/exchange"},
	{"internal/rule", "internal/redact internal/exchange internal/target internal/credential"},
	{"internal/diagnose", "internal/redact internal/exchange internal/target internal/credential internal/rule"},
	{"internal/compare", "internal/redact internal/exchange internal/target internal/credential internal/rule internal/diagnose"},
	{"internal/report", "internal/redact internal/exchange internal/target internal/rule internal/diagnose internal/compare"},
	{"rules", "internal/rule rules/..."},
	{"rules/...", "internal/redact internal/exchange internal/target internal/credential internal/rule"},
	{"internal/failure", "internal/exchange"},
	{"har", "internal/exchange internal/failure"},
	{"internal/scrub", "internal/redact internal/exchange internal/target internal/credential internal/failure"},
	{"internal/ticket", "internal/redact internal/exchange internal/credential internal/report internal/scrub har"},
	{"capture", "internal/exchange har capture/..."},
	{"capture/wire", "internal/exchange"},
	{"capture/form", "internal/exchange capture/wire"},
	{"capture/jsonin", "internal/exchange"},
	{"capture/pasted", "internal/exchange capture/form capture/command capture/curl"},
	{"capture/proxy", "internal/exchange internal/failure internal/rawio internal/safely capture/wire"},
	{"capture/...", "internal/exchange internal/failure har capture/wire capture/form capture/jsonin"},
	{"internal/ruletest", "internal/exchange har internal/rule internal/diagnose"},
	{"internal/jiratest", "internal/exchange"},
	{"internal/packettest", ""},
	{"internal/arch", ""},
	{"internal/leak", "internal/redact internal/exchange internal/target internal/credential internal/rule internal/diagnose internal/report rules har capture"},
	{"cmd/...", "internal/redact internal/exchange internal/target internal/credential internal/rule internal/diagnose internal/compare internal/report internal/scrub internal/ticket internal/jiratest internal/prefault internal/safely rules har capture capture/..."},
}

func matches(pattern, path string) bool {
	if base, ok := strings.CutSuffix(pattern, "/..."); ok {
		return strings.HasPrefix(path, base+"/")
	}
	return pattern == path
}

func TestArrows(t *testing.T) {
	ours(t, func(path string, p *aPackage) {
		for _, a := range arrows {
			if !matches(a.who, path) {
				continue
			}
			may := strings.Fields(a.may)
			for _, imported := range p.Imports {
				if to, ok := local(imported); ok && !slices.ContainsFunc(may, func(m string) bool { return matches(m, to) }) {
					t.Errorf("%s imports %s: that arrow is not in docs/design.md", path, to)
				}
			}
			return
		}
		t.Errorf("%s has no place in the arrows; give it one", path)
	})
}

// TestSourcesKnowNoRules keeps even the tests of sources free of rules, and
// those of the engine within its package free of the catalogue.
func TestSourcesKnowNoRules(t *testing.T) {
	ours(t, func(path string, p *aPackage) {
		all := slices.Concat(p.Imports, p.TestImports, p.XTestImports)
		for _, imported := range all {
			to, ok := local(imported)
			if !ok {
				continue
			}
			aboutRules := to == "internal/rule" || to == "internal/diagnose" || to == "internal/report" || to == "rules" || strings.HasPrefix(to, "rules/")
			if (path == "har" || path == "capture" || strings.HasPrefix(path, "capture/")) && aboutRules {
				t.Errorf("%s imports %s, if only in its tests", path, to)
			}
		}
		for _, imported := range slices.Concat(p.Imports, p.TestImports) {
			if to, ok := local(imported); ok && path == "internal/diagnose" && (to == "rules" || strings.HasPrefix(to, "rules/")) {
				t.Errorf("%s imports %s", path, to)
			}
		}
	})
}

// TestForeignPackages lets each foreign module be imported by one package only,
// so that a swap is a change of one package. Tests are free.
func TestForeignPackages(t *testing.T) {
	all, err := listed()
	if err != nil {
		t.Fatal(err)
	}
	users := map[string][]string{}
	ours(t, func(path string, p *aPackage) {
		for _, imported := range p.Imports {
			if !foreign(imported) {
				continue
			}
			q := all[imported]
			if q == nil || q.Module == nil {
				t.Errorf("%s imports %s, of which go list tells nothing", path, imported)
				continue
			}
			if !slices.Contains(users[q.Module.Path], path) {
				users[q.Module.Path] = append(users[q.Module.Path], path)
			}
		}
	})
	for m, list := range users {
		if len(list) > 1 {
			t.Errorf("%s is imported by %s", m, strings.Join(list, " and "))
		}
	}
}

// TestForeignTypes looks for foreign types in what packages of ours export.
func TestForeignTypes(t *testing.T) {
	all, err := listed()
	if err != nil {
		t.Fatal(err)
	}
	imp := importer.ForCompiler(token.NewFileSet(), "gc", func(path string) (io.ReadCloser, error) {
		if p := all[path]; p != nil && p.Export != "" {
			return os.Open(p.Export)
		}
		return nil, fmt.Errorf("no export data for %s", path)
	})
	ours(t, func(path string, p *aPackage) {
		if p.Name == "main" || p.Export == "" {
			return
		}
		pkg, err := imp.Import(p.ImportPath)
		if err != nil {
			t.Error(err)
			return
		}
		for _, name := range pkg.Scope().Names() {
			o := pkg.Scope().Lookup(name)
			if !o.Exported() {
				continue
			}
			for _, where := range strangers(o) {
				t.Errorf("%s.%s shows %s", path, name, where)
			}
		}
	})
}

// strangers returns the foreign types that an exported object shows.
func strangers(o types.Object) []string {
	w := walker{own: o.Pkg()}
	if tn, ok := o.(*types.TypeName); ok && !tn.IsAlias() {
		w.declared(tn.Type())
	} else {
		w.walk(o.Type())
	}
	return w.found
}

type walker struct {
	own   *types.Package
	found []string
	depth int
}

// declared looks at the declaration of a type: its exported fields and methods.
func (w *walker) declared(t types.Type) {
	w.walk(t.Underlying())
	if n, ok := t.(*types.Named); ok {
		for i := range n.NumMethods() {
			if m := n.Method(i); m.Exported() {
				w.walk(m.Type())
			}
		}
		for i := range n.TypeParams().Len() {
			w.walk(n.TypeParams().At(i).Constraint())
		}
	}
}

func (w *walker) walk(t types.Type) {
	if w.depth > 20 {
		return
	}
	w.depth++
	defer func() { w.depth-- }()
	switch t := t.(type) {
	case *types.Named:
		w.name(t.Obj())
		for i := range t.TypeArgs().Len() {
			w.walk(t.TypeArgs().At(i))
		}
	case *types.Alias:
		w.name(t.Obj())
		w.walk(t.Rhs())
	case *types.Pointer:
		w.walk(t.Elem())
	case *types.Slice:
		w.walk(t.Elem())
	case *types.Array:
		w.walk(t.Elem())
	case *types.Chan:
		w.walk(t.Elem())
	case *types.Map:
		w.walk(t.Key())
		w.walk(t.Elem())
	case *types.Tuple:
		for i := range t.Len() {
			w.walk(t.At(i).Type())
		}
	case *types.Signature:
		w.walk(t.Params())
		w.walk(t.Results())
	case *types.Struct:
		for i := range t.NumFields() {
			if f := t.Field(i); f.Exported() || f.Embedded() {
				w.walk(f.Type())
			}
		}
	case *types.Interface:
		for i := range t.NumExplicitMethods() {
			w.walk(t.ExplicitMethod(i).Type())
		}
		for i := range t.NumEmbeddeds() {
			w.walk(t.EmbeddedType(i))
		}
	case *types.Union:
		for i := range t.Len() {
			w.walk(t.Term(i).Type())
		}
	}
}

func (w *walker) name(o *types.TypeName) {
	if o.Pkg() != nil && foreign(o.Pkg().Path()) {
		w.found = append(w.found, o.Pkg().Path()+"."+o.Name())
	}
}

// TestStrangersAreSeen shows that TestForeignTypes would see one.
func TestStrangersAreSeen(t *testing.T) {
	far := types.NewPackage("example.com/far", "far")
	T := types.NewNamed(types.NewTypeName(token.NoPos, far, "T", nil), types.NewStruct(nil, nil), nil)
	near := types.NewPackage(module+"/near", "near")
	field := types.NewField(token.NoPos, near, "F", types.NewSlice(types.NewPointer(T)), false)
	own := types.NewTypeName(token.NoPos, near, "Own", nil)
	types.NewNamed(own, types.NewStruct([]*types.Var{field}, nil), nil)
	if got := strangers(own); len(got) != 1 || got[0] != "example.com/far.T" {
		t.Errorf("got %v", got)
	}
}

// TestDependencies demands a line in docs/dependencies.md for each direct
// requirement of go.mod, and none that is no longer required.
func TestDependencies(t *testing.T) {
	mod, err := os.ReadFile(filepath.Join(root, "go.mod"))
	if err != nil {
		t.Fatal(err)
	}
	doc, err := os.ReadFile(filepath.Join(root, "docs", "dependencies.md"))
	if err != nil {
		t.Fatal(err)
	}
	rows := map[string]bool{}
	for _, line := range strings.Split(string(doc), "\n") {
		cells := strings.Split(line, "|")
		if len(cells) < 6 {
			continue
		}
		name := strings.Trim(strings.TrimSpace(cells[1]), "`")
		if !strings.Contains(name, "/") {
			continue
		}
		rows[name] = true
		for _, c := range cells[2:5] {
			if strings.TrimSpace(c) == "" {
				t.Errorf("docs/dependencies.md: %s: an empty cell", name)
			}
		}
	}
	for _, line := range strings.Split(string(mod), "\n") {
		line = strings.TrimPrefix(strings.TrimSpace(line), "require ")
		f := strings.Fields(line)
		if len(f) < 2 || !strings.HasPrefix(f[1], "v") || strings.HasSuffix(line, "// indirect") || !strings.Contains(f[0], "/") {
			continue
		}
		if !rows[f[0]] {
			t.Errorf("docs/dependencies.md does not say what %s is for", f[0])
		}
		delete(rows, f[0])
	}
	for name := range rows {
		t.Errorf("docs/dependencies.md names %s, which go.mod does not require", name)
	}
}
