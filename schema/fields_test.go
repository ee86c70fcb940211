package schema_test

import (
	"bytes"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/mcptrail/mcptrail/schema"
	"github.com/mcptrail/mcptrail/schema/schematest"
)

// goField is a field of the struct Event or of a part of it.
type goField struct {
	// owner is the struct that declares it, path how Go code reaches it.
	owner, name, path string
	at                uintptr
	typ               reflect.Type
}

// goFields are the fields of an event that are values, by reflection.
func goFields(e *schema.Event) []goField { return walk(reflect.ValueOf(e).Elem(), "Event", nil) }

func walk(v reflect.Value, path string, all []goField) []goField {
	for i := range v.NumField() {
		f, at := v.Type().Field(i), v.Field(i)
		here := goField{owner: v.Type().Name(), name: f.Name, path: path + "." + f.Name, at: at.Addr().Pointer(), typ: f.Type}
		switch {
		case at.Kind() == reflect.Struct:
			all = walk(at, here.path, all)
		case at.Kind() == reflect.Pointer:
			all = walk(at.Elem(), here.path, all)
		case at.Kind() == reflect.Slice && at.Type().Elem().Kind() == reflect.Struct:
			all = walk(at.Index(0), here.path+"[]", all)
		case at.Kind() == reflect.Slice && at.Type().Elem().Kind() == reflect.String:
			here.path, here.at = here.path+"[]", at.Index(0).Addr().Pointer()
			all = append(all, here)
		default:
			all = append(all, here)
		}
	}
	return all
}

// address of the value of a column.
func address(e *schema.Event, c schema.Column) uintptr {
	switch at := c.Value.(type) {
	case schema.Member[string]:
		return reflect.ValueOf(at.At(e, 0)).Pointer()
	case schema.Member[uint64]:
		return reflect.ValueOf(at.At(e, 0)).Pointer()
	case schema.Member[[]byte]:
		return reflect.ValueOf(at.At(e, 0)).Pointer()
	}
	return reflect.ValueOf(c.Value).Call([]reflect.Value{reflect.ValueOf(e)})[0].Pointer()
}

// TestEveryFieldOfAnEventIsInTheListOfFields names the fields of the struct that the list
// does not have, and what of the list is out of order.
func TestEveryFieldOfAnEventIsInTheListOfFields(t *testing.T) {
	e := schematest.Full()
	listed, newest := map[uintptr]string{}, map[string]uint8{}
	for _, c := range schema.Columns() {
		at := address(e, c)
		if other, twice := listed[at]; twice {
			t.Errorf("columns %s and %s are one field", other, c.Name)
		}
		listed[at] = c.Name
		list := c.List
		if list == "" && strings.HasPrefix(c.Name, "gap_") {
			list = "gap"
		}
		if c.Version < newest[list] {
			t.Errorf("%s, of version %d, stands behind fields of version %d: new ones are appended", c.Name, c.Version, newest[list])
		}
		newest[list] = c.Version
	}
	for _, f := range goFields(e) {
		if listed[f.at] == "" {
			t.Errorf("%s is not in the list of fields (fields.go)", f.path)
		}
		delete(listed, f.at)
	}
	for _, column := range listed {
		t.Errorf("column %s is no field of the event", column)
	}
	if last := slices.Max([]uint8{newest[""], newest["gap"], newest["redactions"]}); last != schema.Version {
		t.Errorf("the newest field is of version %d, events are written as version %d", last, schema.Version)
	}
}

// TestEveryFieldHasAColumnInAMigration reads the migrations as text: the table that they
// make is compared in schema/ddl/rows.
func TestEveryFieldHasAColumnInAMigration(t *testing.T) {
	files, err := filepath.Glob(filepath.Join("ddl", "migrations", "*.sql"))
	if err != nil || len(files) == 0 {
		t.Fatalf("%d migrations, %v", len(files), err)
	}
	var all strings.Builder
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		all.Write(text)
	}
	for _, c := range schema.Columns() {
		name := c.Name
		if c.Version == 1 {
			name = name[strings.IndexByte(name, '.')+1:] // lists were made as Nested
		}
		if !regexp.MustCompile(`(?m)^\s*(ADD COLUMN IF NOT EXISTS )?` + regexp.QuoteMeta(name) + `\s`).MatchString(all.String()) {
			t.Errorf("no migration makes the column %s", c.Name)
		}
	}
}

