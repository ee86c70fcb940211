package main

import (
	"context"
	_ "embed"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/mcptrail/mcptrail/deploy/background"
)

//go:embed load.lua
var loadScript []byte

//go:embed nginx.conf
var nginxConfig string

// rounds of each measurement under load; the median counts.
const rounds = 3

// target is what the load can go through.
type target struct {
	name, addr string
	// by is the process in between, nil for none.
	by *background.Process
	// record is what by records, nil for nothing.
	record *tally
}

// run is one round's result, as load.lua says it.
type loadRun struct {
	Requests int64   `json:"requests"`
	US       float64 `json:"us"`
	P50      float64 `json:"p50"`
	P99      float64 `json:"p99"`
	Errors   int64   `json:"errors"`
	// cpu of the process in between, broker that of the broker.
	cpu, broker time.Duration
}

func (r loadRun) rate() float64 { return float64(r.Requests) / r.US * 1e6 }

// http sends the same load to an upstream directly, through nginx, and through the
// collector.
func (b *bench) http(ctx context.Context) (report, error) {
	var r report
	if _, err := exec.LookPath("wrk"); err != nil {
		r.Notes = append(r.Notes, "NOT MEASURED, wrk is missing: apt-get install wrk")
		return r, nil
	}
	upstream, at, err := part("upstream")
	if err != nil {
		return r, err
	}
	defer upstream.Stop()
	targets := []*target{{name: "direct", addr: at}}
	if _, err := exec.LookPath("nginx"); err != nil {
		r.Notes = append(r.Notes, "NOT COMPARED WITH nginx, it is missing: apt-get install nginx")
	} else if t, argv, err := b.nginx(ctx, at); err != nil {
		return r, err
	} else {
		defer t.by.Stop()
		targets, r.Commands = append(targets, t), append(r.Commands, strings.Join(argv, " "))
	}
	brokerProcess, brokers, err := part("broker", filepath.Join(b.scratch, "http-broker"))
	if err != nil {
		return r, err
	}
	defer brokerProcess.Stop()
	stored, stopReceipts, err := receipts()
	if err != nil {
		return r, err
	}
	defer stopReceipts()
	collector, argv, err := b.collector(ctx, at, brokers, stored)
	if err != nil {
		return r, err
	}
	defer collector.by.Stop()
	collector.record = &tally{broker: brokers, cpu: func() time.Duration { return cpu(brokerProcess.Pid()) }}
	targets, r.Commands = append(targets, collector), append(r.Commands, strings.Join(argv, " "))
	blocking, argv, err := b.collector(ctx, at, brokers, stored, "--on-full", "block")
	if err != nil {
		return r, err
	}
	defer blocking.by.Stop()
	blocking.name, blocking.record = "collector --on-full=block", collector.record
	targets, r.Commands = append(targets, blocking), append(r.Commands, strings.Join(argv, " "))

	for _, clients := range []int{1, 50, 500} {
		runs := map[*target][]loadRun{}
		for round := range rounds + 1 {
			say("http: %d in flight, round %d of %d", clients, round, rounds)
			for _, t := range targets {
				window := b.window
				if round == 0 {
					window = time.Second // warms up
				}
				run, command, err := b.load(ctx, t, clients, window, "")
				if err != nil {
					return r, err
				}
				if round > 0 {
					runs[t] = append(runs[t], run)
				}
				if round == 1 && t.by == nil { // the others differ in the address
					r.Commands = append(r.Commands, command)
				}
			}
		}
		r.compare(targets, runs, clients)
	}
	r.Notes = append(r.Notes, fmt.Sprintf("%d messages recorded, %d more named by gaps, none lost silently", collector.record.messages, collector.record.gone))
	return r, nil
}

