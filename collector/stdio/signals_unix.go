//go:build unix

package stdio

import (
	"os"
	"os/signal"
	"slices"
	"syscall"

	"golang.org/x/sys/unix"
)

// caught are the signals that we take: those that people and clients send, and
// SIGPIPE, so that a client that closed its end does not kill us before the end is
// recorded. What was ignored when we started stays ignored, by the child too. Job control
// is left to the shell, which stops and continues the whole group.
func caught() []os.Signal {
	return slices.DeleteFunc([]os.Signal{syscall.SIGHUP, syscall.SIGINT, syscall.SIGQUIT, syscall.SIGTERM,
		syscall.SIGUSR1, syscall.SIGUSR2, syscall.SIGWINCH, syscall.SIGPIPE}, signal.Ignored)
}

// fromTerminal reports whether the kernel has sent the signal to the child as well:
// a terminal's keys and size go to all of its foreground group, which is ours.
func fromTerminal(s os.Signal) bool {
	switch s {
	case syscall.SIGINT, syscall.SIGQUIT, syscall.SIGWINCH:
	default:
		return false
	}
	tty, err := unix.Open("/dev/tty", unix.O_RDONLY|unix.O_NOCTTY|unix.O_CLOEXEC, 0)
	if err != nil {
		return false
	}
	defer unix.Close(tty)
	group, err := unix.IoctlGetInt(tty, unix.TIOCGPGRP)
	return err == nil && group == unix.Getpgrp()
}

func signalName(s syscall.Signal) string { return unix.SignalName(s) }
