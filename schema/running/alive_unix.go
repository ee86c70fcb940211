//go:build unix

package running

import "syscall"

// alive reports whether a process of this user has that id.
func alive(pid int) bool { return syscall.Kill(pid, 0) == nil }
