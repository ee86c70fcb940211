package wire_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/mcptrail/mcptrail/query/wire"
	"github.com/mcptrail/mcptrail/schema"
)

// TestTheListsOfWordsAreTheConstants holds the lists that front ends are generated
// from against the constants that events and operations have, in their order.
func TestTheListsOfWordsAreTheConstants(t *testing.T) {
	for _, c := range []struct {
		folder, typeName string
		words            wire.Words
	}{
		{"../../schema", "Kind", wire.Kinds()},
		{"../../schema", "Direction", wire.Directions()},
		{"../../schema", "Outcome", wire.Outcomes()},
		{"../../schema", "Basis", wire.Bases()},
		{"../../schema", "Transport", wire.Transports()},
		{"..", "OperationKind", wire.OperationKinds()},
		{"../../schema/definition", "Kind", wire.DefinitionKinds()},
	} {
		want := constants(t, c.folder, func(name, typeName string) bool { return typeName == c.typeName })
		if got := c.words.Values(); !slices.Equal(got, want) {
			t.Errorf("the list of %s is %q, the constants are %q", c.typeName, got, want)
		}
	}
	flags := wire.Flags().Values()
	for i := range 64 {
		if names := schema.Flag(1 << i).Names(); len(names) == 1 && !slices.Contains(flags, names[0]) {
			t.Errorf("flag %s is not listed", names[0])
		}
	}
	found := constants(t, "..", func(name, typeName string) bool { return typeName == "" && strings.HasPrefix(name, "Flag") })
	if got := wire.OperationFlags().Values(); !slices.Equal(got, append(flags, found...)) {
		t.Errorf("the flags of operations are %q, want %q and %q", got, flags, found)
	}
}

func TestEveryWordSaysWhatItMeans(t *testing.T) {
	for _, words := range []wire.Words{wire.Kinds(), wire.Directions(), wire.Outcomes(), wire.Bases(), wire.Transports(), wire.OperationFlags(), wire.OperationKinds(),
		wire.DefinitionKinds()} {
		for _, w := range words {
			if w.Value == "" || !strings.HasSuffix(w.Meaning, ".") {
				t.Errorf("%q means %q", w.Value, w.Meaning)
			}
		}
	}
}

// constants are the values of the text constants of a package that are chosen by name
// and type, in the order of the source.
func constants(t *testing.T, folder string, choose func(name, typeName string) bool) (values []string) {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(folder, "*.go"))
	if err != nil || len(files) == 0 {
		t.Fatalf("no source in %s: %v", folder, err)
	}
	for _, name := range files {
		if strings.HasSuffix(name, "_test.go") {
			continue
		}
		file, err := parser.ParseFile(token.NewFileSet(), name, nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		ast.Inspect(file, func(n ast.Node) bool {
			spec, ok := n.(*ast.ValueSpec)
			if !ok || len(spec.Values) != 1 {
				return true
			}
			typeName := ""
			if named, ok := spec.Type.(*ast.Ident); ok {
				typeName = named.Name
			}
			if value, ok := spec.Values[0].(*ast.BasicLit); ok && value.Kind == token.STRING && choose(spec.Names[0].Name, typeName) {
				if text := strings.Trim(value.Value, `"`); text != "" {
					values = append(values, text)
				}
			}
			return true
		})
	}
	return values
}
