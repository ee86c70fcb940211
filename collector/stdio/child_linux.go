package stdio

import "syscall"

// diesWithUs has the kernel kill the child when we die, however we die. The child
// stays in our process group: a signal to the group must reach it and what it
// starts, and it may talk to the terminal.
func diesWithUs() *syscall.SysProcAttr { return &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL} }
