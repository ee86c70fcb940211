package main

import (
	"errors"
	"fmt"
	"os"

	"github.com/mcptrail/mcptrail/collector/recording"
)

// exitStatus is an error that says no more than how to exit.
type exitStatus int

func (e exitStatus) Error() string { return fmt.Sprintf("exit status %d", int(e)) }

// badInput marks an error as the caller's.
type badInput struct{ error }

func (b badInput) Unwrap() error { return b.error }

func status(err error) int {
	var exit exitStatus
	var bad badInput
	switch {
	case err == nil:
		return 0
	case errors.As(err, &exit):
		return int(exit)
	}
	fmt.Fprintln(os.Stderr, "mcptrail-collector:", err)
	if errors.As(err, &bad) {
		return 3
	}
	return 2
}

// notice says, and makes no failure of it, that some of the record is still under way.
func notice(err error) error {
	if errors.Is(err, recording.ErrLeft) {
		fmt.Fprintln(os.Stderr, "mcptrail-collector:", err)
		return nil
	}
	return err
}
