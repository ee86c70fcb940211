//go:build unix && !linux

package engine

import "syscall"

// childAttr keeps the terminal's Ctrl-C from the child, which ends when its
// standard input does.
func childAttr() *syscall.SysProcAttr {
	return &syscall.SysProcAttr{Setpgid: true}
}
