package main

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"github.com/mcptrail/mcptrail/deploy/background"
)

// start runs a command line with what it says on standard error going to ours.
func start(argv []string, env ...string) (*background.Process, error) {
	cmd := exec.Command(argv[0], argv[1:]...)
	cmd.Env = append(os.Environ(), env...)
	cmd.Stderr = os.Stderr
	return background.Start(cmd)
}

// part starts one of our own parts in a process of its own and returns the address
// that it says.
func part(name string, args ...string) (*background.Process, string, error) {
	self, err := os.Executable()
	if err != nil {
		return nil, "", fmt.Errorf("finding the own executable: %w", err)
	}
	cmd := exec.Command(self, append([]string{name}, args...)...)
	cmd.Stderr = os.Stderr
	read, write, err := os.Pipe()
	if err != nil {
		return nil, "", err
	}
	defer read.Close()
	cmd.Stdout = write
	p, err := background.Start(cmd)
	write.Close()
	if err != nil {
		return nil, "", err
	}
	addr, err := bufio.NewReader(read).ReadString('\n')
	if err != nil {
		p.Stop()
		return nil, "", fmt.Errorf("starting the %s: %w", name, err)
	}
	return p, strings.TrimSpace(addr), nil
}

// tick is the unit of /proc/PID/stat, the same on all of Linux's machines.
const tick = 10 * time.Millisecond

// cpu is the time that a process and its children have used.
func cpu(pid int) (total time.Duration) {
	stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		return 0
	}
	_, rest, _ := strings.Cut(string(stat), ") ") // the name may hold spaces
	fields := strings.Fields(rest)
	for _, f := range fields[11:13] { // utime, stime
		n, _ := strconv.Atoi(f)
		total += time.Duration(n) * tick
	}
	children, _ := os.ReadFile(fmt.Sprintf("/proc/%d/task/%d/children", pid, pid))
	for _, child := range strings.Fields(string(children)) {
		if n, err := strconv.Atoi(child); err == nil {
			total += cpu(n)
		}
	}
	return total
}

// memory is a process's in bytes: VmRSS of /proc/PID/status is what is resident now,
// VmHWM the most that ever was.
func memory(pid int, which string) (float64, error) {
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		return 0, err
	}
	for line := range strings.Lines(string(status)) {
		if value, ok := strings.CutPrefix(line, which+":"); ok {
			kib, err := strconv.ParseFloat(strings.Fields(value)[0], 64)
			return kib * 1024, err
		}
	}
	return 0, fmt.Errorf("reading the memory of a process: no %s", which)
}

// freeAddr is an address on loopback that was free a moment ago.
func freeAddr() (string, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	defer l.Close()
	return l.Addr().String(), nil
}

// ours is the command line of a built program.
func (b *bench) ours(program string, args ...string) []string {
	return append([]string{filepath.Join(b.bin, program)}, args...)
}

// recorder is the command of a collector whose spool is freed by receipts.
func (b *bench) recorder(mode, brokers, receipts string) []string {
	return b.ours("mcptrail-collector", mode, "--brokers", brokers, "--receipts", receipts, "--key-file", filepath.Join(b.scratch, "key"),
		"--identity", filepath.Join(b.scratch, "identity.key"), "--spool-bytes", "17179869184")
}

// say tells what is going on, besides the results.
func say(format string, args ...any) { fmt.Fprintf(io.Writer(os.Stderr), format+"\n", args...) }
