// Package plugin answers Grafana's queries from the query service.
//
// The one rule: what a panel shows is what the service said, or a sentence that
// says what was left out or went wrong. Nothing is cut in silence.
package plugin

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"time"

	"github.com/grafana/grafana-plugin-sdk-go/backend"
	"github.com/grafana/grafana-plugin-sdk-go/backend/httpclient"
	"github.com/grafana/grafana-plugin-sdk-go/backend/instancemgmt"
	"github.com/grafana/grafana-plugin-sdk-go/data"

	"github.com/mcptrail/mcptrail/grafana-plugin/pkg/api"
)

// ID of the plugin, as in plugin.json.
const ID = "mcptrail-mcptrail-datasource"

// patience is how long an answer may take; a stream may take for ever. A timeline
// of 100,000 events takes seconds.
const patience = 2 * time.Minute

// settings that the config page stores as JSON.
type settings struct {
	// WebURL is where people's browsers find the timelines; empty is the URL itself.
	WebURL string `json:"webUrl"`
}

// Datasource is one configured data source. Grafana makes a new one when its
// settings change. It may be used by many goroutines.
type Datasource struct {
	// client waits patience long, streams has no limit.
	client, streams *api.Client
	// broken is why there is no client.
	broken error
	web    string
	uid    string
	name   string
}

// New reads the settings. It does not connect. Settings of no use become a data
// source that says so to whoever asks it.
func New(ctx context.Context, s backend.DataSourceInstanceSettings) (instancemgmt.Instance, error) {
	var own settings
	if len(s.JSONData) > 0 {
		if err := json.Unmarshal(s.JSONData, &own); err != nil {
			return &Datasource{broken: errQuery("The data source's settings cannot be read. Save them again.")}, nil
		}
	}
	d := &Datasource{uid: s.UID, name: s.Name, web: strings.TrimSuffix(own.WebURL, "/")}
	options, err := s.HTTPClientOptions(ctx)
	if err != nil {
		return &Datasource{broken: errQuery(fmt.Sprintf("The data source's TLS settings are of no use: %v. Correct them.", err))}, nil
	}
	header := http.Header{}
	if token := s.DecryptedSecureJSONData["token"]; token != "" {
		header.Set("Authorization", "Bearer "+token)
	}
	for limit, client := range map[time.Duration]**api.Client{patience: &d.client, 0: &d.streams} {
		options.Timeouts.Timeout = limit
		web, err := httpclient.New(options)
		if err != nil {
			return &Datasource{broken: errQuery(fmt.Sprintf("The data source's TLS settings are of no use: %v. Correct them.", err))}, nil
		}
		if *client, err = api.New(s.URL, web, header); err != nil {
			return &Datasource{broken: err}, nil
		}
	}
	if d.web == "" {
		d.web = d.client.Base()
	}
	return d, nil
}

// QueryData answers the queries of one panel.
func (d *Datasource) QueryData(ctx context.Context, request *backend.QueryDataRequest) (*backend.QueryDataResponse, error) {
	answer := backend.NewQueryDataResponse()
	for _, q := range request.Queries {
		frames, err := d.answer(ctx, request.PluginContext, q)
		if err != nil {
			answer.Responses[q.RefID] = refuse(err)
			continue
		}
		for _, frame := range frames {
			frame.RefID = q.RefID
		}
		answer.Responses[q.RefID] = backend.DataResponse{Frames: frames, Status: backend.StatusOK}
	}
	return answer, nil
}

// errQuery says that a query makes no sense as it is.
type errQuery string

func (e errQuery) Error() string { return string(e) }

// refuse is an error as the panel shows it.
func refuse(err error) backend.DataResponse {
	status, source := backend.StatusBadGateway, backend.ErrorSourceDownstream
	if mistake, ok := errors.AsType[errQuery](err); ok {
		return backend.ErrDataResponseWithSource(backend.StatusBadRequest, source, mistake.Error())
	}
	if problem, ok := errors.AsType[*api.Error](err); ok && problem.Status != 0 {
		status = backend.Status(problem.Status)
	}
	if errors.Is(err, context.Canceled) {
		return backend.ErrDataResponseWithSource(499, source, "The query was cancelled.")
	}
	return backend.ErrDataResponseWithSource(status, source, err.Error())
}

// answer runs one query. One that is hidden gives nothing and asks nobody.
func (d *Datasource) answer(ctx context.Context, from backend.PluginContext, raw backend.DataQuery) (data.Frames, error) {
	q, err := parse(raw)
	if err != nil || q.Hide {
		return nil, err
	}
	client, err := d.as(from)
	if err != nil {
		return nil, err
	}
	return kinds[q.kind()](ctx, asker{d, client}, q)
}

// as is the client that tells the service who looks.
func (d *Datasource) as(from backend.PluginContext) (*api.Client, error) {
	if d.broken != nil {
		return nil, errQuery(d.broken.Error())
	}
	return d.client.As(viewerHeader, viewer(from)), nil
}

// viewerHeader names the one who looks, for the service's access log.
const viewerHeader = "X-Grafana-User"

// viewer is the name of the one who looks. An alert rule has none.
func viewer(from backend.PluginContext) string {
	if from.User == nil || from.User.Login == "" && from.User.Email == "" {
		return "(no user: alert or public dashboard)"
	}
	name := from.User.Login
	if name == "" {
		name = from.User.Email
	}
	return strings.Map(func(r rune) rune {
		if r < ' ' || r > '~' {
			return '?'
		}
		return r
	}, name)
}

// asker is what the answer to a query needs: the data source and its client.
type asker struct {
	*Datasource
	client *api.Client
}

// kinds are the types of queries, each with its answer.
var kinds = map[string]func(context.Context, asker, *query) (data.Frames, error){
	"metrics":     metrics,
	"sessions":    sessions,
	"trace":       trace,
	"logs":        logs,
	"volume":      volume,
	"nodegraph":   graph,
	"definitions": definitions,
	"annotations": annotations,
}
