// Package unsynced counts the messages that a collector has in memory only, so that it can
// be stated how many are missing when it is killed.
//
// The one rule: a message is counted before it passes, and taken off the count only once
// its event, or the gap that names it, is on the disk. The counts are in a memory-mapped
// file, which outlives the process without a system call for each message. They do not
// outlive the host: after a power cut the numbers are not believed, only that there was
// something.
package unsynced

import (
	"encoding/binary"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"github.com/google/uuid"
)

// Page is the count of one collector run. The zero value counts in memory until Attach.
// Its methods may be called by any goroutine.
type Page struct {
	mu sync.Mutex // guards what follows; held for a few instructions, but by Attach and Close
	counts
	// file is mapped as mem and has the name; all are zero before Attach.
	name string
	file *os.File
	mem  []byte
}

// counts are the contents of a page. Times are nanoseconds since 1970, 0 for never.
type counts struct {
	// passed messages were handed over by transports, the newest at passedAt; recorded ones
	// of them are on the disk, the newest event of which is of one that passed at recordedAt.
	passed, recorded     uint64
	passedAt, recordedAt uint64
	// lost messages of those that are not recorded found no capacity, the first of them at
	// lostSince: no order says how old they are.
	lost, lostSince uint64
}

const (
	suffix = ".unsynced"
	// A file is magic, the boot of the host, and the counts.
	magic     = "mcptuns1"
	bootBytes = 36
	fileBytes = 4096
	countsAt  = 48
)

// fields are in the order of the file, which collectors of other versions on this host read.
func (c *counts) fields() [6]*uint64 {
	return [...]*uint64{&c.passed, &c.recorded, &c.passedAt, &c.recordedAt, &c.lost, &c.lostSince}
}

// store copies the counts into the file. mu is held. Each is one aligned word, so that a
// process that is killed in between leaves whole numbers; passed is the first of them.
func (p *Page) store() {
	if p.mem == nil {
		return
	}
	for i, v := range p.fields() {
		binary.NativeEndian.PutUint64(p.mem[countsAt+8*i:], *v)
	}
}

// Passed counts a message that is about to pass. lost says that there will be no event of
// it.
func (p *Page) Passed(at time.Time, lost bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.passed++
	p.passedAt = max(p.passedAt, uint64(at.UnixNano()))
	if lost {
		p.lose(1, at)
	}
	p.store()
}

// mu is held.
func (p *Page) lose(n uint64, at time.Time) {
	if p.lost == 0 {
		p.lostSince = uint64(at.UnixNano())
	}
	p.lost += n
}

// Refused says that n messages which had passed find no capacity on the disk.
func (p *Page) Refused(n uint64, at time.Time) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.lose(n, at)
	p.store()
}

// Lost is how many messages passed that found no capacity, and are in no gap on the disk yet.
func (p *Page) Lost() uint64 {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.lost
}

// Recorded says that n messages are on the disk, by their events or by gaps, lost of them
// after they had found no capacity. The newest event is of a message that passed at that
// time; zero where there is none.
func (p *Page) Recorded(n, lost uint64, at time.Time) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.recorded += n
	p.lost -= min(lost, p.lost)
	if !at.IsZero() {
		p.recordedAt = max(p.recordedAt, uint64(at.UnixNano()))
	}
	p.store()
}

// Attach has the counts kept in a file of the run in dir, which must exist.
//
// The lock is held until Close or the end of the process, and is what distinguishes a living
// run from a dead one. Nothing is fsynced: the file must outlive the process, not the host.
func (p *Page) Attach(dir string, epoch uuid.UUID) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.mem != nil {
		return nil
	}
	// The file gets its name when it is locked and whole: before that, a collector that looks
	// for dead runs would take it for one, and remove the count of a living run.
	name := filepath.Join(dir, epoch.String()+suffix)
	unnamed := name + ".new"
	f, err := os.OpenFile(unnamed, os.O_RDWR|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return fmt.Errorf("counting what is in memory: %w", err)
	}
	head := append(make([]byte, 0, fileBytes), magic...)
	head = append(head, boot()...)
	// The zeros are written, not left as a hole: a store into a hole of a full disk is a
	// SIGBUS.
	_, err = f.Write(head[:fileBytes])
	if err == nil {
		if err = lock(f); err == nil {
			p.mem, err = mapFile(f)
		}
	}
	if err == nil {
		p.store() // what passed before there was a file
		err = os.Rename(unnamed, name)
	}
	if err != nil {
		if p.mem != nil {
			err = errors.Join(err, unmap(p.mem))
			p.mem = nil
		}
		f.Close()
		os.Remove(unnamed)
		return fmt.Errorf("counting what is in memory: %w", err)
	}
	p.file, p.name = f, name
	return nil
}

// Close removes the file if everything is recorded. Otherwise it stays, for the next
// collector to state what is missing.
func (p *Page) Close() error {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.mem == nil {
		return nil
	}
	if p.passed == p.recorded {
		os.Remove(p.name)
	}
	err := unmap(p.mem)
	// What is counted from now on is counted in memory only.
	p.mem = nil
	if closed := p.file.Close(); err == nil {
		err = closed
	}
	return err
}

// boot names this start of the host, padded to bootBytes; zeros where nothing does.
func boot() []byte {
	id, _ := os.ReadFile("/proc/sys/kernel/random/boot_id")
	return append([]byte(strings.TrimSpace(string(id))), make([]byte, bootBytes)...)[:bootBytes]
}
