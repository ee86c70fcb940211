package rebuild

import (
	"iter"
	"slices"

	"github.com/mcptrail/mcptrail/query"
)

// CatalogueOf returns the definitions in force after some events of a session. It needs
// the requests and answers of lists, their changes and the gaps; others may be excluded.
func CatalogueOf(events iter.Seq2[query.Event, error]) (*Catalogue, error) {
	b := NewBuilder()
	b.chain.partial = true
	if err := b.addAll(events); err != nil {
		return nil, err
	}
	return b.catalogue, nil
}

// As returns the catalogue as a later session inherits it, with the word for where it is
// from: a client that disconnected and came back may still hold it.
func (c *Catalogue) As(seen string) *Catalogue { return &Catalogue{views: c.views, seen: seen} }

// InheritDefinitions fills in the definitions that the client may have held from earlier
// sessions, the newest first, where its own shows no list.
func InheritDefinitions(t *query.Timeline, earlier ...*Catalogue) {
	for i := range t.Operations {
		op := &t.Operations[i]
		if !lacksDefinition(op) {
			continue
		}
		for _, c := range earlier {
			if h := c.find(query.DefinitionKind(op.Method), op.Target, op.Started); h != nil {
				op.Held, op.Definition = &h.Held, h.definition()
				break
			}
		}
	}
}

// LacksDefinitions reports whether an operation uses a definition that no list of this
// session shows, so that an earlier session may.
func LacksDefinitions(t *query.Timeline) bool {
	return slices.ContainsFunc(t.Operations, func(op query.Operation) bool { return lacksDefinition(&op) })
}

// lacksDefinition leaves out what a gap may explain: a list that was lost is no reason to
// look into earlier sessions.
func lacksDefinition(op *query.Operation) bool {
	return op.Held != nil && op.Held.Seen == query.SeenUnknown && len(op.Held.Flags) == 0
}
