package main

import (
	"context"
	"io"
	"net"
	"strings"
	"testing"
)

func TestBadInputIsSaidBeforeAnythingStarts(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	for name, c := range map[string]struct {
		args   []string
		status int
		says   string
	}{
		"unknown flag":       {[]string{"--port=1"}, 3, "unknown flag --port"},
		"no port":            {[]string{"--clickhouse=localhost"}, 3, "want HOST:PORT"},
		"a password in view": {[]string{"--clickhouse=clickhouse://u:hunter2@:x"}, 3, "ClickHouse address"},
		"taken port":         {[]string{"--listen=" + l.Addr().String()}, 2, "another program has this port; choose one with --listen"},
	} {
		t.Run(name, func(t *testing.T) {
			var stderr strings.Builder
			if status := run(context.Background(), c.args, io.Discard, &stderr); status != c.status || !strings.Contains(stderr.String(), c.says) {
				t.Errorf("%d: %s", status, stderr.String())
			}
			if strings.Contains(stderr.String(), "hunter2") {
				t.Errorf("shows a password: %s", stderr.String())
			}
		})
	}
}
