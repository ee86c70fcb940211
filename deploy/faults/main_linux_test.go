package faults

import (
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"testing"

	"github.com/mcptrail/mcptrail/deploy/engine"
)

// The test binary is also the processes that the tests break: TestMain becomes one
// where roleEnv says which, as configEnv says.
const roleEnv, configEnv = "MCPTRAIL_FAULTS_ROLE", "MCPTRAIL_FAULTS_CONFIG"

// bin holds the programs, built once for this package.
var bin string

// side is how many tests run side by side: most of their time they wait.
const side = "4"

func TestMain(m *testing.M) {
	engine.ServeIfChild()
	switch os.Getenv(roleEnv) {
	case "broker":
		become(serveBroker)
	case "oracle":
		become(issue)
	case "server":
		become(serveLines)
	}
	flag.Parse()
	if err := flag.Set("test.parallel", side); err != nil {
		panic(err)
	}
	os.Exit(run(m))
}

// become runs a role with its configuration, and never returns.
func become[T any](role func(T) error) {
	var config T
	err := json.Unmarshal([]byte(os.Getenv(configEnv)), &config)
	if err == nil {
		err = role(config)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	os.Exit(0)
}

// inRole is a command that runs this binary in a role.
func inRole(role string, config any) *exec.Cmd {
	text, err := json.Marshal(config)
	if err != nil {
		panic(err)
	}
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), roleEnv+"="+role, configEnv+"="+string(text))
	return cmd
}

func run(m *testing.M) int {
	dir, err := os.MkdirTemp("", "mcptrail-faults-")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	defer os.RemoveAll(dir)
	bin = dir
	build := exec.Command("go", "build", "-o", dir, "../cmd/mcptrail", "../../collector/cmd/mcptrail-collector",
		"../../ingest/cmd/mcptrail-ingest", "../../query/cmd/mcptrail-query")
	build.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := build.CombinedOutput(); err != nil {
		fmt.Fprintf(os.Stderr, "building the programs: %v\n%s", err, out)
		return 1
	}
	return m.Run()
}
