package broker

import (
	"encoding/binary"
	"errors"
	"net"

	"github.com/twmb/franz-go/pkg/kmsg"
)

// maxFrame bounds one request, in bytes: a batch and its topics' names.
const maxFrame = maxMessageBytes + 1<<20

var errFrame = errors.New("no request of Kafka's protocol, or one that is longer than the broker takes")

// framed is a listener whose connections end at a request that the broker must not see:
// one that announces more than maxFrame (the broker would make a buffer of that size, up
// to 4 GiB, on the word of whoever can reach its port), and one of a kind or version that
// Kafka's protocol has not (the broker would panic, and its process with it).
type framed struct{ net.Listener }

func (f framed) Accept() (net.Conn, error) {
	c, err := f.Listener.Accept()
	if err != nil {
		return nil, err
	}
	return &frames{Conn: c}, nil
}

// headBytes are the size, kind, version and correlation id that begin each request.
const headBytes = 12

// frames follows the requests in what the broker reads. One goroutine at a time reads.
type frames struct {
	net.Conn
	// head holds the bytes of a request's beginning that is not whole yet.
	head []byte
	// left is how many bytes of the request are to come.
	left uint32
}

func (f *frames) Read(p []byte) (int, error) {
	n, err := f.Conn.Read(p)
	for rest := p[:n]; len(rest) > 0; {
		if f.left > 0 {
			skip := min(uint32(len(rest)), f.left)
			f.left -= skip
			rest = rest[skip:]
			continue
		}
		take := min(headBytes-len(f.head), len(rest))
		f.head = append(f.head, rest[:take]...)
		rest = rest[take:]
		if len(f.head) >= 4 {
			if size := binary.BigEndian.Uint32(f.head); size > maxFrame || size < headBytes-4 {
				return 0, errFrame
			}
		}
		if len(f.head) < headBytes {
			continue
		}
		if !knownRequest(int16(binary.BigEndian.Uint16(f.head[4:])), int16(binary.BigEndian.Uint16(f.head[6:]))) {
			return 0, errFrame
		}
		f.left, f.head = binary.BigEndian.Uint32(f.head)-(headBytes-4), f.head[:0]
	}
	return n, err
}

// knownRequest reports whether the protocol has that request. A client may ask for the
// versions (18) in a version that is newer than all: the answer says which there are.
func knownRequest(key, version int16) bool {
	request := kmsg.RequestForKey(key)
	if request == nil || version < 0 {
		return false
	}
	return key == 18 || version <= request.MaxVersion()
}
