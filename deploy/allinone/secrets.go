package allinone

import (
	"crypto/rand"
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strings"
	"syscall"

	"github.com/mcptrail/mcptrail/query/httpapi"
)

// apiSocket is where the query service answers programs of this user.
func apiSocket(data string) string { return filepath.Join(data, "api.sock") }

// listenLocal opens the socket for this user's programs, and returns the service's way
// in for them and for their browser. The data directory must be locked by the caller: a
// socket that is there already belongs to a run that was killed.
func listenLocal(data string) (*httpapi.Local, net.Listener, error) {
	label, err := browserLabel(data)
	if err != nil {
		return nil, nil, err
	}
	path, err := filepath.Abs(apiSocket(data))
	if err != nil {
		return nil, nil, err
	}
	if err := os.Remove(path); err != nil && !errors.Is(err, os.ErrNotExist) {
		return nil, nil, err
	}
	// The mode is the owner's alone from the beginning, whatever the directory's is.
	old := syscall.Umask(0o177)
	l, err := net.Listen("unix", path)
	syscall.Umask(old)
	if errors.Is(err, syscall.EINVAL) {
		return nil, nil, fmt.Errorf("listening at %s: the path is too long for a socket: use a shorter data directory", path)
	}
	if err != nil {
		return nil, nil, fmt.Errorf("listening for programs of this user: %w", err)
	}
	return httpapi.NewLocal(l, label), l, nil
}

// browserLabel is the name under which the browser comes. It stays, so that bookmarks do,
// and nobody else may read it.
func browserLabel(data string) (string, error) {
	file := filepath.Join(data, "browser-name")
	b, err := os.ReadFile(file)
	label := strings.TrimSpace(string(b))
	if errors.Is(err, os.ErrNotExist) || err == nil && label == "" {
		label = "mcptrail-" + strings.ToLower(rand.Text()[:16])
		err = os.WriteFile(file, []byte(label+"\n"), 0o600)
	}
	if err != nil {
		return "", fmt.Errorf("keeping the name for the browser: %w", err)
	}
	return label, nil
}
