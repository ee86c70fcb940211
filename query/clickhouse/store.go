// Package clickhouse reads the record from its tables.
//
// The one rule: every statement is fixed text with typed parameters, names the
// tenant, and ends when its context does, so that input never becomes SQL and
// nobody reads another's record or leaves a query running behind.
//
// Each resource has a reader of its own, in a file of its name; [New] makes all of
// them. A new resource is a new file and one line there.
package clickhouse

import (
	"errors"

	"github.com/ClickHouse/clickhouse-go/v2/lib/driver"
)

// ErrNoSession says that the tenant has no such session.
var ErrNoSession = errors.New("no such session")

// ErrCursor says that a cursor was not made here: the caller sent something else
// and must begin with the first page.
var ErrCursor = errors.New("malformed cursor")

// Store has a reader for each resource of one tenant's record. All of them may be
// used by many goroutines; none keeps anything between two reads.
type Store struct {
	Sessions      *Sessions
	Facets        *Facets
	Events        *Events
	Tail          *Tail
	Search        *Search
	Timelines     *Timelines
	Trails        *Trails
	TrailEdits    *TrailEdits
	TrailTimeline *TrailTimeline
	Comparisons   *Comparisons
	Flows         *Flows
	Definitions   *Definitions
	Aggregates    *Aggregates
	Cases         *Cases
	Evidence      *Evidence
	Health        *Health
}

// New makes the readers of a tenant over conn, whose database holds the tables. It
// does not connect.
func New(conn driver.Conn, tenantName string) *Store {
	of := tenant{conn: conn, name: tenantName}
	sessions, events, edits := &Sessions{of}, &Events{of}, &TrailEdits{of}
	trails := &Trails{of, sessions, edits}
	inherited := &inheritedDefinitions{of, trails}
	timelines := &Timelines{of, events, inherited}
	trailTimeline := &TrailTimeline{inherited}
	return &Store{
		Sessions:      sessions,
		Facets:        &Facets{of},
		Events:        events,
		Tail:          &Tail{of},
		Search:        &Search{of},
		Timelines:     timelines,
		Trails:        trails,
		TrailEdits:    edits,
		TrailTimeline: trailTimeline,
		Comparisons:   &Comparisons{of, sessions, timelines, trails, trailTimeline},
		Flows:         &Flows{events},
		Definitions:   &Definitions{of},
		Aggregates:    &Aggregates{of},
		Cases:         &Cases{of},
		Evidence:      &Evidence{of},
		Health:        &Health{tenant: of, leastFree: leastFree},
	}
}
