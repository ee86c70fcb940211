// Command generate writes the types and calls of the query service's API from its
// OpenAPI 3.1 document.
//
// The one rule: what the document has and this does not understand ends it, so that
// nothing is left out in silence.
package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"go/format"
	"maps"
	"os"
	"slices"
	"strings"
)

// document is the part of OpenAPI that the service uses.
type document struct {
	Paths      map[string]struct{ Get *operation }
	Components struct{ Schemas map[string]*schema }
}

type operation struct {
	OperationID string `json:"operationId"`
	Summary     string
	Parameters  []parameter
	Responses   map[string]struct {
		Content map[string]struct{ Schema *schema }
	}
}

type parameter struct {
	Name, In, Description string
	Schema                *schema
}

type schema struct {
	Ref        string `json:"$ref"`
	Type       words
	Format     string
	Items      *schema
	Properties map[string]*schema
	Required   []string
	// Enum are the words of a closed list, which is a string in Go.
	Enum []string
	// ContentEncoding is base64 on bytes.
	ContentEncoding string
}

// words is a string or a list of them.
type words []string

func (w *words) UnmarshalJSON(b []byte) error {
	if b[0] == '[' {
		return json.Unmarshal(b, (*[]string)(w))
	}
	*w = words{""}
	return json.Unmarshal(b, &(*w)[0])
}

func main() {
	if err := run(os.Args[1], os.Args[2]); err != nil {
		fmt.Fprintln(os.Stderr, "generate:", err)
		os.Exit(1)
	}
}

func run(from, to string) error {
	text, err := os.ReadFile(from)
	if err != nil {
		return err
	}
	var d document
	if err := json.Unmarshal(text, &d); err != nil {
		return fmt.Errorf("reading %s: %w", from, err)
	}
	var out bytes.Buffer
	out.WriteString("// Code generated from openapi.json by generate. DO NOT EDIT.\n\npackage api\n\n" +
		"import (\n\"context\"\n\"encoding/json\"\n\"io\"\n\"net/url\"\n\"time\"\n)\n\n")
	for _, name := range slices.Sorted(maps.Keys(d.Components.Schemas)) {
		if len(d.Components.Schemas[name].Enum) > 0 {
			continue
		}
		if err := d.writeType(&out, name, d.Components.Schemas[name]); err != nil {
			return err
		}
	}
	for _, path := range slices.Sorted(maps.Keys(d.Paths)) {
		if op := d.Paths[path].Get; op != nil {
			if err := d.writeCall(&out, path, op); err != nil {
				return err
			}
		}
	}
	source, err := format.Source(out.Bytes())
	if err != nil {
		return fmt.Errorf("formatting: %w", err)
	}
	return os.WriteFile(to, source, 0o644)
}

func (d *document) writeType(out *bytes.Buffer, name string, s *schema) error {
	fmt.Fprintf(out, "// %s is a schema of the document.\ntype %s struct {\n", name, name)
	for _, property := range slices.Sorted(maps.Keys(s.Properties)) {
		if property == "$schema" {
			continue
		}
		t, err := d.typeOf(s.Properties[property])
		if err != nil {
			return fmt.Errorf("%s.%s: %w", name, property, err)
		}
		fmt.Fprintf(out, "%s %s `json:%q`\n", exported(property), t, property)
	}
	out.WriteString("}\n\n")
	return nil
}

// typeOf a value. What may be null is a pointer, unless it is a list or any JSON.
func (d *document) typeOf(s *schema) (string, error) {
	if s.Ref != "" {
		name := s.Ref[strings.LastIndexByte(s.Ref, '/')+1:]
		if words := d.Components.Schemas[name]; words != nil && len(words.Enum) > 0 {
			return d.typeOf(words)
		}
		return name, nil
	}
	kind, pointer := "", ""
	for _, word := range s.Type {
		if word == "null" {
			pointer = "*"
		} else {
			kind = word
		}
	}
	switch {
	case kind == "array":
		item, err := d.typeOf(s.Items)
		return "[]" + item, err
	case kind == "string" && s.Format == "date-time":
		return pointer + "time.Time", nil
	case kind == "string" && s.ContentEncoding == "base64":
		return "[]byte", nil
	case kind == "string":
		return pointer + "string", nil
	case kind == "integer":
		return pointer + "int64", nil
	case kind == "number":
		return pointer + "float64", nil
	case kind == "boolean":
		return pointer + "bool", nil
	case kind == "":
		return "json.RawMessage", nil
	}
	return "", fmt.Errorf("type %v is not understood", s.Type)
}

func (d *document) writeCall(out *bytes.Buffer, path string, op *operation) error {
	name := exported(op.OperationID)
	fmt.Fprintf(out, "// %sParams are what %s takes; zero values are not sent.\ntype %sParams struct {\n", name, name, name)
	var set, headers strings.Builder
	arguments, address := "", fmt.Sprintf("%q", path)
	for _, p := range op.Parameters {
		t, err := d.typeOf(p.Schema)
		if err != nil {
			return fmt.Errorf("%s, parameter %s: %w", op.OperationID, p.Name, err)
		}
		switch p.In {
		case "path":
			arguments += ", " + p.Name + " string"
			address = strings.Replace(address, "{"+p.Name+"}", `" + url.PathEscape(`+p.Name+`) + "`, 1)
			continue
		case "header":
			fmt.Fprintf(&headers, "if p.%s != \"\" { header[%q] = []string{p.%s} }\n", exported(p.Name), p.Name, exported(p.Name))
		case "query":
			fmt.Fprintf(&set, "set(v, %q, p.%s)\n", p.Name, exported(p.Name))
		}
		if t == "bool" {
			t = "*bool" // false differs from not sent where true is the default
		}
		fmt.Fprintf(out, "// %s: %s\n%s %s\n", exported(p.Name), p.Description, exported(p.Name), t)
	}
	out.WriteString("}\n\n")
	answer, stream := "", false
	for kind, content := range op.Responses["200"].Content {
		t, err := d.typeOf(content.Schema)
		if err != nil {
			return fmt.Errorf("%s: %w", op.OperationID, err)
		}
		answer, stream = t, kind != "application/json"
	}
	result, call := answer, "get["+answer+"](ctx, c, "
	if stream {
		result, call = "io.ReadCloser", "c.open(ctx, "
	}
	fmt.Fprintf(out, "// %s: %s.\nfunc (c *Client) %s(ctx context.Context%s, p %sParams) (%s, error) {\nv, header := url.Values{}, map[string][]string{}\n%s%sreturn %s%s, v, header)\n}\n\n",
		name, strings.TrimSuffix(op.Summary, "."), name, arguments, name, result, set.String(), headers.String(), call, address)
	return nil
}

// exported is a name of the document as a name in Go.
func exported(name string) string {
	var b strings.Builder
	for _, part := range strings.FieldsFunc(name, func(r rune) bool { return r == '_' || r == '-' }) {
		if slices.Contains([]string{"id", "ms", "rpc", "http"}, part) {
			part = strings.ToUpper(part)
		}
		b.WriteString(strings.ToUpper(part[:1]) + part[1:])
	}
	return b.String()
}
