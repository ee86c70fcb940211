package rebuild

import (
	"github.com/mcptrail/mcptrail/schema"
	"github.com/mcptrail/mcptrail/schema/jsonrpc"
)

// notified finds the request that a notification refers to, nil for none: by what it
// names, else as the only one of the exchange that carried it.
func (p *pairing) notified(m *message) *round {
	var r *round
	switch m.Method {
	case "notifications/progress":
		r = p.progressing(m)
	case "notifications/cancelled":
		r = p.cancelled(m)
	case "notifications/tasks/status", "notifications/tasks":
		if t := p.tasks.find(m.Direction.Opposite(), m.TaskID); t != nil {
			m.task = t
			return t.op.rounds[0]
		}
		if m.TaskID != "" {
			return nil // a fact until the answer arrives that creates the task
		}
	default:
		r = p.subscribed(m)
	}
	if r == nil && m.Direction == schema.ServerToClient {
		r = p.exchanges.sole(m.Exchange)
	}
	return r
}

// progressing finds a request by its progress token, first within the exchange: clients
// choose tokens, and two that share a session may choose the same.
func (p *pairing) progressing(m *message) *round {
	from := m.Direction.Opposite()
	if r := p.byToken[tokenKey{from, m.Exchange, m.ProgressToken}]; r != nil {
		return r
	}
	return p.byToken[tokenKey{from, 0, m.ProgressToken}]
}

// cancelled returns the request that a cancellation names, which it ends unless that was
// answered before.
func (p *pairing) cancelled(m *message) *round {
	envelope, err := jsonrpc.Scan(m.Payload)
	r := p.byID[idKey{m.Direction, envelope.CancelledID}]
	if err != nil {
		r = p.asked(m.RequestSeq) // no body was stored, the collector had read it
	}
	if r == nil {
		return nil
	}
	// The newest request of that id need not be the open one; pairs knows which is.
	if request, open := p.pairs.Cancel(m.Direction, r.id); open {
		r = p.rounds[request.Seq]
		m.ends, m.outcome = []*round{r}, schema.OutcomeCancelled
	}
	return r
}

// subscribed returns the subscription that a notification names by the id of its
// request. A key's value has lost the type of that id.
func (p *pairing) subscribed(m *message) *round {
	for _, k := range m.Keys {
		if k.Name != "io.modelcontextprotocol/subscriptionId" {
			continue
		}
		// 1 and "1" are two ids in JSON-RPC; which it was is tried both ways.
		for _, kind := range []string{"n:", "s:"} {
			r := p.byID[idKey{m.Direction.Opposite(), kind + k.Value}]
			if r != nil && r.op.method == "subscriptions/listen" {
				return r
			}
		}
	}
	return nil
}
