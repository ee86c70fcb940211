package clickhouse

import (
	"encoding/base64"
	"encoding/binary"
	"fmt"

	"github.com/google/uuid"
)

// pageKey is where a page ended: the sort key of its last row. It stays right while rows
// come in, which an offset would not. time is in nanoseconds since 1970; seq is zero in
// lists of sessions.
type pageKey struct {
	time    int64
	session uuid.UUID
	seq     uint64
}

// cursorVersion is the first byte of every cursor, so that another order can
// come some day.
const (
	cursorVersion = 1
	cursorSize    = 1 + 8 + 16 + 8
)

// cursor encodes the key for the client: version, time, session and seq, big endian, in
// base64 for URLs. It is no secret and not signed: a forged one pages through what its
// sender may read anyway.
func (p pageKey) cursor() string {
	b := make([]byte, 0, cursorSize)
	b = append(b, cursorVersion)
	b = binary.BigEndian.AppendUint64(b, uint64(p.time))
	b = append(b, p.session[:]...)
	b = binary.BigEndian.AppendUint64(b, p.seq)
	return base64.RawURLEncoding.EncodeToString(b)
}

// parseCursor reads a cursor; the error is [ErrCursor]. Each key has one encoding, so that
// nothing can be hidden in a cursor.
func parseCursor(s string) (p pageKey, err error) {
	b, err := base64.RawURLEncoding.Strict().DecodeString(s)
	if err != nil || len(b) != cursorSize || b[0] != cursorVersion {
		return p, fmt.Errorf("%w %.60q", ErrCursor, s)
	}
	p.time = int64(binary.BigEndian.Uint64(b[1:]))
	copy(p.session[:], b[9:])
	p.seq = binary.BigEndian.Uint64(b[25:])
	if p.time < 0 {
		return p, fmt.Errorf("%w %.60q", ErrCursor, s)
	}
	return p, nil
}

// beyond adds the condition that an event comes after the page that the cursor ends, in
// an order from new to old. The empty cursor is the first page.
func (w *where) beyond(cursor string) error {
	if cursor == "" {
		return nil
	}
	p, err := parseCursor(cursor)
	if err != nil {
		return err
	}
	w.add("(time, session_id, seq) < ("+moment("before")+", {before_id:UUID}, {before_seq:UInt64})", "before", p.time)
	w.set("before_id", p.session)
	w.set("before_seq", p.seq)
	return nil
}
