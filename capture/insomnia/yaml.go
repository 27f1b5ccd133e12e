package insomnia

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"regexp"
	"strconv"
	"sync"

	"go.yaml.in/yaml/v3"
)

// A fault is why YAML cannot be read, in constant words.
type fault struct {
	reason, hint string
	line         int // 0: unknown
}

// Error returns the reason.
func (f *fault) Error() string { return f.reason }

const again = "export it again: the dots beside the collection, Export"

var (
	errLong = &fault{reason: "the export is longer than 8 MiB", hint: "export only the folder or collection in question"}
	errMany = &fault{reason: "the export has more than a million values", hint: "export only the folder or collection in question"}
	errDeep = &fault{reason: "values are nested too deeply, or aliases stand for too many", hint: again}
	errRead = &fault{reason: "the input could not be read", hint: "copy the file again"}
)

// inJSON returns YAML as JSON. Numbers, dates and other plain words become strings
// as they are written: a password may look like any of them.
func inJSON(r io.Reader) ([]byte, error) {
	text, err := io.ReadAll(io.LimitReader(r, MaxText+1))
	switch {
	case err != nil:
		return nil, errRead
	case len(text) > MaxText:
		return nil, errLong
	case marks(text) > maxMarks:
		return nil, errMany
	}
	var doc yaml.Node
	if err := yaml.Unmarshal(text, &doc); err != nil {
		f := &fault{reason: "it is no valid YAML", hint: again}
		if m := inLine().FindStringSubmatch(err.Error()); m != nil {
			f.line, _ = strconv.Atoi(m[1])
		}
		return nil, f
	}
	p := &plain{}
	v := p.of(&doc, 0)
	if p.failed {
		return nil, errDeep
	}
	return json.Marshal(v)
}

var inLine = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`^yaml: line ([0-9]{1,9}):`) })

// marks counts the characters one of which stands before every node.
func marks(text []byte) (n int) {
	for _, c := range []string{"\n", ",", ":", "-", "[", "{", "?"} {
		n += bytes.Count(text, []byte(c))
	}
	return n
}

// plain makes plain values of nodes.
type plain struct {
	nodes  int
	failed bool
}

func (p *plain) of(n *yaml.Node, level int) any {
	if p.nodes++; p.nodes > maxNodes || level > maxLevels {
		p.failed = true
	}
	if p.failed {
		return nil
	}
	switch n.Kind {
	case yaml.DocumentNode:
		if len(n.Content) > 0 {
			return p.of(n.Content[0], level+1)
		}
	case yaml.AliasNode:
		return p.of(n.Alias, level+1)
	case yaml.SequenceNode:
		list := make([]any, 0, len(n.Content))
		for _, e := range n.Content {
			list = append(list, p.of(e, level+1))
		}
		return list
	case yaml.MappingNode:
		object := make(map[string]any, len(n.Content)/2)
		for i := 0; i+1 < len(n.Content); i += 2 {
			if k := n.Content[i]; k.Kind == yaml.ScalarNode {
				object[k.Value] = p.of(n.Content[i+1], level+1)
			}
		}
		return object
	case yaml.ScalarNode:
		switch n.ShortTag() {
		case "!!null":
			return nil
		case "!!bool":
			var b bool
			if n.Decode(&b) == nil {
				return b
			}
		}
		return n.Value
	}
	return nil
}

// asFault returns err if it is one.
func asFault(err error) *fault {
	f := new(fault)
	if !errors.As(err, &f) {
		return nil
	}
	return f
}
