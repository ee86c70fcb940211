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

	"github.com/ClickHouse/clickhouse-go/v2/lib/driver"

	"github.com/mcptrail/mcptrail/query/wire"
	"github.com/mcptrail/mcptrail/schema"
)

// TailStep is how many offsets of a partition one read takes at most. A reader that was
// away for long catches up in bounded steps.
const TailStep = 500

// Offset is the last record of one partition that a reader has seen.
type Offset struct {
	Topic     string
	Partition int32
	Offset    int64
}

// Position is where a reader of new events stands, by topic and partition. Offsets of a
// partition are stored in their order, so that nothing stored later lies before it; times
// of storage would not do, since blocks of two partitions overlap in time.
type Position []Offset

// String is the position as an opaque word.
func (p Position) String() string {
	b, _ := json.Marshal(p) // strings and numbers always have a JSON form
	return base64.RawURLEncoding.EncodeToString(b)
}

// ParsePosition reads what String gave; the error is [ErrCursor]. It comes from a client,
// so its length is bounded.
func ParsePosition(s string) (Position, error) {
	var p Position
	b, err := base64.RawURLEncoding.DecodeString(s)
	if err == nil {
		err = json.Unmarshal(b, &p)
	}
	// Each entry becomes a condition of a statement.
	if err != nil || len(p) > 10_000 {
		return nil, fmt.Errorf("%w %.60q", ErrCursor, s)
	}
	return p, nil
}

// Tail reads events as they are stored. Its reader keeps the position, so that any
// replica of the query service can go on.
type Tail struct{ tenant }

// Now is the position after all that is stored.
func (s *Tail) Now(ctx context.Context) (Position, error) {
	position := Position{}
	err := s.each(ctx, "reading how far events are stored", "SELECT topic, partition, events_offset FROM ingest_progress ORDER BY topic, partition", nil,
		func(row driver.Rows) error {
			var o Offset
			err := row.Scan(&o.Topic, &o.Partition, &o.Offset)
			position = append(position, o)
			return err
		})
	if err != nil {
		return nil, err
	}
	return position, nil
}

// Since gives the events that were stored after the position, in the order of each
// partition and of each session, and the position after them. It takes a bounded
// step; more is true where another step is due at once.
func (s *Tail) Since(ctx context.Context, from Position, session string, f wire.EventFilter) (events iter.Seq2[*schema.Event, error], to Position, more bool, err error) {
	to, err = s.Now(ctx)
	if err != nil {
		return nil, nil, false, err
	}
	w := s.where()
	if session != "" {
		w.add("session_id = {session:UUID}", "session", session)
	}
	w.eventFilter(f)
	// offsets changes to in place: it cuts it to the step that is read.
	more, moved := w.offsets(from, to)
	if !moved {
		return func(func(*schema.Event, error) bool) {}, to, false, nil
	}
	return s.events(ctx, "SELECT "+columns(true)+" FROM events WHERE "+w.String()+
		" ORDER BY kafka_offset, topic, kafka_partition LIMIT 1 BY session_id, seq, hash", w.parameters), to, more, nil
}

// offsets adds the condition that an event lies behind from and not behind to, which
// it cuts to a bounded step. A partition that from does not have is new: all of it is. More says that it did, moved that anything can be there.
func (w *where) offsets(from, to Position) (more, moved bool) {
	var either []string
	for i := range to {
		end := &to[i]
		seen := int64(-1)
		if at, ok := slices.BinarySearchFunc(from, *end, comparePartitions); ok {
			seen = from[at].Offset
		}
		// A position of another replica may be newer than what this one sees; it must not go back.
		if end.Offset <= seen {
			end.Offset = seen
			continue
		}
		if end.Offset-seen > TailStep {
			end.Offset, more = seen+TailStep, true
		}
		n := fmt.Sprint(i)
		either = append(either, "(topic = {topic"+n+":String} AND kafka_partition = {partition"+n+":Int32}"+
			" AND kafka_offset > {seen"+n+":Int64} AND kafka_offset <= {end"+n+":Int64})")
		w.set("topic"+n, end.Topic)
		w.set("partition"+n, end.Partition)
		w.set("seen"+n, seen)
		w.set("end"+n, end.Offset)
	}
	if len(either) > 0 {
		w.conditions = append(w.conditions, "("+strings.Join(either, " OR ")+")")
	}
	return more, len(either) > 0
}

// comparePartitions orders partitions, not offsets.
func comparePartitions(a, b Offset) int {
	return cmp.Or(cmp.Compare(a.Topic, b.Topic), cmp.Compare(a.Partition, b.Partition))
}
