//go:build unix

package httpproxy

import "syscall"

// stillIdle reports whether an idle connection has nothing to read: neither the end of
// the other side's stream nor bytes that belong to no request.
func stillIdle(raw syscall.RawConn) bool {
	var err error
	control := raw.Read(func(fd uintptr) bool {
		var b [1]byte
		_, _, err = syscall.Recvfrom(int(fd), b[:], syscall.MSG_PEEK|syscall.MSG_DONTWAIT)
		return true
	})
	return control == nil && (err == syscall.EAGAIN || err == syscall.EWOULDBLOCK)
}
