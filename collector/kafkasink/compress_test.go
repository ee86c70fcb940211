package kafkasink

import (
	"bytes"
	"fmt"
	"io"
	"testing"

	"github.com/segmentio/kafka-go/protocol"
)

func recordSet(n int) protocol.RecordSet {
	var records []protocol.Record
	for i := range n {
		records = append(records, protocol.Record{Key: protocol.NewBytes(fmt.Append(nil, "key ", i)),
			Value: protocol.NewBytes(bytes.Repeat(fmt.Append(nil, "value ", i), 100))})
	}
	return protocol.RecordSet{Records: protocol.NewRecordReader(records...)}
}

func TestABatchIsCompressedAndReadsBackAsItWas(t *testing.T) {
	c, err := newCompressing(nil)
	if err != nil {
		t.Fatal(err)
	}
	const n = 300
	batch, err := c.compress(recordSet(n))
	if err != nil {
		t.Fatal(err)
	}
	if len(batch) > n*100 {
		t.Errorf("%d records of 700 bytes take %d", n, len(batch))
	}
	var back protocol.RecordSet
	if _, err := back.ReadFrom(bytes.NewReader(batch)); err != nil { // it checks the checksum too
		t.Fatal(err)
	}
	for i := range n {
		r, err := back.Records.ReadRecord()
		if err != nil {
			t.Fatal(err)
		}
		key, _ := io.ReadAll(r.Key)
		value, _ := io.ReadAll(r.Value)
		if r.Offset != int64(i) || string(key) != fmt.Sprint("key ", i) || !bytes.Equal(value, bytes.Repeat(fmt.Append(nil, "value ", i), 100)) {
			t.Fatalf("record %d reads back as %q, %q at %d", i, key, value, r.Offset)
		}
	}
}
