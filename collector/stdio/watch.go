package stdio

import (
	"os"
	"syscall"
	"time"
)

// watch passes signals on while something is awaited.
type watch struct {
	child   *child
	signals <-chan os.Signal
	// stop is closed when the child is to end; nil once that was seen.
	stop <-chan struct{}
	// asked says that somebody asked for the end.
	asked bool
}

// exited returns when the child has ended.
func (w *watch) exited() {
	var kill <-chan time.Time
	for {
		select {
		case <-w.child.exited:
			return
		case s := <-w.signals:
			w.heard(s)
			if s != syscall.SIGPIPE && !fromTerminal(s) {
				w.child.signal(s)
			}
		case <-w.stop:
			w.stop, w.asked = nil, true
			w.child.signal(syscall.SIGTERM)
			kill = time.After(killTime)
		case <-kill:
			w.child.signal(os.Kill)
		}
	}
}

// delivered returns when the client has read what the child left, or did not for
// drainTime after somebody asked for the end.
func (w *watch) delivered(done <-chan struct{}) {
	var late <-chan time.Time
	for {
		if w.asked && late == nil {
			late = time.After(drainTime)
		}
		select {
		case <-done:
			return
		case <-late:
			return
		case s := <-w.signals:
			w.heard(s)
		case <-w.stop:
			w.stop, w.asked = nil, true
		}
	}
}

func (w *watch) heard(s os.Signal) {
	switch s {
	case syscall.SIGINT, syscall.SIGTERM, syscall.SIGHUP, syscall.SIGQUIT:
		w.asked = true
	}
}
