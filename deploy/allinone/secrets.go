package allinone

import (
	"crypto/rand"
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strings"

	"github.com/mcptrail/mcptrail/deploy/socket"
	"github.com/mcptrail/mcptrail/query/httpapi"
)

// listenLocal opens the socket for this user's programs, and returns the service's way
// in for them and for their browser. The data directory must be locked by the caller: a
// socket that is there already belongs to a run that was killed.
func listenLocal(data string) (*httpapi.Local, net.Listener, error) {
	label, err := keptSecret(filepath.Join(data, "browser-name"), "mcptrail-")
	if err != nil {
		return nil, nil, err
	}
	token, err := keptSecret(filepath.Join(data, TokenFile), "")
	if err != nil {
		return nil, nil, err
	}
	l, err := socket.Listen(filepath.Join(data, "api.sock"))
	if err != nil {
		return nil, nil, fmt.Errorf("listening for programs of this user: %w", err)
	}
	return httpapi.NewLocal(l, label, token), l, nil
}

// TokenFile in the data directory holds the token for programs that cannot read
// running.json, such as Grafana.
const TokenFile = "api.token"

// keptSecret reads a secret from its file (0600), which it makes at the first start: the
// name under which the browser comes stays, so that bookmarks do, and so does the token.
func keptSecret(file, prefix string) (string, error) {
	b, err := os.ReadFile(file)
	secret := strings.TrimSpace(string(b))
	if errors.Is(err, os.ErrNotExist) || err == nil && secret == "" {
		secret = prefix + strings.ToLower(rand.Text())
		err = os.WriteFile(file, []byte(secret+"\n"), 0o600)
	}
	if err != nil {
		return "", fmt.Errorf("keeping a secret of the service: %w", err)
	}
	return secret, nil
}
