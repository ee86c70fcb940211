package broker

import (
	"bytes"
	"encoding/binary"
	"errors"
	"io"
	"net"
	"testing"
	"testing/iotest"
)

// pieces is a connection that gives its bytes one by one or all at once.
type pieces struct {
	net.Conn
	from io.Reader
}

func (p pieces) Read(b []byte) (int, error) { return p.from.Read(b) }

func request(key, version int16, body int) []byte {
	b := binary.BigEndian.AppendUint32(nil, uint32(8+body))
	b = binary.BigEndian.AppendUint16(b, uint16(key))
	b = binary.BigEndian.AppendUint16(b, uint16(version))
	return append(append(b, 0, 0, 0, 1), make([]byte, body)...)
}

func TestOnlyRequestsOfTheProtocolReachTheBroker(t *testing.T) {
	good := bytes.Join([][]byte{request(18, 3, 20), request(18, 99, 0), request(0, 9, 5000), request(3, 12, 1)}, nil)
	for name, c := range map[string]struct {
		sent []byte
		want error
	}{
		"requests":                  {good, nil},
		"one of 4 GiB":              {append(bytes.Clone(good), 0xff, 0xff, 0xff, 0xff), errFrame},
		"one over the bound":        {binary.BigEndian.AppendUint32(nil, maxFrame+1), errFrame},
		"one that is too short":     {[]byte{0, 0, 0, 7, 0}, errFrame},
		"a kind that is unknown":    {request(1234, 0, 10), errFrame},
		"a negative kind":           {request(-1, 0, 10), errFrame},
		"a version that is unknown": {request(0, 99, 10), errFrame},
		"a negative version":        {request(18, -1, 10), errFrame},
		"a TLS hello":               {[]byte{0x16, 3, 1, 2, 0, 1, 0, 1, 0xfc}, errFrame},
		"HTTP":                      {[]byte("GET / HTTP/1.1\r\n"), errFrame},
	} {
		for form, reader := range map[string]io.Reader{"whole": bytes.NewReader(c.sent), "in pieces": iotest.OneByteReader(bytes.NewReader(c.sent))} {
			got, err := io.ReadAll(&frames{Conn: pieces{from: reader}})
			if !errors.Is(err, c.want) || c.want == nil && !bytes.Equal(got, c.sent) {
				t.Errorf("%s, %s: %v after %d of %d bytes", name, form, err, len(got), len(c.sent))
			}
		}
	}
}
