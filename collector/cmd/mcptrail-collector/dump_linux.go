package main

import "golang.org/x/sys/unix"

// noDump excludes the memory of this process, which holds messages before they are
// cleaned, from core dumps. Servers that it starts are not affected.
func noDump() { _ = unix.Prctl(unix.PR_SET_DUMPABLE, 0, 0, 0, 0) } // an old kernel may not support it
