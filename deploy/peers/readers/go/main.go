// Command goreaders serves one tool, mark, with the Go SDK or with mcp-go, over stdio or
// over HTTP without sessions. A call appends the argument text to the file $EFFECTS, a line
// each: so it can be seen which bytes the library takes for a call.
//
//	goreaders gosdk|mcpgo [PORT]
package main

import (
	"context"
	"log"
	"net"
	"net/http"
	"os"

	"github.com/mark3labs/mcp-go/mcp"
	"github.com/mark3labs/mcp-go/server"
	sdk "github.com/modelcontextprotocol/go-sdk/mcp"
)

func main() {
	library, address := os.Args[1], ""
	if len(os.Args) > 2 {
		address = net.JoinHostPort("127.0.0.1", os.Args[2])
	}
	serve := map[string]func(string) error{"gosdk": goSDK, "mcpgo": mcpGo}[library]
	log.Fatal(serve(address))
}

func mark(text string) error {
	f, err := os.OpenFile(os.Getenv("EFFECTS"), os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	defer f.Close()
	_, err = f.WriteString(text + "\n")
	return err
}

func goSDK(address string) error {
	type arguments struct {
		Text string `json:"text"`
	}
	s := sdk.NewServer(&sdk.Implementation{Name: "gosdk", Version: "1"}, nil)
	sdk.AddTool(s, &sdk.Tool{Name: "mark"}, func(_ context.Context, _ *sdk.CallToolRequest, in arguments) (*sdk.CallToolResult, any, error) {
		return nil, nil, mark(in.Text)
	})
	if address == "" {
		return s.Run(context.Background(), &sdk.StdioTransport{})
	}
	return http.ListenAndServe(address, sdk.NewStreamableHTTPHandler(func(*http.Request) *sdk.Server { return s },
		&sdk.StreamableHTTPOptions{Stateless: true, JSONResponse: true}))
}

func mcpGo(address string) error {
	s := server.NewMCPServer("mcpgo", "1", server.WithToolCapabilities(false))
	s.AddTool(mcp.NewTool("mark", mcp.WithString("text")), func(_ context.Context, r mcp.CallToolRequest) (*mcp.CallToolResult, error) {
		if err := mark(r.GetString("text", "")); err != nil {
			return nil, err
		}
		return mcp.NewToolResultText("ok"), nil
	})
	if address == "" {
		return server.ServeStdio(s)
	}
	return server.NewStreamableHTTPServer(s, server.WithStateLess(true)).Start(address)
}
