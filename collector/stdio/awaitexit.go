package stdio

import (
	"os"
	"syscall"
	"time"
)

// watch forwards signals to the child while its end, or the end of its output, is
// awaited. The goroutine of Run owns it.
type watch struct {
	child   *child
	signals <-chan os.Signal
	// stop is closed when the child is to end; nil once it was read, since a closed
	// channel would be read for ever.
	stop <-chan struct{}
	// endRequested is set by stop and by a signal that ends processes.
	endRequested bool
}

// exited returns when the child has ended.
func (w *watch) exited() {
	var kill <-chan time.Time
	for {
		select {
		case <-w.child.exited:
			return
		case s := <-w.signals:
			w.noteEndSignal(s)
			// SIGPIPE is about a pipe of ours; what comes from the terminal the child has
			// already.
			if s != syscall.SIGPIPE && !fromTerminal(s) {
				w.child.signal(s)
			}
		case <-w.stop:
			w.stop, w.endRequested = nil, true
			w.child.signal(syscall.SIGTERM)
			kill = time.After(killTime)
		case <-kill:
			w.child.signal(os.Kill)
		}
	}
}

// delivered returns when the client has read what the child left, or did not for
// drainTime after the end was requested.
//
// Signals are read and go nowhere, since the child has ended.
func (w *watch) delivered(done <-chan struct{}) {
	var late <-chan time.Time
	for {
		if w.endRequested && late == nil {
			late = time.After(drainTime)
		}
		select {
		case <-done:
			return
		case <-late:
			return
		case s := <-w.signals:
			w.noteEndSignal(s)
		case <-w.stop:
			w.stop, w.endRequested = nil, true
		}
	}
}

// noteEndSignal sets endRequested where the signal asks processes to end.
func (w *watch) noteEndSignal(s os.Signal) {
	switch s {
	case syscall.SIGINT, syscall.SIGTERM, syscall.SIGHUP, syscall.SIGQUIT:
		w.endRequested = true
	}
}
