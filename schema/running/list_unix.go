//go:build unix

package running

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"syscall"
)

// alive reports whether a process of this user has that id.
// Signal 0 asks and sends nothing. An id that was given to another program of this user
// counts as alive: a connection to the socket then fails, and nobody else answers.
func alive(pid int) bool { return syscall.Kill(pid, 0) == nil }

// listDir holds a file for each `mcptrail up` of this user. Its place depends on the user
// alone and on no environment variable, since MCP clients start collectors with a small
// environment.
func listDir() string { return "/tmp/mcptrail-" + strconv.Itoa(os.Getuid()) }

var errForeign = errors.New("it belongs to somebody else, or others may write there")

// own returns the directory if it is this user's alone: anybody can make one of that name.
// Lstat, since a link to a folder of this user's would let its owner exchange the target
// later.
func own() (string, error) {
	dir := listDir()
	info, err := os.Lstat(dir)
	if err != nil {
		return "", err
	}
	stat, ok := info.Sys().(*syscall.Stat_t)
	if !ok || !info.IsDir() || int(stat.Uid) != os.Getuid() || info.Mode().Perm()&0o077 != 0 {
		return "", fmt.Errorf("%s: %w", dir, errForeign)
	}
	return dir, nil
}

// list adds a file without secrets, and returns what removes it.
// The file is written under another name and renamed, so a reader finds all of it or none.
func list(p Parts) (remove func(), err error) {
	if err := os.Mkdir(listDir(), 0o700); err != nil && !errors.Is(err, os.ErrExist) {
		return nil, err
	}
	dir, err := own()
	if err != nil {
		return nil, err
	}
	p.ClickHouseUser, p.ClickHousePassword = "", ""
	text, err := json.Marshal(p)
	if err != nil {
		return nil, err
	}
	file := filepath.Join(dir, strconv.Itoa(p.PID)+".json")
	if err := os.WriteFile(file+".new", text, 0o600); err != nil {
		return nil, err
	}
	if err := os.Rename(file+".new", file); err != nil {
		return nil, err
	}
	return func() { os.Remove(file) }, nil
}

// listed reads what this user runs, and removes what a killed process left.
// A file that cannot be read or parsed is passed over and stays.
func listed() (all []Parts) {
	dir, err := own()
	if err != nil {
		return nil
	}
	files, _ := filepath.Glob(filepath.Join(dir, "*.json"))
	for _, file := range files {
		var p Parts
		text, err := os.ReadFile(file)
		if err != nil || json.Unmarshal(text, &p) != nil {
			continue
		}
		if p.PID <= 0 || !alive(p.PID) {
			os.Remove(file)
			continue
		}
		all = append(all, p)
	}
	return all
}
