package spool

import (
	"bytes"
	"io"
	"time"

	"github.com/google/uuid"
	"github.com/mcptrail/mcptrail/collector/durable"
)

// scanner reads the frames of one segment. Entries share its window, which is never
// written again.
type scanner struct {
	file io.ReaderAt
	set  uuid.UUID
	segment
	// at is where the next frame begins and what number it should have.
	at Position

	// window holds bytes of the file from windowStart on. Values of entries point into it, so each
	// move makes a new one.
	window      []byte
	windowStart int64
}

const (
	windowBytes = 256 << 10
	// sector is what a disk fails to read at once.
	sector = 4096
)

// next returns the record or damage at the scanner's position; ok is false at the end of the
// segment, as given by until and size.
func (s *scanner) next() (e Entry, ok bool) {
	if s.until != unknown && s.at.Number >= s.until {
		return e, false // what follows was written again in the next segment
	}
	if s.at.Offset == 0 && s.size >= headerBytes {
		if head := s.peek(0, headerBytes); !bytes.Equal(head, s.header(s.set)) {
			if len(bytes.Trim(head, "\x00")) == 0 {
				return s.resync(), true // a reserve that no write came to
			}
			return s.damage(Damage{Bytes: headerBytes, Known: true, To: s.at.Number}), true
		}
		s.at.Offset = headerBytes
	}
	if s.at.Offset >= s.size {
		if s.until == unknown {
			return e, false
		}
		return s.damage(Damage{Known: true, To: s.until}), true
	}
	h, ok := s.heading(s.at.Offset)
	end := s.at.Offset + headingBytes + h.length
	switch {
	case !ok:
		return s.resync(), true
	case h.number > s.at.Number:
		return s.damage(Damage{Known: true, To: h.number}), true
	case end > s.size:
		return s.tail(Damage{Torn: true, Lost: []Lost{h.Lost}}), true
	}
	// The heading is whole, so a damaged value still has a known length, number and session.
	frame := s.peek(s.at.Offset, end-s.at.Offset)
	if valueSum(frame, s.salt) != h.crc {
		return s.damage(Damage{Bytes: end - s.at.Offset, Known: true, To: h.number + 1, Lost: []Lost{h.Lost}}), true
	}
	s.at.Offset, s.at.Number = end, h.number+1
	return Entry{Position: s.at, Time: time.Unix(0, h.time), Record: durable.Record{Session: h.Session, Seq: h.Seq,
		CollectorSeq: h.CollectorSeq, Size: h.Size, Control: h.Control, Seal: h.Seal, Value: frame[headingBytes:len(frame):len(frame)]}}, true
}

// heading reads the heading at offset. One with a number that cannot be there is none.
func (s *scanner) heading(offset int64) (heading, bool) {
	h, ok := parseHeading(s.peek(offset, min(headingBytes, s.size-offset)), s.salt)
	if !ok || h.number < s.at.Number || h.number >= s.until {
		return heading{}, false
	}
	return h, true
}

// damage moves behind the range that d describes.
func (s *scanner) damage(d Damage) Entry {
	d.Path, d.Offset, d.From = s.path, s.at.Offset, s.at.Number
	if !d.Known {
		d.To = d.From
	}
	s.at.Offset += d.Bytes
	s.at.Number = d.To
	return Entry{Position: s.at, Damage: &d}
}

// tail is damage up to the end of the segment. It is torn only where nothing says
// how many records there were.
func (s *scanner) tail(d Damage) Entry {
	d.Bytes = s.size - s.at.Offset
	if s.until != unknown {
		d.Known, d.To, d.Torn = true, s.until, false
	}
	return s.damage(d)
}

// resync searches the next valid heading behind damaged bytes. A candidate is valid only if its
// checksum over the salt holds and its number lies between the expected one and until.
func (s *scanner) resync() Entry {
	zeros := true
	for offset := s.at.Offset; offset < s.size; {
		b := s.peek(offset, min(windowBytes, s.size-offset))
		zeros = zeros && len(bytes.Trim(b, "\x00")) == 0
		for i := 0; ; i++ {
			n := bytes.Index(b[i:], frameMagic)
			if n < 0 {
				break
			}
			i += n
			found := offset + int64(i)
			if found == s.at.Offset {
				continue
			}
			if h, ok := s.heading(found); ok {
				return s.damage(Damage{Bytes: found - s.at.Offset, Known: true, To: h.number})
			}
			// heading may have moved the window, b still holds what it held.
		}
		if int64(len(b)) == s.size-offset {
			break
		}
		offset += int64(len(b)) - int64(len(frameMagic)) + 1
	}
	return s.tail(Damage{Torn: zeros || s.size-s.at.Offset < headingBytes})
}

// peek returns n bytes at offset, all of them within size. What cannot be read is
// zeros, and so no frame. Sectors are read one by one after a failure, so that a bad one does not
// take its neighbours with it.
func (s *scanner) peek(offset, n int64) []byte {
	if from := offset - s.windowStart; from >= 0 && from+n <= int64(len(s.window)) {
		return s.window[from : from+n]
	}
	s.window = make([]byte, max(n, min(windowBytes, s.size-offset)))
	s.windowStart = offset
	if _, err := s.file.ReadAt(s.window, offset); err != nil {
		clear(s.window)
		for i := 0; i < len(s.window); i += sector {
			part := s.window[i:min(i+sector, len(s.window))]
			if read, err := s.file.ReadAt(part, offset+int64(i)); err != nil && err != io.EOF {
				clear(part[read:])
			}
		}
	}
	return s.window[:n]
}
