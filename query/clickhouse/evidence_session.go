package clickhouse

import (
	"context"
	"database/sql"
	"errors"

	"github.com/google/uuid"

	"github.com/mcptrail/mcptrail/schema"
)

// session chooses a session, and what collectors state elsewhere that they lost of its
// epochs: without that a loss would look like a removal. Seals are those that touch the
// session or cover such a statement.
func (r *Record) session(ctx context.Context, id uuid.UUID) error {
	stated, err := r.losses(ctx, id)
	if err != nil {
		return err
	}
	if len(stated.epochs) == 0 { // the usual case, for which there are indexes
		r.events.add("session_id = {session:UUID}", "session", id)
		r.sealed.add("has(sessions, {session:UUID})", "session", id)
		return nil
	}
	// The first condition is what the primary key can use.
	r.events.add("session_id IN {in:Array(UUID)}", "in", append(stated.sessions, id.String()))
	r.events.add("(session_id = {session:UUID} OR "+inStated+")", "session", id)
	r.sealed.add("(has(sessions, {session:UUID}) OR "+sealsStated+")", "session", id)
	stated.set(r.events, r.sealed)
	return nil
}

// sessionFrom chooses the events of a session from a seq on.
func (r *Record) sessionFrom(ctx context.Context, id uuid.UUID, seq uint64) error {
	stated, err := r.losses(ctx, id)
	if err != nil {
		return err
	}
	r.events.add("session_id = {session:UUID}", "session", id)
	seals := "has(sessions, {session:UUID})"
	if seq > 0 {
		r.events.add("seq >= {from:UInt64}", "from", seq)
		var epoch uuid.UUID
		var number uint64
		// The first event from seq on. Seals of its epoch that end before it cover nothing that
		// is read; those of other epochs are kept, since an adopted session may have several.
		err := r.conn.QueryRow(ctx, "SELECT epoch, collector_seq FROM events WHERE "+r.events.String()+" ORDER BY tenant, session_id, seq LIMIT 1", r.events.parameters...).Scan(&epoch, &number)
		if err != nil && !errors.Is(err, sql.ErrNoRows) {
			return err
		}
		if err == nil {
			seals += " AND NOT (epoch = {epoch:UUID} AND first_seq + count <= {number:UInt64})"
			r.sealed.set("epoch", epoch)
			r.sealed.set("number", number)
		}
	}
	if len(stated.epochs) == 0 {
		r.sealed.add(seals, "session", id)
		return nil
	}
	// Apart from the events of the session, which a reader may stop reading.
	r.stated = r.where()
	r.stated.add("session_id IN {in:Array(UUID)}", "in", stated.sessions)
	r.stated.add("session_id != {session:UUID} AND "+inStated, "session", id)
	r.sealed.add("("+seals+" OR "+sealsStated+")", "session", id)
	stated.set(r.stated, r.sealed)
	return nil
}

// inStated and sealsStated choose the events of [losses] and the seals that cover them.
const (
	inStated    = "has(arrayZip({said:Array(String)}, {numbers:Array(UInt64)}), (toString(epoch), collector_seq))"
	sealsStated = "arrayExists((e, n) -> e = toString(epoch) AND first_seq <= n AND n < first_seq + count, {said:Array(String)}, {numbers:Array(UInt64)})"
)

// set adds the parameters that both conditions read.
func (l *losses) set(in ...*where) {
	for _, w := range in {
		w.set("said", l.epochs)
		w.set("numbers", l.numbers)
	}
}

// losses are events in which collectors state what they lost: by epoch, collector_seq
// and session, one index for all three.
type losses struct {
	epochs   []string
	numbers  []uint64
	sessions []string
}

// losses finds the events that name an epoch of the session as one of which something
// was lost.
func (r *Record) losses(ctx context.Context, id uuid.UUID) (found losses, err error) {
	w := r.where()
	w.add("session_id = {session:UUID}", "session", id)
	// At most 100 epochs and 1,000 statements are taken: the lists are parameters of what follows.
	var epochs []string
	// A session rarely has more than one epoch: a new one begins when its collector restarts.
	if err := r.conn.QueryRow(ctx, "SELECT groupUniqArray(100)(toString(epoch)) FROM events WHERE "+w.String(), w.parameters...).Scan(&epochs); err != nil {
		return found, err
	}
	// The payload is searched for the epoch's id as text: a statement names it as such,
	// and only sessions of collectors, of which there are few, are read.
	w = r.where()
	w.add("basis = {basis:String}", "basis", string(schema.BasisCollector))
	w.add("position(payload, '\"lost') > 0 AND multiSearchAny(payload, {epochs:Array(String)})", "epochs", epochs)
	var stated [][]any
	err = r.conn.QueryRow(ctx, "SELECT groupUniqArray(1000)((toString(epoch), collector_seq, toString(session_id))) FROM events WHERE "+w.String(), w.parameters...).Scan(&stated)
	for _, at := range stated {
		found.epochs = append(found.epochs, at[0].(string))
		found.numbers = append(found.numbers, at[1].(uint64))
		found.sessions = append(found.sessions, at[2].(string))
	}
	return found, err
}
