package main

import (
	"cmp"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
)

// redacting runs two collectors that differ in their policy only: one redacts every
// message, the other stores no body and so redacts nothing.
func (b *bench) redacting(ctx context.Context, r *report) error {
	program := b.ours("mcptrail-collector")[0]
	file, err := os.Stat(program)
	if err != nil {
		return err
	}
	r.Aims = append(r.Aims, atMost("MB of mcptrail-collector on disk", 20, float64(file.Size())/1e6))
	if _, err := exec.LookPath("wrk"); err != nil {
		r.Notes = append(r.Notes, "MEMORY AND LATENCY NOT MEASURED, wrk is missing: apt-get install wrk")
		return nil
	}
	upstream, at, err := part("upstream")
	if err != nil {
		return err
	}
	defer upstream.Stop()
	brokerProcess, brokers, err := part("broker", filepath.Join(b.scratch, "redact-broker"))
	if err != nil {
		return err
	}
	defer brokerProcess.Stop()
	policy := filepath.Join(b.scratch, "metadata.yaml")
	if err := os.WriteFile(policy, []byte("version: 1\ncapture: {default: metadata}\n"), 0o600); err != nil {
		return err
	}
	stored, stopReceipts, err := receipts()
	if err != nil {
		return err
	}
	defer stopReceipts()
	with, argv, err := b.collector(ctx, at, brokers, stored)
	if err != nil {
		return err
	}
	defer with.by.Stop()
	without, _, err := b.collector(ctx, at, brokers, stored, "--policy", policy)
	if err != nil {
		return err
	}
	defer without.by.Stop()
	with.name, without.name = "redacting", "not redacting"
	r.Commands = append(r.Commands, strings.Join(argv, " "))
	targets := []*target{{name: "direct", addr: at}, with, without}
	waits := map[string]float64{}
	const mib = 1 << 20
	for _, clients := range []int{1, 50} {
		runs := map[*target][]loadRun{}
		for round := range rounds + 1 {
			say("redact: %d in flight, round %d of %d", clients, round, rounds)
			for _, t := range targets {
				run, _, err := b.load(ctx, t, clients, b.window, credentialText)
				if err != nil {
					return err
				}
				if round > 0 { // the first warms up
					runs[t] = append(runs[t], run)
				}
			}
		}
		for _, t := range targets {
			p50 := median(runs[t], func(l loadRun) float64 { return l.P50 / 1000 })
			waits[fmt.Sprint(t.name, clients)] = p50
			r.Rows = append(r.Rows, row{fmt.Sprintf("%s, %d in flight", t.name, clients), []figure{{"requests/s", median(runs[t], loadRun.rate)}, {"p50 ms", p50},
				{"p99 ms", median(runs[t], func(l loadRun) float64 { return l.P99 / 1000 })}}})
		}
	}
	for _, t := range targets[1:] {
		now, nowErr := memory(t.by.Pid(), "VmRSS")
		most, mostErr := memory(t.by.Pid(), "VmHWM")
		if err := cmp.Or(nowErr, mostErr); err != nil {
			return err
		}
		r.Rows = append(r.Rows, row{t.name + ", after all of it", []figure{{"MiB resident", now / mib}, {"MiB at most", most / mib}}})
		if t == with {
			r.Aims = append(r.Aims, atMost("MiB resident at most, redacting under load", 64, most/mib))
		}
	}
	r.Aims = append(r.Aims, atMost("p50 ms that redacting adds, 1 in flight", 0.02, waits["redacting1"]-waits["not redacting1"]))
	return nil
}

// credentialText is what each request of the load carries.
const credentialText = "DB_PASSWORD=correct-horse-7731 and postgres://joe:Tr0ub4dor@db/x for ghp_q7Xv2Lk9Rt4Zw8Nb3Yc6Md1Pf5Hs0Gj2Ka7e"
