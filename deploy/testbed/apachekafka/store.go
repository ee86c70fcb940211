package apachekafka

import (
	"bytes"
	"context"
	"crypto/rand"
	_ "embed"
	"encoding/base64"
	"errors"
	"fmt"
	"os"
	"os/exec"
)

//go:embed server.properties
var serverProperties string

//go:embed log4j2.properties
var log4jProperties []byte

// format writes the configuration and the empty store, with its SCRAM user.
func (n *Node) format(ctx context.Context, ports []string) error {
	values := map[string]string{
		"plaintext": ports[0], "sasl": ports[1], "controller": ports[2],
		"user": User, "password": Password, "dir": n.dir,
	}
	config := n.dir + "/server.properties"
	text := os.Expand(serverProperties, func(name string) string { return values[name] })
	err := errors.Join(
		os.WriteFile(config, []byte(text), 0o600),
		os.WriteFile(n.dir+"/log4j2.properties", log4jProperties, 0o600),
	)
	if err != nil {
		return err
	}
	var id [16]byte
	_, _ = rand.Read(id[:]) // never fails
	format := n.java(ctx, "kafka.tools.StorageTool", "format", "--standalone", "-c", config,
		// One argument, since an id may begin with a dash.
		"--cluster-id="+base64.RawURLEncoding.EncodeToString(id[:]),
		"--add-scram", fmt.Sprintf("SCRAM-SHA-256=[name=%s,password=%s]", User, Password))
	if out, err := format.CombinedOutput(); err != nil {
		return fmt.Errorf("formatting its store: %w: %s", err, out)
	}
	return nil
}

func (n *Node) java(ctx context.Context, args ...string) *exec.Cmd {
	return exec.CommandContext(ctx, "java", append([]string{
		"-cp", n.jars + "/*", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1",
		"-Dlog4j2.configurationFile=" + n.dir + "/log4j2.properties",
	}, args...)...)
}

// said is the end of the node's log.
func (n *Node) said() []byte {
	log, err := os.ReadFile(n.dir + "/log")
	if err != nil {
		return []byte(err.Error())
	}
	return bytes.TrimSpace(log[max(0, len(log)-4096):])
}
