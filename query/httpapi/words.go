package httpapi

import (
	"reflect"
	"strings"

	"github.com/danielgtaylor/huma/v2"

	"github.com/mcptrail/mcptrail/query"
	"github.com/mcptrail/mcptrail/query/clickhouse"
	"github.com/mcptrail/mcptrail/query/wire"
	"github.com/mcptrail/mcptrail/schema"
)

// The types below are closed lists of words. Each stands once in the description, as
// a schema of its own with what its words mean, and parameters and answers refer to
// it, so that front ends generate their lists from there.
type (
	measure        string
	dimension      string
	eventKind      string
	outcome        string
	basis          string
	transport      string
	eventFlag      string
	operationFlag  string
	operationKind  string
	definitionKind string
	// outcomeOrNone and directionOrNone are empty on events that have none.
	outcomeOrNone   string
	directionOrNone string
	// exclusion is dimension:value.
	exclusion string
)

func (measure) Schema(r huma.Registry) *huma.Schema {
	return enumeration(r, "Measure", "What can be measured of events.", clickhouse.Measures())
}

func (dimension) Schema(r huma.Registry) *huma.Schema {
	return enumeration(r, "Dimension", "What events can be grouped and chosen by.", clickhouse.Dimensions())
}

func (eventKind) Schema(r huma.Registry) *huma.Schema {
	return enumeration(r, "EventKind", "What an event is.", wire.Kinds())
}

func (outcome) Schema(r huma.Registry) *huma.Schema {
	return enumeration(r, "Outcome", "How an exchange ended.", wire.Outcomes())
}

func (outcomeOrNone) Schema(r huma.Registry) *huma.Schema {
	return enumeration(r, "OutcomeOrNone", "How an exchange ended; empty where this ends none.",
		append(wire.Outcomes(), wire.Word{Meaning: "No end of an exchange."}))
}

func (directionOrNone) Schema(r huma.Registry) *huma.Schema {
	return enumeration(r, "DirectionOrNone", "Direction of a message; empty for a fact that the collector itself states.",
		append(wire.Directions(), wire.Word{Meaning: "A fact that the collector itself states."}))
}

func (basis) Schema(r huma.Registry) *huma.Schema {
	return enumeration(r, "Basis", "What made a run of events a session.", wire.Bases())
}

func (transport) Schema(r huma.Registry) *huma.Schema {
	return enumeration(r, "Transport", "What carried a session.", wire.Transports())
}

func (eventFlag) Schema(r huma.Registry) *huma.Schema {
	return enumeration(r, "EventFlag", "A qualification of an event.", wire.Flags())
}

func (operationFlag) Schema(r huma.Registry) *huma.Schema {
	return enumeration(r, "OperationFlag", "A qualification of an operation or a fact.", wire.OperationFlags())
}

func (operationKind) Schema(r huma.Registry) *huma.Schema {
	return enumeration(r, "OperationKind", "What sort of thing was asked for.", wire.OperationKinds())
}

func (definitionKind) Schema(r huma.Registry) *huma.Schema {
	return enumeration(r, "DefinitionKind", "What sort of thing a server describes.", wire.DefinitionKinds())
}

func (exclusion) Schema(huma.Registry) *huma.Schema {
	return &huma.Schema{Type: huma.TypeString, PatternDescription: "dimension:value",
		Pattern: "^(" + strings.Join(clickhouse.Dimensions().Values(), "|") + "):"}
}

// enumeration adds a list of words to the description where it is not there yet, and
// refers to it. A record that a newer collector wrote may hold other words: answers are
// not validated, parameters are. openapi-typescript reads the extension.
// The words and their meanings are two lists in one order, which front ends rely on.
func enumeration(r huma.Registry, name, description string, words wire.Words) *huma.Schema {
	// Built once for each registry: the same list is referred to from many routes.
	if r.Map()[name] == nil {
		s := &huma.Schema{Type: huma.TypeString, Description: description}
		var meanings []string
		for _, w := range words {
			s.Enum = append(s.Enum, w.Value)
			meanings = append(meanings, w.Meaning)
		}
		s.Extensions = map[string]any{"x-enum-descriptions": meanings}
		// As huma does for schemas of its own; without it a refused word has no message.
		s.PrecomputeMessages()
		r.Map()[name] = s
	}
	return &huma.Schema{Ref: "#/components/schemas/" + name}
}

// describeWords makes the description refer to the lists above wherever an answer
// holds one of their words.
func describeWords(r huma.Registry) {
	for word, list := range map[reflect.Type]reflect.Type{
		reflect.TypeFor[schema.Kind]():         reflect.TypeFor[eventKind](),
		reflect.TypeFor[schema.Outcome]():      reflect.TypeFor[outcomeOrNone](),
		reflect.TypeFor[schema.Direction]():    reflect.TypeFor[directionOrNone](),
		reflect.TypeFor[schema.Basis]():        reflect.TypeFor[basis](),
		reflect.TypeFor[schema.Transport]():    reflect.TypeFor[transport](),
		reflect.TypeFor[query.OperationKind](): reflect.TypeFor[operationKind](),
	} {
		r.RegisterTypeAlias(word, list)
	}
}

// describeStrings does the same for flags and kinds of definitions, which are plain
// strings in the Go types.
// A type that is no part of the description is passed over: no route answers with it.
func describeStrings(r huma.Registry) {
	for name, of := range map[string]huma.SchemaProvider{
		"Event": eventFlag(""), "ListedEvent": eventFlag(""),
		"Operation": operationFlag(""), "TrailOperation": operationFlag(""), "Fact": operationFlag(""), "TrailFact": operationFlag(""),
	} {
		if s := r.Map()[name]; s != nil {
			s.Properties["flags"].Items = of.Schema(r)
		}
	}
	for _, name := range []string{"Definition", "DefinitionSummary", "DefinitionView", "DefinitionHistory"} {
		if s := r.Map()[name]; s != nil {
			s.Properties["kind"] = definitionKind("").Schema(r)
		}
	}
}

// describeNull says of members that point to an object, and are there without one, that
// they can be null: a reference alone says the opposite.
// Members that are left out when they are nil are never null, and stay as they are.
func describeNull(r huma.Registry) {
	for name, s := range r.Map() {
		t := r.TypeFromRef("#/components/schemas/" + name)
		if t == nil || t.Kind() != reflect.Struct {
			continue
		}
		for _, f := range reflect.VisibleFields(t) {
			member, options, _ := strings.Cut(f.Tag.Get("json"), ",")
			p := s.Properties[member]
			if f.Type.Kind() == reflect.Pointer && p != nil && p.Ref != "" && !strings.Contains(options, "omit") {
				s.Properties[member] = &huma.Schema{Description: p.Description, AnyOf: []*huma.Schema{{Ref: p.Ref}, {Type: "null"}}}
			}
		}
	}
}

// texts are words as plain strings, nil for none: an empty filter is no condition.
func texts[T ~string](words []T) []string {
	var list []string
	for _, w := range words {
		list = append(list, string(w))
	}
	return list
}
