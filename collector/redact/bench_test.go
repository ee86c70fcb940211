package redact_test

import (
	"bytes"
	"testing"

	"github.com/mcptrail/mcptrail/collector/message"
	"github.com/mcptrail/mcptrail/collector/redact"
	"github.com/mcptrail/mcptrail/deploy/corpus"
	"github.com/mcptrail/mcptrail/schema"
)

// ordinary returns some MB of ordinary messages.
func ordinary(b *testing.B) (bodies [][]byte, total int64) {
	corpus.Gather(corpus.Roots(), 8<<20, func(o corpus.Ordinary) {
		bodies = append(bodies, o.Body)
		total += int64(len(o.Body))
	})
	if total < 4<<20 {
		b.Skip("SKIPPED: no ordinary output on this machine; run make peers")
	}
	return bodies, total
}

func run(b *testing.B, bodies [][]byte, total int64) {
	r := redactor(b, "")
	b.SetBytes(total)
	b.ReportAllocs()
	withheld := 0
	for b.Loop() {
		for _, body := range bodies {
			out := r.Message(redact.Input{Kind: schema.KindAnswer, Body: message.Body{Data: body, Size: uint64(len(body))}})
			if out.Flags.Has(schema.FlagWithheld) {
				withheld++
			}
		}
	}
	b.ReportMetric(float64(withheld)/float64(b.N*len(bodies)), "withheld/op")
}

func BenchmarkOrdinary(b *testing.B) {
	bodies, total := ordinary(b)
	run(b, bodies, total)
}

// BenchmarkDense has a secret in every message of about half a kilobyte.
func BenchmarkDense(b *testing.B) {
	var bodies [][]byte
	total := int64(0)
	for _, c := range corpus.Cases(1, 1) {
		bodies = append(bodies, c.Bodies...)
		total += int64(len(bytes.Join(c.Bodies, nil)))
	}
	run(b, bodies, total)
}

// BenchmarkSmall is what most messages are: a call and its short answer.
func BenchmarkSmall(b *testing.B) {
	body := []byte(`{"jsonrpc":"2.0","id":7,"method":"tools/call","params":{"name":"read_file","arguments":{"path":"/srv/app/main.go"},"_meta":{"progressToken":3}}}`)
	run(b, [][]byte{body}, int64(len(body)))
}
