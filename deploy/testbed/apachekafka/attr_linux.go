package apachekafka

import "syscall"

// childAttr has the kernel end the child when its parent dies by a panic or
// a time-out and cannot clean up.
func childAttr() *syscall.SysProcAttr {
	return &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGKILL}
}
