package cli

import (
	"errors"
	"fmt"
	"os"

	"github.com/mcptrail/mcptrail/collector/recording"
)

// exitStatus is an error that only gives the exit status; it was reported before.
type exitStatus int

func (e exitStatus) Error() string { return fmt.Sprintf("exit status %d", int(e)) }

// badInput marks an error that the caller can correct.
// It makes the exit status 3, where nothing but other flags or another file helps;
// everything else that fails is 2 and may work when tried again.
type badInput struct{ error }

func (b badInput) Unwrap() error { return b.error }

// exitCode prints an error, unless it says no more than how to exit, and returns the exit
// status that it means.
func exitCode(err error) int {
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

// notice prints that some of the record is still under way, which is no failure.
// The spool keeps what is under way, so a script need not repeat the command.
func notice(err error) error {
	if errors.Is(err, recording.ErrUnshipped) {
		fmt.Fprintln(os.Stderr, "mcptrail-collector:", err)
		return nil
	}
	return err
}
