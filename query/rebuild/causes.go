package rebuild

import "github.com/mcptrail/mcptrail/schema"

// cause finds the operation for which something is requested, nil where that is not
// certain, and the task that the request polls, nil for none.
func (p *pairing) cause(m *message) (*operation, *task) {
	if t := p.tasks.find(m.Direction, m.TaskID); t != nil && isTask(m.Method) {
		return t.op, t
	}
	if m.Direction != schema.ServerToClient || m.Method == "ping" {
		return nil, nil
	}
	if t := p.tasks.find(schema.ClientToServer, m.TaskID); t != nil {
		return t.op, nil
	}
	// Over HTTP a request of the server travels in the stream of the request that caused it.
	if m.Exchange != 0 {
		if r := p.exchanges.sole(m.Exchange); r != nil {
			return r.op, nil
		}
		return nil, nil
	}
	// On the server's own stream (GET) nothing says what caused a request.
	if m.Transport != schema.TransportStdio {
		return nil, nil
	}
	return p.waiting(), nil
}

// waiting is the one operation of the client that waits for an answer, nil where there
// are more or none. What the client cancelled causes nothing.
func (p *pairing) waiting() (one *operation) {
	for _, request := range p.pairs.Open() {
		if request.Direction != schema.ClientToServer || request.Cancelled {
			continue
		}
		if one != nil {
			return nil
		}
		one = p.rounds[request.Seq].op
	}
	return one
}
