package export

import (
	"iter"
	"os"
	"time"

	"github.com/mcptrail/mcptrail/query/bundle"
	"github.com/mcptrail/mcptrail/query/wire"
)

// Bundle writes evidence: events, seals and proofs in one file that proves itself to
// whoever has the collectors' public keys. See package bundle.
func Bundle(f *os.File, about About, record iter.Seq2[*wire.Entry, error]) (Written, error) {
	m, err := bundle.Write(f, bundle.Manifest{
		Scope:    bundle.Scope{Session: about.Session, Since: utc(about.From), Until: utc(about.To)},
		Exported: about.Exported, By: about.By, From: about.Source,
	}, record)
	if err != nil {
		return Written{}, err
	}
	return Written{Events: m.Events, Seals: m.Seals, Epochs: m.Epochs, Scope: m.Scope.String()}, nil
}

// utc is a time for the manifest, nil for none.
func utc(t time.Time) *time.Time {
	if t.IsZero() {
		return nil
	}
	t = t.UTC()
	return &t
}
