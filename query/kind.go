package query

import (
	"strings"

	"github.com/mcptrail/mcptrail/schema"
	"github.com/mcptrail/mcptrail/schema/definition"
)

// OperationKind is the sort of thing that was requested.
type OperationKind string

const (
	KindTool         OperationKind = "tool"
	KindResource     OperationKind = "resource"
	KindPrompt       OperationKind = "prompt"
	KindList         OperationKind = "list"
	KindDiscover     OperationKind = "discover"
	KindInitialize   OperationKind = "initialize"
	KindCompletion   OperationKind = "completion"
	KindSampling     OperationKind = "sampling"
	KindElicitation  OperationKind = "elicitation"
	KindRoots        OperationKind = "roots"
	KindTask         OperationKind = "task"
	KindSubscription OperationKind = "subscription"
	KindLogging      OperationKind = "logging"
	KindPing         OperationKind = "ping"
	// KindOther is a method that no revision of MCP defines.
	KindOther OperationKind = "other"
)

// KindOf returns what sort of operation a request with this method begins.
func KindOf(method string) OperationKind {
	switch method {
	case "tools/call":
		return KindTool
	case "resources/read":
		return KindResource
	case "prompts/get":
		return KindPrompt
	case "tools/list", "prompts/list", "resources/list", "resources/templates/list":
		return KindList
	case "server/discover":
		return KindDiscover
	case "initialize":
		return KindInitialize
	case "completion/complete":
		return KindCompletion
	case "sampling/createMessage":
		return KindSampling
	case "elicitation/create":
		return KindElicitation
	case "roots/list":
		return KindRoots
	case "resources/subscribe", "resources/unsubscribe", "subscriptions/listen":
		return KindSubscription
	case "logging/setLevel":
		return KindLogging
	case "ping":
		return KindPing
	}
	if strings.HasPrefix(method, "tasks/") {
		return KindTask
	}
	return KindOther
}

// Failed reports whether an operation with this outcome counts as an error. One that the
// client cancelled and one that still waits do not.
func Failed(o schema.Outcome) bool {
	switch o {
	case schema.OutcomeToolError, schema.OutcomeProtocolError, schema.OutcomeUnauthorized, schema.OutcomeForbidden,
		schema.OutcomeHTTPError, schema.OutcomeTransportError, schema.OutcomeServerDisconnect:
		return true
	}
	return false
}

// DefinitionKind returns the kind of the definition that a request with this method
// refers to, empty where it refers to none.
func DefinitionKind(method string) definition.Kind {
	switch method {
	case "tools/call":
		return definition.Tool
	case "prompts/get":
		return definition.Prompt
	case "resources/read":
		return definition.Resource
	}
	return ""
}
