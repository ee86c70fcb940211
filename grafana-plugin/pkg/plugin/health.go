package plugin

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/grafana/grafana-plugin-sdk-go/backend"

	"github.com/mcptrail/mcptrail/grafana-plugin/pkg/api"
)

// CheckHealth says whether the settings lead to a query service that can read its
// record, and if not, what to do.
func (d *Datasource) CheckHealth(ctx context.Context, request *backend.CheckHealthRequest) (*backend.CheckHealthResult, error) {
	client, err := d.as(request.PluginContext)
	if err != nil {
		return unwell(err.Error()), nil
	}
	ctx, cancel := context.WithTimeout(ctx, 20*time.Second)
	defer cancel()
	h, err := client.Health(ctx, api.HealthParams{})
	if problem, ok := errors.AsType[*api.Error](err); ok && problem.Status == 503 {
		return unwell("The query service answers, but its database does not. Its log has the cause."), nil
	}
	if err != nil {
		return unwell(err.Error()), nil
	}
	if h.Status == "" {
		return unwell(fmt.Sprintf("%s answers, but not as a query service does. Correct the URL.", client.Base())), nil
	}
	if h.Status != "ok" {
		return unwell(h.Reason), nil
	}
	// The health of a service may be open to all while its record is not.
	if _, err := client.Sessions(ctx, api.SessionsParams{Limit: 1}); err != nil {
		return unwell(err.Error()), nil
	}
	message := fmt.Sprintf("Connected. ClickHouse %s holds no event yet: record something.", h.Engine)
	if h.Stored != nil {
		message = fmt.Sprintf("Connected. ClickHouse %s, the newest events were stored %s.", h.Engine, h.Stored.UTC().Format("2006-01-02 15:04:05 UTC"))
	}
	details, err := json.Marshal(h)
	return &backend.CheckHealthResult{Status: backend.HealthStatusOk, Message: message, JSONDetails: details}, err
}

func unwell(message string) *backend.CheckHealthResult {
	return &backend.CheckHealthResult{Status: backend.HealthStatusError, Message: message}
}
