package rebuild

import "github.com/mcptrail/mcptrail/schema"

// replays are the messages of server-sent events by what identifies them, to find
// those that a server sends again after a stream was resumed.
type replays map[sseKey]original

// sseKey has the message's id because one server-sent event can carry a batch, and its
// commitment because a server can give one id to different messages.
type sseKey struct {
	event      schema.Hash
	id         string
	commitment schema.Hash
}

// original is where a message was first.
type original struct {
	exchange uint64
	// round that it belongs to, nil for none.
	round *round
}

// find reports whether a message is in the record already, and its round there, nil
// for none. A replay whose original was lost is none. The elements of one batch share a
// server-sent event.
func (all replays) find(m *message) (*round, bool) {
	if m.SSEID == (schema.Hash{}) {
		return nil, false
	}
	first, known := all[sseKey{m.SSEID, m.RPCID, m.Commitment}]
	// Elements of a batch share an id and may be equal to the byte; in one exchange they are
	// different messages.
	sibling := m.Flags.Has(schema.FlagBatch) && first.exchange == m.Exchange && !m.Flags.Has(schema.FlagReplay)
	return first.round, known && !sibling
}

// record keeps the first message of each server-sent event.
func (all replays) record(m *message) {
	if m.SSEID == (schema.Hash{}) {
		return
	}
	key := sseKey{m.SSEID, m.RPCID, m.Commitment}
	if _, known := all[key]; !known {
		all[key] = original{m.Exchange, m.round()}
	}
}
