// Command mcptrail-collector records the MCP traffic that passes through it.
package main

import (
	"os"

	"github.com/mcptrail/mcptrail/collector/cli"
)

func main() {
	noDump()
	os.Exit(cli.Run(os.Args[1:]))
}
