//go:build unix

package httpproxy

import "syscall"

// silent reports whether nothing waits on an idle connection: neither the other
// side's end nor bytes that nobody asked for.
func silent(raw syscall.RawConn) bool {
	var err error
	control := raw.Read(func(fd uintptr) bool {
		var b [1]byte
		_, _, err = syscall.Recvfrom(int(fd), b[:], syscall.MSG_PEEK|syscall.MSG_DONTWAIT)
		return true
	})
	return control == nil && (err == syscall.EAGAIN || err == syscall.EWOULDBLOCK)
}
