package clickhouse

import (
	"cmp"
	"context"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"iter"
	"slices"
	"strings"

	"github.com/mcptrail/mcptrail/query/wire"
	"github.com/mcptrail/mcptrail/schema"
)

// TailStep is how many offsets of a partition one read takes at most.
const TailStep = 500

// Offset is the last record of one partition that a reader has seen.
type Offset struct {
	Topic     string
	Partition int32
	Offset    int64
}

// Place is where a reader of new events stands. Partitions are stored in their
// order, so that nothing stored later lies before it; times of storage are not.
type Place []Offset

// String is the place as an opaque word.
func (p Place) String() string {
	b, _ := json.Marshal(p) // strings and numbers always have a JSON form
	return base64.RawURLEncoding.EncodeToString(b)
}

// ParsePlace reads what String gave; the error is [ErrCursor].
func ParsePlace(s string) (Place, error) {
	var p Place
	b, err := base64.RawURLEncoding.DecodeString(s)
	if err == nil {
		err = json.Unmarshal(b, &p)
	}
	if err != nil || len(p) > 10_000 {
		return nil, fmt.Errorf("%w %.60q", ErrCursor, s)
	}
	return p, nil
}

// Now is the place after all that is stored.
func (s *Store) Now(ctx context.Context) (Place, error) {
	found, err := s.query(ctx, "SELECT topic, partition, events_offset FROM ingest_progress ORDER BY topic, partition", nil)
	if err != nil {
		return nil, fmt.Errorf("reading how far events are stored: %w", err)
	}
	defer found.Close()
	place := Place{}
	for found.Next() {
		var o Offset
		if err := found.Scan(&o.Topic, &o.Partition, &o.Offset); err != nil {
			return nil, fmt.Errorf("reading how far events are stored: %w", err)
		}
		place = append(place, o)
	}
	return place, found.Err()
}

// Since gives the events that were stored after the place, in the order of each
// partition and of each session, and the place after them. It takes a bounded
// step; more is true where another step is due at once.
func (s *Store) Since(ctx context.Context, from Place, session string, f wire.EventFilter) (events iter.Seq2[*schema.Event, error], to Place, more bool, err error) {
	to, err = s.Now(ctx)
	if err != nil {
		return nil, nil, false, err
	}
	w := s.where()
	if session != "" {
		w.add("session_id = {session:UUID}", "session", session)
	}
	w.choose(f)
	var moved []string
	for i := range to {
		end := &to[i]
		seen := int64(-1)
		if at, ok := slices.BinarySearchFunc(from, *end, comparePartition); ok {
			seen = from[at].Offset
		}
		if end.Offset <= seen {
			end.Offset = seen
			continue
		}
		if end.Offset-seen > TailStep {
			end.Offset, more = seen+TailStep, true
		}
		n := fmt.Sprint(i)
		moved = append(moved, "(topic = {topic"+n+":String} AND kafka_partition = {partition"+n+":Int32}"+
			" AND kafka_offset > {seen"+n+":Int64} AND kafka_offset <= {end"+n+":Int64})")
		w.set("topic"+n, end.Topic)
		w.set("partition"+n, end.Partition)
		w.set("seen"+n, seen)
		w.set("end"+n, end.Offset)
	}
	if len(moved) == 0 {
		return func(func(*schema.Event, error) bool) {}, to, false, nil
	}
	w.conditions = append(w.conditions, "("+strings.Join(moved, " OR ")+")")
	return s.events(ctx, "SELECT "+columns(true)+" FROM events WHERE "+w.String()+
		" ORDER BY kafka_offset, topic, kafka_partition LIMIT 1 BY session_id, seq, hash", w.parameters), to, more, nil
}

func comparePartition(a, b Offset) int {
	return cmp.Or(cmp.Compare(a.Topic, b.Topic), cmp.Compare(a.Partition, b.Partition))
}
