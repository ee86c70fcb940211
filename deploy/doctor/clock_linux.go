package doctor

import "golang.org/x/sys/unix"

// synchronised asks the kernel, which time daemons tell.
func synchronised() (yes, known bool) {
	var t unix.Timex
	state, err := unix.Adjtimex(&t)
	return state != unix.TIME_ERROR, err == nil
}
