package plugin

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"net/url"
	"time"

	"github.com/grafana/grafana-plugin-sdk-go/backend"

	"github.com/mcptrail/mcptrail/grafana-plugin/pkg/api"
)

// CallResource answers `values?dimension=…&from=…&to=…&contains=…`, which template
// variables and ad-hoc filters ask. Without a range it is the last 30 days.
func (d *Datasource) CallResource(ctx context.Context, request *backend.CallResourceRequest, sender backend.CallResourceResponseSender) error {
	if request.Path != "values" || request.Method != http.MethodGet {
		return send(sender, http.StatusNotFound, problem{"There is no such resource. There is GET values."})
	}
	address, err := url.Parse(request.URL)
	if err != nil {
		return send(sender, http.StatusBadRequest, problem{"The address cannot be read."})
	}
	client, err := d.as(request.PluginContext)
	if err != nil {
		return send(sender, http.StatusBadRequest, problem{err.Error()})
	}
	in := address.Query()
	params := api.ValuesParams{Dimension: in.Get("dimension"), Contains: in.Get("contains"), From: time.Now().AddDate(0, 0, -30),
		Client: in["client"], Server: in["server"], Principal: in["principal"], Tool: in["tool"], Method: in["method"]}
	for name, to := range map[string]*time.Time{"from": &params.From, "to": &params.To} {
		if text := in.Get(name); text != "" {
			if *to, err = time.Parse(time.RFC3339Nano, text); err != nil {
				return send(sender, http.StatusBadRequest, problem{"`" + name + "` is no time."})
			}
		}
	}
	found, err := client.Values(ctx, params)
	if err != nil {
		status := http.StatusBadGateway
		if refusal, ok := errors.AsType[*api.Error](err); ok && refusal.Status != 0 {
			status = refusal.Status
		}
		return send(sender, status, problem{err.Error()})
	}
	return send(sender, http.StatusOK, found)
}

// problem is an error as Grafana shows it.
type problem struct {
	Message string `json:"message"`
}

func send(sender backend.CallResourceResponseSender, status int, v any) error {
	body, err := json.Marshal(v)
	if err != nil {
		return err
	}
	return sender.Send(&backend.CallResourceResponse{Status: status, Headers: map[string][]string{"Content-Type": {"application/json"}}, Body: body})
}
