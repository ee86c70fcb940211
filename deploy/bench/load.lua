-- tools/call requests with ids of their own, made before the clock runs. An argument is
-- more text for each of them.
local requests, n = {}, 0

init = function(args)
  for i = 1, 1000 do
    local body = string.format('{"jsonrpc":"2.0","id":%d,"method":"tools/call","params":{"name":"read_file",' ..
      '"arguments":{"path":"/srv/notes-%d.txt","text":"%s"},"_meta":{"io.modelcontextprotocol/protocolVersion":"2026-07-28",' ..
      '"io.modelcontextprotocol/clientInfo":{"name":"wrk","version":"4"},"io.modelcontextprotocol/clientCapabilities":{}}}}', i, i, args[1] or "")
    requests[i] = wrk.format("POST", nil, {
      ["Content-Type"] = "application/json", ["Accept"] = "application/json, text/event-stream",
      ["MCP-Protocol-Version"] = "2026-07-28", ["Mcp-Method"] = "tools/call", ["Mcp-Name"] = "read_file"}, body)
  end
end

request = function()
  n = n % 1000 + 1
  return requests[n]
end

done = function(summary, latency)
  local e = summary.errors
  io.write(string.format('\n{"requests":%d,"us":%d,"p50":%d,"p99":%d,"errors":%d}\n', summary.requests, summary.duration,
    latency:percentile(50), latency:percentile(99), e.connect + e.read + e.write + e.status + e.timeout))
end
