package engine

import "syscall"

// childAttr keeps the terminal's Ctrl-C from the child, which ends when its
// parent says so, and has the kernel end it when the parent is killed.
func childAttr() *syscall.SysProcAttr {
	return &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGKILL}
}
