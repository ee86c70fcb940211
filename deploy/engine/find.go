package engine

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
)

// libEnv names a libchdb.so to use before anything else.
const libEnv = "MCPTRAIL_LIBCHDB"

// ErrMissing says that this machine has no ClickHouse. Tests skip on it.
var ErrMissing = errors.New("no ClickHouse engine found: run `make engine`, or put `clickhouse` (26.7 or later) on PATH, or set " + libEnv + " to a libchdb.so, or give a server's address")

// program is how to start ClickHouse: the executable, what precedes the
// engine's arguments, and what the environment needs.
type program struct {
	path string
	args []string
	env  []string
	// private says that it gets namespaces of its own.
	private bool
}

// find chooses the program: the library that the environment names, then
// `clickhouse` on PATH, then the library of the npm package beside the
// executable or in the source tree around it or around the working directory.
func find() (program, error) {
	if lib := os.Getenv(libEnv); lib != "" {
		if _, err := os.Stat(lib); err != nil {
			return program{}, fmt.Errorf("opening the library that %s names: %w", libEnv, err)
		}
		return self(lib)
	}
	if path, err := exec.LookPath("clickhouse"); err == nil {
		return program{path: path, args: []string{"local"}}, nil
	}
	executable, err := os.Executable()
	if err != nil {
		return program{}, fmt.Errorf("finding the own executable: %w", err)
	}
	lib := filepath.Join(filepath.Dir(executable), "libchdb.so")
	if isFile(lib) {
		return self(lib)
	}
	work, err := os.Getwd()
	if err != nil {
		return program{}, fmt.Errorf("finding the working directory: %w", err)
	}
	for _, start := range []string{filepath.Dir(executable), work} {
		for dir := start; ; dir = filepath.Dir(dir) {
			lib := filepath.Join(dir, "deploy/engine/node_modules/@chdb", packageName(), "libchdb.so")
			if isFile(lib) {
				return self(lib)
			}
			if dir == filepath.Dir(dir) {
				break
			}
		}
	}
	return program{}, ErrMissing
}

// self runs the library in a second process of this executable.
func self(lib string) (program, error) {
	executable, err := os.Executable()
	if err != nil {
		return program{}, fmt.Errorf("finding the own executable: %w", err)
	}
	return program{path: executable, env: []string{childEnv + "=" + lib}}, nil
}

// packageName is the npm package for this machine, below the scope @chdb.
func packageName() string {
	cpu := runtime.GOARCH
	if cpu == "amd64" {
		cpu = "x64"
	}
	if runtime.GOOS == "linux" {
		return "lib-linux-" + cpu + "-gnu"
	}
	return "lib-" + runtime.GOOS + "-" + cpu
}

func isFile(path string) bool {
	info, err := os.Stat(path)
	return err == nil && info.Mode().IsRegular()
}
