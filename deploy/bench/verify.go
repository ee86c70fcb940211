package main

import (
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"time"

	"github.com/mcptrail/mcptrail/query/verify"
	"github.com/mcptrail/mcptrail/schema"
	"github.com/mcptrail/mcptrail/schema/seal"
	"github.com/mcptrail/mcptrail/schema/seal/sealtest"
)

// verify measures what it costs to check events against their seals, in this
// process, once they are here: mcptrail verify reads them from the service besides.
func (b *bench) verify(context.Context) (report, error) {
	collector := sealtest.New("default", "bench")
	epoch := collector.Epoch(time.Now().UnixNano())
	var events [][]byte
	var runs []verify.Run
	size := 0
	for i, m := range conversation(sessionID(0), b.events, rand.New(rand.NewPCG(5, 6))) {
		e, err := schema.Decode(m.Value)
		if err != nil {
			return report{}, err
		}
		epoch.Add(e)
		events = append(events, e.Append(nil))
		size += len(events[i])
		if i%seal.MaxEvents == seal.MaxEvents-1 || i == b.events-1 {
			s := epoch.Seal(i == b.events-1)
			runs = append(runs, verify.Run{Note: s.Note, Certificate: s.Certificate, Leaves: s.Leaves})
		}
	}
	used := cpu(os.Getpid())
	v := verify.New(verify.Options{Trusted: collector.Trusted(), Whole: true})
	for _, r := range runs {
		v.AddSeal(r)
	}
	for _, e := range events {
		v.AddEvent(e, nil)
	}
	used = cpu(os.Getpid()) - used
	r := v.Finish()
	if r.Verified != uint64(b.events) || r.Mismatches > 0 {
		return report{}, fmt.Errorf("%d of %d events verified, %d mismatches", r.Verified, b.events, r.Mismatches)
	}
	rate := float64(b.events) / used.Seconds()
	return report{Rows: []row{{fmt.Sprintf("%d events of %d bytes", b.events, size/b.events), []figure{
		{"events per cpu s", rate}, {"MB per cpu s", rate * float64(size) / float64(b.events) / 1e6}}}},
		Aims: []aim{atLeast("events verified per cpu s", 300_000, rate)}}, nil
}
