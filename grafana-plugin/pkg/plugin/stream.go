package plugin

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"io"
	"strings"
	"time"

	"github.com/grafana/grafana-plugin-sdk-go/backend"
	"github.com/grafana/grafana-plugin-sdk-go/data"

	"github.com/mcptrail/mcptrail/grafana-plugin/pkg/api"
)

// tailPath is how the paths of live tails begin; what follows is one run's own, so
// that nobody gets what another one filters.
const tailPath = "tail/"

// SubscribeStream lets people in who may query the data source.
func (d *Datasource) SubscribeStream(_ context.Context, request *backend.SubscribeStreamRequest) (*backend.SubscribeStreamResponse, error) {
	status := backend.SubscribeStreamStatusOK
	if !strings.HasPrefix(request.Path, tailPath) {
		status = backend.SubscribeStreamStatusNotFound
	}
	return &backend.SubscribeStreamResponse{Status: status}, nil
}

// PublishStream takes nothing.
func (d *Datasource) PublishStream(context.Context, *backend.PublishStreamRequest) (*backend.PublishStreamResponse, error) {
	return &backend.PublishStreamResponse{Status: backend.PublishStreamStatusPermissionDenied}, nil
}

// RunStream sends events as they are stored until nobody watches. A tail that breaks
// off is taken up where it ended.
func (d *Datasource) RunStream(ctx context.Context, request *backend.RunStreamRequest, sender *backend.StreamSender) error {
	q, err := parse(backend.DataQuery{JSON: request.Data, QueryType: "logs"})
	if err != nil {
		return err
	}
	chosen, err := q.chosen()
	if err == nil {
		_, err = d.as(request.PluginContext)
	}
	if err != nil {
		return err
	}
	a := asker{d, d.streams.As(viewerHeader, viewer(request.PluginContext))}
	params := api.TailParams{Session: q.Session, Kind: chosen.kind, Method: chosen.method, Target: append(chosen.target, chosen.tool...), Outcome: chosen.outcome}
	for pause := time.Second; ; pause = min(2*pause, 30*time.Second) {
		err := a.tail(ctx, &params, q, sender)
		if ctx.Err() != nil {
			return nil
		}
		if refusal, ok := errors.AsType[*api.Error](err); ok && refusal.Status >= 400 && refusal.Status < 500 {
			return err
		}
		select {
		case <-ctx.Done():
			return nil
		case <-time.After(pause):
		}
	}
}

// tail reads server-sent events; an id follows the events that lie before it, and
// they are sent as one frame.
func (a asker) tail(ctx context.Context, params *api.TailParams, q *query, sender *backend.StreamSender) error {
	body, err := a.client.Tail(ctx, *params)
	if err != nil {
		return err
	}
	defer body.Close()
	var lines []line
	for reader := bufio.NewReader(body); ; {
		text, err := reader.ReadString('\n')
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		text = strings.TrimRight(text, "\r\n")
		if payload, ok := strings.CutPrefix(text, "data: "); ok {
			var e api.Event
			if err := json.Unmarshal([]byte(payload), &e); err != nil {
				return err
			}
			lines = append(lines, line{Event: e})
		}
		if id, ok := strings.CutPrefix(text, "id: "); ok {
			params.LastEventID = id
		}
		if len(lines) > 0 && (params.LastEventID != "" && strings.HasPrefix(text, "id: ") || len(lines) == pageSize) {
			frame, _ := logFrame(a, lines, q.Bodies)
			if err := sender.SendFrame(frame, data.IncludeAll); err != nil {
				return err
			}
			lines = nil
		}
	}
}
