package faults

import (
	"fmt"
	"io"
	"net"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"
)

// fault is what a proxy does to the connections of its victims.
type fault string

const (
	passing fault = "pass"
	// cut ends what is open and refuses what comes.
	cut fault = "cut"
	// stall holds all bytes back, as a network that drops every packet.
	stall fault = "stall"
	// oneWay holds back what the server says.
	oneWay fault = "one-way"
	// slow lets little through.
	slow fault = "slow"
)

const slowPause = 50 * time.Millisecond

// proxy stands before a part and breaks what passes.
type proxy struct {
	net.Listener
	upstream string

	// mu guards what follows; it is held for a few instructions.
	mu      sync.Mutex
	fault   fault
	victim  int // pid whose connections break, 0 for all
	changed chan struct{}
	open    map[*link]bool
	// broken counts connections that were cut, held or slowed.
	broken int
}

// link is one connection through a proxy.
type link struct {
	client, server *net.TCPConn
	touched        bool
	// asked is the process that owned was found out for.
	asked int
	owned bool
}

func (l *link) isOf(pid int) bool {
	if l.asked != pid {
		l.asked = pid
		for range 3 { // the kernel's lists are not read at one instant
			if l.owned = owns(pid, l.client.RemoteAddr().(*net.TCPAddr).Port); l.owned {
				break
			}
		}
	}
	return l.owned
}

func newProxy(t testing.TB, upstream string) *proxy {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	p := &proxy{Listener: l, upstream: upstream, fault: passing, changed: make(chan struct{}), open: map[*link]bool{}}
	t.Cleanup(func() { l.Close(); p.set(cut, 0) })
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			go p.pass(c.(*net.TCPConn))
		}
	}()
	return p
}

func (p *proxy) addr() string { return p.Listener.Addr().String() }

// set breaks the connections of a process from now on, or mends them.
func (p *proxy) set(f fault, victim int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.fault, p.victim = f, victim
	for l := range p.open {
		l.touched = false // one that outlived a fault can meet the next
	}
	close(p.changed)
	p.changed = make(chan struct{})
	if f == cut {
		for l := range p.open {
			if p.hits(l) {
				l.client.Close()
			}
		}
	}
}

// happened is how many connections were broken so far.
func (p *proxy) happened() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.broken
}

// hits reports whether the fault is for that connection. The lock is held.
func (p *proxy) hits(l *link) bool {
	if p.fault == passing || p.victim != 0 && !l.isOf(p.victim) {
		return false
	}
	if !l.touched {
		l.touched = true
		p.broken++
	}
	return true
}

// gate returns when bytes may pass, false if the connection is cut.
func (p *proxy) gate(l *link, fromServer bool) bool {
	for {
		p.mu.Lock()
		f, changed := p.fault, p.changed
		hit := p.hits(l)
		p.mu.Unlock()
		switch {
		case !hit, f == oneWay && !fromServer:
			return true
		case f == cut:
			return false
		case f == slow:
			select {
			case <-time.After(slowPause):
				return true
			case <-changed:
			}
		default:
			<-changed
		}
	}
}

// pass never resets the connection to the server: the embedded engine aborts when it
// reads from such a one.
func (p *proxy) pass(client *net.TCPConn) {
	defer client.Close()
	l := &link{client: client}
	if !p.gate(l, false) {
		return
	}
	c, err := net.Dial("tcp", p.upstream)
	if err != nil {
		return
	}
	l.server = c.(*net.TCPConn)
	defer l.server.Close()
	p.mu.Lock()
	p.open[l] = true
	p.mu.Unlock()
	defer func() {
		p.mu.Lock()
		delete(p.open, l)
		p.mu.Unlock()
	}()
	go func() {
		defer l.server.CloseWrite()
		p.copy(l, l.server, client, false)
	}()
	p.copy(l, client, l.server, true)
	client.Close()
	_, _ = io.Copy(io.Discard, l.server)
}

// slowBytes is what passes at once of a slow connection.
const slowBytes = 1 << 10

func (p *proxy) copy(l *link, dst, src *net.TCPConn, fromServer bool) {
	buf := make([]byte, 64<<10)
	for {
		n, err := src.Read(buf)
		for at := 0; at < n; {
			if !p.gate(l, fromServer) {
				return
			}
			end := n
			if p.now() == slow {
				end = min(n, at+slowBytes)
			}
			if _, err := dst.Write(buf[at:end]); err != nil {
				return
			}
			at = end
		}
		if err != nil {
			return
		}
	}
}

func (p *proxy) now() fault {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.fault
}

// owns reports whether a process has the socket with that local port.
func owns(pid, port int) bool {
	table, err := os.ReadFile("/proc/net/tcp")
	if err != nil {
		return false
	}
	local, inode := fmt.Sprintf("0100007F:%04X", port), ""
	for line := range strings.Lines(string(table)) {
		if f := strings.Fields(line); len(f) > 9 && f[1] == local {
			inode = "socket:[" + f[9] + "]"
		}
	}
	files, _ := filepath.Glob(fmt.Sprintf("/proc/%d/fd/*", pid))
	for _, file := range files {
		if to, err := os.Readlink(file); err == nil && to == inode {
			return true
		}
	}
	return false
}
