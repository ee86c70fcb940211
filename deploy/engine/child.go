package engine

import (
	"fmt"
	"os"
	"runtime"

	"github.com/ebitengine/purego"
)

// childEnv makes this executable the engine; its value is the library's path.
const childEnv = "MCPTRAIL_ENGINE_CHILD"

// ServeIfChild turns the process into the engine, or into the host of a private one,
// when it was started as that, and then never returns. Call it first in main and in TestMain: ClickHouse
// installs signal handlers and must find a process of its own.
func ServeIfChild() {
	serveIfHost()
	lib := os.Getenv(childEnv)
	if lib == "" {
		return
	}
	runtime.LockOSThread()
	handle, err := purego.Dlopen(lib, purego.RTLD_NOW|purego.RTLD_GLOBAL)
	if err != nil {
		fmt.Fprintf(os.Stderr, "loading %s: %v\n", lib, err)
		os.Exit(1)
	}
	var main func(argc int32, argv **byte) uintptr
	purego.RegisterLibFunc(&main, handle, "chdb_query_cmdline")
	argv := make([]*byte, 0, len(os.Args)+1)
	for _, arg := range os.Args {
		argv = append(argv, &append([]byte(arg), 0)[0])
	}
	argv = append(argv, nil)
	main(int32(len(os.Args)), &argv[0])
	os.Exit(0)
}
