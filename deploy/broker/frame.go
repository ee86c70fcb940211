package broker

import (
	"encoding/binary"
	"errors"
	"net"
)

// maxFrame bounds one request, in bytes: a batch and its topics' names.
const maxFrame = maxMessageBytes + 1<<20

var errFrame = errors.New("a request is longer than the broker takes")

// framed is a listener whose connections end at a request that announces more than
// maxFrame: the broker would make a buffer of that size, up to 4 GiB, on the word of
// whoever can reach its port.
type framed struct{ net.Listener }

func (f framed) Accept() (net.Conn, error) {
	c, err := f.Listener.Accept()
	if err != nil {
		return nil, err
	}
	return &frames{Conn: c}, nil
}

// frames follows the sizes in what the broker reads. One goroutine reads.
type frames struct {
	net.Conn
	// head holds the bytes of a size that is not whole yet.
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
		take := min(4-len(f.head), len(rest))
		f.head = append(f.head, rest[:take]...)
		rest = rest[take:]
		if len(f.head) == 4 {
			f.left, f.head = binary.BigEndian.Uint32(f.head), f.head[:0]
			if f.left > maxFrame {
				return 0, errFrame
			}
		}
	}
	return n, err
}