// compare adds the rows of one number of clients.
func (r *report) compare(targets []*target, runs map[*target][]loadRun, clients int) {
	rates, waits := map[string]float64{}, map[string]float64{}
	for _, t := range targets {
		all := runs[t]
		rates[t.name] = median(all, loadRun.rate)
		waits[t.name] = median(all, func(l loadRun) float64 { return l.P50 / 1000 })
		var requests int64
		var used, broker time.Duration
		for _, l := range all {
			requests, used, broker = requests+l.Requests, used+l.cpu, broker+l.broker
		}
		per1000 := func(d time.Duration) float64 { return d.Seconds() / float64(requests) * 1000 }
		r.Rows = append(r.Rows, row{fmt.Sprintf("%s, %d in flight", t.name, clients), []figure{
			{"requests/s", rates[t.name]}, {"p50 ms", waits[t.name]},
			{"p99 ms", median(all, func(l loadRun) float64 { return l.P99 / 1000 })},
			{"cpu s/1000 requests", per1000(used)}, {"broker's", per1000(broker)}}})
	}
	if rates["nginx"] > 0 {
		r.Aims = append(r.Aims, atLeast(fmt.Sprintf("requests/s, collector to nginx, %d in flight", clients), 0.8, rates["collector"]/rates["nginx"]))
	}
	if blocking := "collector --on-full=block"; rates[blocking] > 0 {
		r.Notes = append(r.Notes, fmt.Sprintf("what --on-full=block costs, %d in flight: %.2f of the requests/s and %.1f times the p50 of the default, since a request waits for an fsync",
			clients, rates[blocking]/rates["collector"], waits[blocking]/waits["collector"]))
	}
	if clients == 1 {
		r.Aims = append(r.Aims, atMost("added p50 ms, collector to direct, 1 in flight", 0.15, waits["collector"]-waits["direct"]))
	}
}

// load runs wrk once, with more text in each request, and waits until everything is
// recorded.
func (b *bench) load(ctx context.Context, t *target, clients int, window time.Duration, more string) (run loadRun, command string, err error) {
	script := filepath.Join(b.scratch, "load.lua")
	if err := os.WriteFile(script, loadScript, 0o600); err != nil {
		return run, "", err
	}
	if t.by != nil {
		run.cpu = -cpu(t.by.Pid())
	}
	if t.record != nil {
		run.broker = -t.record.cpu()
	}
	wrk := exec.CommandContext(ctx, "wrk", "-t1", "-c"+strconv.Itoa(clients), fmt.Sprintf("-d%ds", max(1, int(window.Seconds()))),
		"-s", script, "http://"+t.addr+"/mcp", "--", more)
	wrk.Stderr = os.Stderr
	out, err := wrk.Output()
	if err != nil {
		return run, "", fmt.Errorf("running wrk: %w", err)
	}
	if err := json.Unmarshal(out[strings.LastIndex(string(out), "\n{")+1:], &run); err != nil {
		return run, "", fmt.Errorf("reading wrk's result: %w", err)
	}
	if run.Errors > 0 {
		return run, "", fmt.Errorf("%s: %d of %d requests failed", t.name, run.Errors, run.Requests)
	}
	if t.record != nil {
		if err := t.record.settle(ctx, 2*run.Requests, 2*int64(clients)); err != nil {
			return run, "", err
		}
		run.broker += t.record.cpu()
	}
	if t.by != nil {
		run.cpu += cpu(t.by.Pid())
	}
	return run, strings.Join(wrk.Args, " "), nil
}

func (b *bench) nginx(ctx context.Context, upstream string) (*target, []string, error) {
	dir := filepath.Join(b.scratch, "nginx")
	addr, err := freeAddr()
	if err == nil {
		err = os.Mkdir(dir, 0o700)
	}
	if err != nil {
		return nil, nil, err
	}
	values := map[string]string{"dir": dir, "upstream": upstream, "listen": addr}
	config := os.Expand(nginxConfig, func(name string) string { return values[name] })
	if err := os.WriteFile(dir+"/nginx.conf", []byte(config), 0o600); err != nil {
		return nil, nil, err
	}
	argv := []string{"nginx", "-p", dir, "-c", dir + "/nginx.conf", "-e", "stderr"}
	p, err := start(argv)
	if err != nil {
		return nil, nil, err
	}
	return &target{name: "nginx", addr: addr, by: p}, argv, p.Answers(ctx, addr)
}

func (b *bench) collector(ctx context.Context, upstream, brokers, receipts string, more ...string) (*target, []string, error) {
	addr, err := freeAddr()
	if err != nil {
		return nil, nil, err
	}
	argv := append(b.recorder("http", brokers, receipts), "--listen", addr, "--upstream", "bench=http://"+upstream+"/mcp")
	argv = append(argv, more...)
	p, err := start(argv)
	if err != nil {
		return nil, nil, err
	}
	return &target{name: "collector", addr: addr, by: p}, argv, p.Answers(ctx, addr)
}

func median[T any](all []T, of func(T) float64) float64 {
	values := make([]float64, len(all))
	for i, a := range all {
		values[i] = of(a)
	}
	slices.Sort(values)
	return values[len(values)/2]
}
