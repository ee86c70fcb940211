package httpproxy

import (
	"errors"
	"io"
	"net/http"
	"os"
	"sync"
	"time"
)

// upload is the body of a request that does not come at once. The transport reads it
// from a goroutine of its own, also after the handler has returned: what is recorded of
// it must not depend on the handler. A nil upload has been read already.
type upload struct {
	// head was read before; headErr is what came with it.
	head    []byte
	headErr error
	rest    io.Reader
	// left is how many bytes are still to come; negative where no length was declared.
	left int64
	now  func() time.Time
	// bounds of the body. Only the reading goroutine uses them.
	bounds bodyBounds

	// mu guards what follows; it is held while a piece is recorded.
	mu  sync.Mutex
	tee *tee
	// restart makes a tee for what comes after the answer.
	restart func() *tee
	// closed: nothing more may pass, since it would not be recorded.
	closed bool
	// whole: the body came to its end; broken: the client left before.
	whole, broken bool
	// refused is the status by which the body was refused, 0 if it was not.
	refused int
}

// bodyBounds are those of one request body.
type bodyBounds struct {
	// deadline ends a read from the client that waits; the zero time lifts that.
	deadline func(time.Time) error
	// timeout is for each renewBytes, of which came have been read.
	timeout time.Duration
	came    int64
	// most is how many bytes may pass; 0 for any number.
	most uint64
}

// renewBytes are how much of a body must come within the timeout, so that a long one may
// take its time and a stalled one may not.
const renewBytes = 1 << 20

// begin starts the time of the body.
func (b *bodyBounds) begin(now time.Time) { _ = b.deadline(now.Add(b.timeout)) } // HTTP/1 always can

// read counts n bytes.
func (b *bodyBounds) read(n int, now time.Time) {
	before := b.came / renewBytes
	if b.came += int64(n); b.came/renewBytes > before {
		b.begin(now)
	}
}

// end lifts the deadline: the answer may take as long as it wants, and net/http reads on
// meanwhile to notice a client that leaves.
func (b *bodyBounds) end() { _ = b.deadline(time.Time{}) }

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
	if u.closed {
		return 0, errUnrecorded
	}
	u.left -= int64(n)
	u.whole = u.whole || err == io.EOF || u.left == 0
	u.bounds.read(n, u.now())
	if u.whole {
		u.bounds.end()
	}
	if errors.Is(err, os.ErrDeadlineExceeded) && !u.whole {
		u.refused = http.StatusRequestTimeout
	} else {
		u.broken = u.broken || !u.whole && err != nil
	}
	u.tee.piece(p[:n], u.now())
	if u.bounds.most > 0 && u.tee.size() > u.bounds.most {
		u.refused, u.closed = http.StatusRequestEntityTooLarge, true
		return 0, errRefused // without this piece it is no message
	}
	if u.whole {
		u.tee.end(u.now())
	}
	if u.tee.rejected {
		return 0, errUnrecorded // without its last piece it is no message
	}
	return n, err
}

// Close does nothing: the body belongs to the server.
func (u *upload) Close() error { return nil }

// answering records a message that has come and whose body has not ended: or its answer would
// be recorded before it. Part of a message is recorded with the rest, whatever is answered:
// what a server executes is one request in the record.
func (u *upload) answering() {
	if u == nil {
		return
	}
	u.mu.Lock()
	defer u.mu.Unlock()
	if !u.tee.ended && u.tee.holdsMessage() {
		u.cut()
	}
}

// stop records what has come, and lets nothing more pass.
func (u *upload) stop() {
	if u == nil {
		return
	}
	u.mu.Lock()
	defer u.mu.Unlock()
	u.cut()
	u.closed = !u.whole
}

func (u *upload) cut() {
	if u.tee.ended || u.tee.rest && u.tee.began.IsZero() {
		return
	}
	u.tee.end(u.now())
	if !u.whole && !u.tee.rejected {
		u.tee = u.restart()
		u.tee.rest = true
	}
}

// rejection is the error for the sender of a body that could not be recorded; nil where
// no request was read of it.
func (u *upload) rejection() []byte {
	if u == nil {
		return nil
	}
	u.mu.Lock()
	defer u.mu.Unlock()
	return u.tee.rejection
}

// refusal is the status by which the body was refused, 0 if it was not.
func (u *upload) refusal() int {
	if u == nil {
		return 0
	}
	u.mu.Lock()
	defer u.mu.Unlock()
	return u.refused
}

// state reports whether the body came to its end, and whether it never will.
func (u *upload) state() (whole, broken bool) {
	if u == nil {
		return true, false
	}
	u.mu.Lock()
	defer u.mu.Unlock()
	return u.whole, u.broken
}
