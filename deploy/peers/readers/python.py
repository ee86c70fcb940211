"""One tool, mark, served with the Python SDK or with FastMCP: a call appends its argument text to the file $EFFECTS.

    python python.py sdk|fastmcp [PORT]
"""

import os
import sys


def mark(text: str) -> str:
    with open(os.environ["EFFECTS"], "a", encoding="utf-8", errors="surrogatepass") as effects:
        effects.write(text + "\n")
    return "ok"


library, port = sys.argv[1], int(sys.argv[2]) if len(sys.argv) > 2 else 0
if library == "sdk":
    from mcp.server.mcpserver import MCPServer

    server = MCPServer("python-sdk")
    server.tool()(mark)
    if port:
        server.run("streamable-http", host="127.0.0.1", port=port, stateless_http=True, json_response=True)
    else:
        server.run("stdio")
else:
    from fastmcp import FastMCP

    server = FastMCP("fastmcp")
    server.tool(mark)
    if port:
        server.run("http", host="127.0.0.1", port=port, stateless_http=True, json_response=True, show_banner=False)
    else:
        server.run("stdio", show_banner=False)
