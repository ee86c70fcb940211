package httpproxy

import (
	"io"
	"sync"
	"time"
)

// upload is the body of a request that does not come at once. The transport reads
// it, also after the handler has returned. A nil upload has been read already.
type upload struct {
	// head was read before; headErr is what came with it.
	head    []byte
	headErr error
	rest    io.Reader
	// left is how much is still to come, negative where nobody said.
	left int64
	now  func() time.Time

	// mu guards what follows; it is held while a piece is recorded.
	mu   sync.Mutex
	tape *tape // nil where nothing is captured
	// again makes a tape for what comes behind an answer.
	again func() *tape
	// over says that nothing more may pass, since it would not be recorded.
	over bool
	// whole says that the body came to its end, broken that it never will.
	whole, broken bool
}

func (u *upload) Read(p []byte) (n int, err error) {
	switch {
	case len(u.head) > 0:
		n = copy(p, u.head)
		u.head = u.head[n:]
	case u.headErr != nil:
		err = u.headErr
	default:
		n, err = u.rest.Read(p)
	}
	u.mu.Lock()
	defer u.mu.Unlock()
	if u.over {
		return 0, errUnrecorded
	}
	u.left -= int64(n)
	u.whole = u.whole || err == io.EOF || u.left == 0
	u.broken = u.broken || !u.whole && err != nil
	if u.tape != nil {
		u.tape.piece(p[:n], u.now())
		if u.whole {
			u.tape.end(u.now())
		}
		if u.tape.refused {
			return 0, errUnrecorded // without its last piece it is no message
		}
	}
	return n, err
}

// Close does nothing: the body belongs to the server.
func (u *upload) Close() error { return nil }

// end records what has come, if that was not done. What still comes is recorded by
// itself.
func (u *upload) end() {
	if u == nil {
		return
	}
	u.mu.Lock()
	defer u.mu.Unlock()
	u.cut()
}

// stop records what has come, and lets nothing more pass.
func (u *upload) stop() {
	if u == nil {
		return
	}
	u.mu.Lock()
	defer u.mu.Unlock()
	u.cut()
	u.over = !u.whole
}

func (u *upload) cut() {
	if u.tape == nil || u.tape.ended || u.tape.rest && u.tape.began.IsZero() {
		return
	}
	u.tape.end(u.now())
	if !u.whole && !u.tape.refused {
		u.tape = u.again()
		u.tape.rest = true
	}
}

// refusal is what the client is told of a body that could not be recorded.
func (u *upload) refusal() []byte {
	if u == nil {
		return nil
	}
	u.mu.Lock()
	defer u.mu.Unlock()
	if u.tape == nil {
		return nil
	}
	return u.tape.refusal
}

// state says whether the body came to its end, and whether it never will.
func (u *upload) state() (whole, broken bool) {
	if u == nil {
		return true, false
	}
	u.mu.Lock()
	defer u.mu.Unlock()
	return u.whole, u.broken
}
