package reingest

import (
	"context"
	"fmt"
	"strconv"
	"time"

	"github.com/mcptrail/mcptrail/ingest/kafkasource"
)

// From is where to read from: an offset, a time, or the beginning.
// The zero value is the beginning.
type From struct {
	offset int64
	at     time.Time
}

// layouts of a time without a zone are of UTC, as all times here.
var layouts = []string{time.RFC3339, "2006-01-02T15:04:05", "2006-01-02 15:04:05", "2006-01-02 15:04", time.DateOnly}

// ParseFrom reads "beginning", an offset, a time, or how long ago; now is the time.
// An offset is tried first: a number alone is never a year.
func ParseFrom(text string, now time.Time) (From, error) {
	if text == "beginning" {
		return From{}, nil
	}
	if n, err := strconv.ParseInt(text, 10, 64); err == nil && n >= 0 {
		return From{offset: n}, nil
	}
	if d, err := time.ParseDuration(text); err == nil && d > 0 {
		return From{at: now.Add(-d)}, nil
	}
	for _, layout := range layouts {
		if at, err := time.Parse(layout, text); err == nil {
			return From{at: at}, nil
		}
	}
	return From{}, fmt.Errorf("%q is no place to read from: want beginning, an offset (12345), a time (2026-11-30T14:00:00Z, or 2026-11-30 for its first moment in UTC), or how long ago (90m)", text)
}

// in is the offset in a partition that the log still has, between first and end.
// One offset holds for every partition that is read, though each counts for itself: a time
// is the better choice where there are several. Where all records are older it is the end.
func (f From) in(ctx context.Context, source *kafkasource.Source, topic string, partition int, first, end int64) (int64, error) {
	offset := f.offset
	if !f.at.IsZero() {
		var err error
		if offset, err = source.OffsetAt(ctx, topic, partition, f.at); err != nil {
			return 0, err
		}
		if offset < 0 {
			offset = end
		}
	}
	return min(max(offset, first), end), nil
}
