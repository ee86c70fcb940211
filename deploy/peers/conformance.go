package peers

import (
	"bytes"
	"context"
	"fmt"
	"regexp"
	"strconv"
)

var totals = regexp.MustCompile(`(?m)^Total: (\d+) passed, (\d+) failed$`)

// Conformance runs the official conformance suite for servers against a Streamable HTTP endpoint and returns how
// many checks passed and failed and the whole report. requirements is a protocol revision, 2025-11-25 or 2026-07-28.
// Failed checks are no error; a run without totals is. The suite changes the server's lists: give each run a fresh one.
func Conformance(ctx context.Context, url, requirements string) (passed, failed int, report []byte, err error) {
	report, err = Run(ctx, []string{NodePath(), conformanceJS(), "server", "--url", url, "--requirements", requirements})
	found := totals.FindSubmatch(report)
	if found == nil {
		if err == nil {
			err = fmt.Errorf("reading the conformance report: no totals in %d bytes", len(report))
		}
		return 0, 0, report, fmt.Errorf("%w: %s", err, bytes.TrimSpace(report))
	}
	// The runner exits 1 when a scored check failed; the totals say that better. The digits always parse.
	passed, _ = strconv.Atoi(string(found[1]))
	failed, _ = strconv.Atoi(string(found[2]))
	return passed, failed, report, nil
}
