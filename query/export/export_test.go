package export_test

import (
	"bytes"
	"errors"
	"iter"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/mcptrail/mcptrail/query/bundle"
	"github.com/mcptrail/mcptrail/query/export"
	"github.com/mcptrail/mcptrail/query/wire"
	"github.com/mcptrail/mcptrail/schema"
	"github.com/mcptrail/mcptrail/schema/seal/sealtest"
)

var errAway = errors.New("the service went away")

// record is one session under one seal, whose stream ends with an error if there is one.
func record(c *sealtest.Collector, session uuid.UUID, err error) iter.Seq2[*wire.Entry, error] {
	e := c.Epoch(1e18)
	one := &schema.Event{SessionID: session, Kind: schema.KindClose, Basis: schema.BasisStdio, Time: 1e18}
	e.Add(one)
	sealed := e.Seal(true)
	return func(yield func(*wire.Entry, error) bool) {
		if !yield(&wire.Entry{Seal: &sealed}, nil) || !yield(&wire.Entry{Canonical: one.Append(nil)}, nil) {
			return
		}
		if err != nil {
			yield(nil, err)
		}
	}
}

func TestABundleStatesWhatItIs(t *testing.T) {
	c, session := sealtest.New("acme", "laptop"), uuid.MustParse("0193a000-0000-7000-8000-000000000001")
	name := filepath.Join(t.TempDir(), "b.zip")
	at := time.Date(2026, 11, 22, 10, 0, 0, 0, time.FixedZone("", 3600))
	written, err := export.Save(name, export.Bundle, export.About{Session: session.String(), Exported: at, By: "ada@host", Source: "http://localhost"}, record(c, session, nil))
	if err != nil || written != (export.Written{Events: 1, Seals: 1, Epochs: 1, Scope: "session " + session.String()}) {
		t.Fatalf("%+v, %v", written, err)
	}
	data, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	m, report, err := bundle.Verify(bytes.NewReader(data), int64(len(data)), c.Trusted())
	if err != nil || report.Status() != 0 || m.By != "ada@host" || m.From != "http://localhost" || !m.Exported.Equal(at) || m.Exported.Location() != time.UTC {
		t.Errorf("%+v, %+v, %v", m, report, err)
	}
	written, err = export.Save(name, export.Bundle, export.About{From: at, To: at.Add(time.Hour)}, record(c, session, nil))
	if want := "what lies under the same seals as what was sent or sealed from 2026-11-22T09:00:00Z to 2026-11-22T10:00:00Z"; err != nil || written.Scope != want {
		t.Errorf("%q, %v; want %q", written.Scope, err, want)
	}
}

// TestHalfAnExportIsNoFile has a stream break off, once where no file is and once where
// an earlier one is.
func TestHalfAnExportIsNoFile(t *testing.T) {
	dir := t.TempDir()
	name := filepath.Join(dir, "b.zip")
	c := sealtest.New("acme", "laptop")
	for _, before := range []string{"", "earlier"} {
		if before != "" {
			if err := os.WriteFile(name, []byte(before), 0o600); err != nil {
				t.Fatal(err)
			}
		}
		if _, err := export.Save(name, export.Bundle, export.About{}, record(c, uuid.Must(uuid.NewV7()), errAway)); !errors.Is(err, errAway) {
			t.Errorf("got %v", err)
		}
		if data, _ := os.ReadFile(name); string(data) != before {
			t.Errorf("the file holds %d bytes", len(data))
		}
	}
	if left, err := os.ReadDir(dir); err != nil || len(left) != 1 {
		t.Errorf("%v, %v", left, err)
	}
}