// TestThePageOfTheEventIsCurrent holds docs/event.md against the list of fields and the
// comments of the struct.
func TestThePageOfTheEventIsCurrent(t *testing.T) {
	const page = "../docs/event.md"
	want := eventPage(t)
	if *update {
		if err := os.WriteFile(page, want, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if got, err := os.ReadFile(page); err != nil || !bytes.Equal(got, want) {
		t.Errorf("%s is not what fields.go and event.go say (%v): run go test ./schema -update", page, err)
	}
}

func eventPage(t *testing.T) []byte {
	e := schematest.Full()
	fields := map[uintptr]goField{}
	for _, f := range goFields(e) {
		fields[f.at] = f
	}
	comments := comments(t)
	var page bytes.Buffer
	page.WriteString(pageBegin)
	var groups []string
	for _, c := range schema.Columns() {
		if !slices.Contains(groups, c.Group) {
			groups = append(groups, c.Group)
		}
	}
	for _, group := range groups {
		fmt.Fprintf(&page, "\n## %s\n\n| field | column | type | since | limit | what |\n|---|---|---|---|---|---|\n", group)
		for _, c := range schema.Columns() {
			f := fields[address(e, c)]
			if c.Group == group {
				fmt.Fprintf(&page, "| `%s` | `%s` | %s | %d | %s | %s |\n", strings.TrimPrefix(f.path, "Event."), c.Name, typeName(f.typ), c.Version, limit(c), comments[f.owner+"."+f.name])
			}
		}
	}
	return page.Bytes()
}

const pageBegin = `<!-- Made from schema/fields.go and schema/event.go by "go test ./schema -update". -->

# The event

An event is one message that crossed a collector in one direction, or one fact that the collector states. Its canonical
bytes are a msgpack array: the version, then the fields of that version in the order of schema/fields.go. The hash of
these bytes is chained and sealed. The table ` + "`events`" + ` has a column for each field, so that a row encodes to the bytes that
were hashed.

A new field comes with a new version, at the end of the array. An event keeps the version that it was recorded under.
`

func typeName(t reflect.Type) string {
	switch t.Kind() {
	case reflect.String:
		return "text"
	case reflect.Array:
		return fmt.Sprintf("%d bytes", t.Len())
	case reflect.Slice:
		if t.Elem().Kind() == reflect.Uint8 {
			return "bytes"
		}
		return "text"
	}
	return t.Kind().String()
}

func limit(c schema.Column) string {
	var parts []string
	if c.Limit > 0 {
		parts = append(parts, fmt.Sprintf("%d bytes", c.Limit))
	}
	if c.Most > 0 {
		parts = append(parts, fmt.Sprintf("%d elements", c.Most))
	}
	return strings.Join(parts, ", ")
}

// comments are the doc comments of the fields in event.go, as one line each, by struct
// and field. One comment before several fields is that of each.
func comments(t *testing.T) map[string]string {
	file, err := parser.ParseFile(token.NewFileSet(), "event.go", nil, parser.ParseComments)
	if err != nil {
		t.Fatal(err)
	}
	link := regexp.MustCompile(`\[([A-Za-z.]+)\]`)
	all := map[string]string{}
	ast.Inspect(file, func(n ast.Node) bool {
		spec, ok := n.(*ast.TypeSpec)
		if !ok {
			return true
		}
		body, ok := spec.Type.(*ast.StructType)
		if !ok {
			return true
		}
		last := ""
		for _, f := range body.Fields.List {
			if f.Doc != nil {
				last = strings.Join(strings.Fields(f.Doc.Text()), " ")
			} else if last == "" {
				last = strings.Join(strings.Fields(spec.Doc.Text()+bodyDoc(file, spec)), " ")
			}
			for _, name := range f.Names {
				all[spec.Name.Name+"."+name.Name] = strings.ReplaceAll(link.ReplaceAllString(last, "$1"), "|", "\\|")
			}
		}
		return true
	})
	return all
}

// bodyDoc is the comment of a type that is declared alone, which stands at its keyword.
func bodyDoc(file *ast.File, spec *ast.TypeSpec) string {
	for _, d := range file.Decls {
		if g, ok := d.(*ast.GenDecl); ok && len(g.Specs) == 1 && g.Specs[0] == spec {
			return g.Doc.Text()
		}
	}
	return ""
}
