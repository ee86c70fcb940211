package wire

import (
	"github.com/mcptrail/mcptrail/query"
	"github.com/mcptrail/mcptrail/schema"
	"github.com/mcptrail/mcptrail/schema/definition"
)

// Word is one value of a closed list and what it means, as the description of the
// API gives it to the programs that are generated from it.
type Word struct{ Value, Meaning string }

// Words are a closed list.
type Words []Word

// Values of the words, in their order.
func (words Words) Values() []string {
	values := make([]string, len(words))
	for i, w := range words {
		values[i] = w.Value
	}
	return values
}

// Kinds of events. A test holds this list and those below against the constants.
func Kinds() Words {
	return Words{
		{string(schema.KindRequest), "A JSON-RPC request."},
		{string(schema.KindAnswer), "The result or the error of a request."},
		{string(schema.KindNotification), "A JSON-RPC notification."},
		{string(schema.KindOpen), "The beginning of a session, as the collector saw it."},
		{string(schema.KindClose), "The end of a session, as the collector saw it."},
		{string(schema.KindGap), "Messages that were seen and not recorded."},
		{string(schema.KindAuth), "A challenge: HTTP 401, or 403 that says what it asks for."},
		{string(schema.KindStderr), "Text that a stdio server wrote to stderr."},
		{string(schema.KindNoise), "Bytes that are no JSON-RPC where JSON-RPC should be."},
		{string(schema.KindHTTP), "A fact of HTTP that no JSON-RPC message carries."},
		{string(schema.KindCollector), "A fact about the collector itself."},
	}
}

// Directions of messages.
func Directions() Words {
	return Words{
		{string(schema.ClientToServer), "From the client to the server."},
		{string(schema.ServerToClient), "From the server to the client."},
	}
}

// Outcomes of exchanges.
func Outcomes() Words {
	return Words{
		{string(schema.OutcomeOK), "A result without an error."},
		{string(schema.OutcomeToolError), "A result in which the tool states an error (isError)."},
		{string(schema.OutcomeProtocolError), "A JSON-RPC error."},
		{string(schema.OutcomeInputRequired), "The server asked for input: the round ended, the operation did not."},
		{string(schema.OutcomeTask), "A task was created and goes on."},
		{string(schema.OutcomeAccepted), "HTTP 202 for a notification or an answer."},
		{string(schema.OutcomeCancelled), "Cancelled by a message."},
		{string(schema.OutcomeClientDisconnect), "The client closed the connection before the answer."},
		{string(schema.OutcomeServerDisconnect), "The server closed the connection before the answer."},
		{string(schema.OutcomeUnanswered), "No answer before the session ended."},
		{string(schema.OutcomeUnauthorized), "HTTP 401."},
		{string(schema.OutcomeForbidden), "HTTP 403."},
		{string(schema.OutcomeHTTPError), "Another HTTP status of 400 and above without a JSON-RPC body."},
		{string(schema.OutcomeTransportError), "The server could not be reached, or the connection broke."},
	}
}

// Bases of sessions, strongest first.
func Bases() Words {
	return Words{
		{string(schema.BasisStdio), "One run of a stdio server."},
		{string(schema.BasisSSE), "One stream of the legacy HTTP+SSE transport."},
		{string(schema.BasisMCPSessionID), "One Mcp-Session-Id."},
		{string(schema.BasisPrincipal), "One principal, client and upstream, until an idle gap."},
		{string(schema.BasisCollector), "What a collector states about itself; no traffic is in it."},
	}
}

// Transports that carry sessions.
func Transports() Words {
	return Words{
		{string(schema.TransportStdio), "Standard input and output of a child process."},
		{string(schema.TransportHTTP), "Streamable HTTP."},
		{string(schema.TransportSSE), "The legacy HTTP+SSE transport."},
	}
}

// Flags of events. An event that bears two of them lists both.
func Flags() Words {
	return Words{
		flag(schema.FlagReplay, "The message crossed before, in the same session and under the same SSE id."),
		flag(schema.FlagAmbiguous, "Two parsers may read the message differently; its bytes are the truth."),
		flag(schema.FlagTruncated, "The payload is the beginning of a longer message."),
		flag(schema.FlagWithheld, "The body was not stored; its size and commitment were."),
		flag(schema.FlagIDMismatch, "The answer matched its request only by another type of id, or by the HTTP exchange alone."),
		flag(schema.FlagBatch, "The message was an element of a JSON-RPC batch."),
		flag(schema.FlagUnmatched, "An answer to no request that is known."),
		flag(schema.FlagLate, "An answer after its request had been cancelled."),
		flag(schema.FlagHeaderMismatch, "Mcp-Method or Mcp-Name differ from the body."),
		flag(schema.FlagInvalid, "A JSON value that is no JSON-RPC message."),
		flag(schema.FlagExempt, "A message in an exchange that is otherwise exempt from the record: OAuth, its metadata, CORS."),
		flag(schema.FlagUnreadable, "No JSON text, or in a charset that is not known here, which a server could read all the same."),
	}
}

func flag(f schema.Flag, meaning string) Word { return Word{f.Names()[0], meaning} }

// OperationFlags are those of operations and facts: those of their events, and what
// rebuilding found.
func OperationFlags() Words {
	return append(Flags(),
		Word{query.FlagAnsweredAgain, "A request was answered more than once."},
		Word{query.FlagEquivocation, "Two different events carry one number."},
		Word{query.FlagProbe, "A server/discover that failed, by which the client found out what the server speaks."},
		Word{query.FlagDouble, "Asked for more than once, and perhaps done more than once."},
	)
}

// OperationKinds are what sorts of things can be asked for.
func OperationKinds() Words {
	return Words{
		{string(query.KindTool), "A call of a tool."},
		{string(query.KindResource), "A read of a resource."},
		{string(query.KindPrompt), "A prompt that was fetched."},
		{string(query.KindList), "A list of tools, prompts, resources or templates."},
		{string(query.KindDiscover), "A server/discover."},
		{string(query.KindInitialize), "The handshake of a legacy session."},
		{string(query.KindCompletion), "A completion of an argument."},
		{string(query.KindSampling), "A server that asked the client for a model's answer."},
		{string(query.KindElicitation), "A server that asked the user."},
		{string(query.KindRoots), "A server that asked for the client's roots."},
		{string(query.KindTask), "A question about a task."},
		{string(query.KindSubscription), "A subscription, or its end."},
		{string(query.KindLogging), "A change of the log level."},
		{string(query.KindPing), "A ping."},
		{string(query.KindOther), "A method that no revision of MCP defines."},
	}
}

// DefinitionKinds are what sorts of things servers describe.
func DefinitionKinds() Words {
	return Words{
		{string(definition.Tool), "A tool."},
		{string(definition.Prompt), "A prompt."},
		{string(definition.Resource), "A resource."},
		{string(definition.ResourceTemplate), "A template of resources."},
	}
}
