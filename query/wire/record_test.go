package wire_test

import (
	"bufio"
	"bytes"
	"errors"
	"io"
	"testing"
	"time"

	"github.com/mcptrail/mcptrail/query/wire"
	"github.com/mcptrail/mcptrail/schema"
	"github.com/mcptrail/mcptrail/schema/schematest"
	"github.com/mcptrail/mcptrail/schema/seal"
	"github.com/mcptrail/mcptrail/schema/seal/sealtest"
)

// written is a stream of one seal and one event.
func written(t testing.TB) ([]byte, seal.Record, schema.Location) {
	t.Helper()
	epoch := sealtest.New("acme", "laptop").Epoch(5)
	epoch.Add(schematest.Full())
	record := epoch.Seal(true)
	place := schema.Location{Topic: "mcptrail.events", Partition: 3, Offset: 1 << 40, Hash: schema.Hash{1}, Sum: schema.Hash{2},
		StoredAt: time.UnixMilli(1795354487844).UTC(), Stray: "gap_from"}
	var b bytes.Buffer
	out := bufio.NewWriter(&b)
	w := wire.NewRecordWriter(out)
	for _, err := range []error{w.Begin(1), w.Seal(&record, "time"), w.Event(schematest.Full(), &place), w.End(), out.Flush()} {
		if err != nil {
			t.Fatal(err)
		}
	}
	return b.Bytes(), record, place
}

func TestARecordStreamComesBack(t *testing.T) {
	data, record, place := written(t)
	r, err := wire.NewRecordReader(bytes.NewReader(data))
	if err != nil || r.Events != 1 {
		t.Fatalf("%d events, %v", r.Events, err)
	}
	one, err := r.Next()
	if err != nil || one.Stray != "time" || !bytes.Equal(one.Seal.Append(nil), record.Append(nil)) {
		t.Errorf("the seal came back as %+v, %v", one, err)
	}
	two, err := r.Next()
	if err != nil || two.Seal != nil || two.Location != place || !bytes.Equal(two.Canonical, schematest.Full().Append(nil)) {
		t.Errorf("the event came back as %+v, %v", two, err)
	}
	if _, err := r.Next(); err != io.EOF {
		t.Errorf("after the last: %v", err)
	}
}

func TestACutRecordStreamIsNoWholeOne(t *testing.T) {
	data, _, _ := written(t)
	for n := range data {
		r, err := wire.NewRecordReader(bytes.NewReader(data[:n]))
		for err == nil {
			_, err = r.Next()
		}
		if !errors.Is(err, wire.ErrCutRecord) {
			t.Fatalf("cut to %d of %d bytes: %v", n, len(data), err)
		}
	}
}

func FuzzRecordReader(f *testing.F) {
	data, _, _ := written(f)
	f.Add(data)
	f.Fuzz(func(t *testing.T, data []byte) {
		r, err := wire.NewRecordReader(bytes.NewReader(data))
		for err == nil {
			_, err = r.Next()
		}
	})
}
