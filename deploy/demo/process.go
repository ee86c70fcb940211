package main

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"

	"github.com/mcptrail/mcptrail/deploy/background"
)

// start runs a built program in the background.
func (d *demo) start(program string, args ...string) (*background.Process, error) {
	cmd := exec.Command(filepath.Join(d.bin, program), args...)
	cmd.Stdout, cmd.Stderr = os.Stderr, os.Stderr
	return background.Start(cmd)
}

// show runs a command of ours and lets it print.
func show(ctx context.Context, argv []string) error {
	cmd := exec.CommandContext(ctx, argv[0], argv[1:]...)
	cmd.Stdout, cmd.Stderr = os.Stdout, os.Stderr
	return cmd.Run()
}
