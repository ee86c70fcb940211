package grafana

import (
	"context"
	"encoding/json"
	"hash/crc32"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"github.com/grafana/grafana-plugin-sdk-go/backend"
	"github.com/grafana/grafana-plugin-sdk-go/backend/grpcplugin"
	"github.com/grafana/grafana-plugin-sdk-go/genproto/pluginv2"
	"github.com/hashicorp/go-hclog"
	goplugin "github.com/hashicorp/go-plugin"

	"github.com/mcptrail/mcptrail/deploy/testbed"
)

func TestMain(m *testing.M) { testbed.Main(m) }

// grpcLimit is what Grafana takes of one answer.
const grpcLimit = 16 << 20

// host is what Grafana is to its plugins: it started the built executable and talks
// gRPC to it.
type host struct {
	data        grpcplugin.DataClient
	diagnostics grpcplugin.DiagnosticsClient
	resource    grpcplugin.ResourceClient
	stream      grpcplugin.StreamClient
}

// bin holds the programs that build made.
var bin string

// build makes the plugin as `make plugin` does, and the collector.
func build(t *testing.T) {
	t.Helper()
	bin = t.TempDir()
	for name, source := range map[string]string{"gpx_mcptrail": "../../grafana-plugin/pkg", "mcptrail-collector": "../../collector/cmd/mcptrail-collector"} {
		cmd := exec.Command("go", "build", "-o", filepath.Join(bin, name), source)
		cmd.Env = append(os.Environ(), "CGO_ENABLED=0")
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Fatalf("building %s: %v\n%s", name, err, out)
		}
	}
}

func startHost(t *testing.T) *host {
	t.Helper()
	client := goplugin.NewClient(&goplugin.ClientConfig{
		Cmd: exec.Command(filepath.Join(bin, "gpx_mcptrail")),
		HandshakeConfig: goplugin.HandshakeConfig{ProtocolVersion: grpcplugin.ProtocolVersion,
			MagicCookieKey: grpcplugin.MagicCookieKey, MagicCookieValue: grpcplugin.MagicCookieValue},
		VersionedPlugins: map[int]goplugin.PluginSet{grpcplugin.ProtocolVersion: {
			"data": &grpcplugin.DataGRPCPlugin{}, "diagnostics": &grpcplugin.DiagnosticsGRPCPlugin{},
			"resource": &grpcplugin.ResourceGRPCPlugin{}, "stream": &grpcplugin.StreamGRPCPlugin{}}},
		AllowedProtocols: []goplugin.Protocol{goplugin.ProtocolGRPC},
		Logger:           hclog.New(&hclog.LoggerOptions{Output: t.Output(), Level: hclog.Off}),
		SyncStdout:       io.Discard, SyncStderr: io.Discard,
	})
	t.Cleanup(client.Kill)
	rpc, err := client.Client()
	if err != nil {
		t.Fatalf("the handshake with the plugin: %v", err)
	}
	return &host{data: dispense[grpcplugin.DataClient](t, rpc, "data"), diagnostics: dispense[grpcplugin.DiagnosticsClient](t, rpc, "diagnostics"),
		resource: dispense[grpcplugin.ResourceClient](t, rpc, "resource"), stream: dispense[grpcplugin.StreamClient](t, rpc, "stream")}
}

func dispense[T any](t *testing.T, rpc goplugin.ClientProtocol, name string) T {
	t.Helper()
	raw, err := rpc.Dispense(name)
	if err != nil {
		t.Fatalf("the plugin has no %s: %v", name, err)
	}
	return raw.(T)
}

// source is a configured data source, as a viewer uses it.
type source struct {
	url, token string
	// ca is the certificate that signs the service's, in PEM.
	ca   string
	json map[string]any
}

func (s source) context() *pluginv2.PluginContext {
	settings, _ := json.Marshal(s.json)
	secrets := map[string]string{}
	if s.token != "" {
		secrets["token"] = s.token
	}
	if s.ca != "" {
		secrets["tlsCACert"] = s.ca
	}
	return backend.ToProto().PluginContext(backend.PluginContext{PluginID: "mcptrail-mcptrail-datasource",
		User: &backend.User{Login: "ada", Role: "Viewer"},
		DataSourceInstanceSettings: &backend.DataSourceInstanceSettings{ID: int64(crc32.ChecksumIEEE([]byte(s.url + " " + s.token + " " + s.ca))), UID: "trail", Name: "mcptrail", URL: s.url,
			JSONData: settings, DecryptedSecureJSONData: secrets, Updated: time.Unix(0, 0)}})
}

// query asks one query; times are those of the transcripts unless given.
func (h *host) query(ctx context.Context, s source, q map[string]any, in backend.TimeRange) (*backend.QueryDataResponse, int, error) {
	body, err := json.Marshal(q)
	if err != nil {
		return nil, 0, err
	}
	kind, _ := q["queryType"].(string)
	answer, err := h.data.QueryData(ctx, &pluginv2.QueryDataRequest{PluginContext: s.context(), Queries: []*pluginv2.DataQuery{{RefId: "A", QueryType: kind,
		MaxDataPoints: 500, IntervalMS: 60_000, TimeRange: backend.ToProto().TimeRange(in), Json: body}}})
	if err != nil {
		return nil, 0, err
	}
	size := 0
	for _, r := range answer.Responses {
		for _, f := range r.Frames {
			size += len(f)
		}
	}
	response, err := backend.FromProto().QueryDataResponse(answer)
	return response, size, err
}

// frames are those of a query that must be answered.
func (h *host) frames(t *testing.T, s source, q map[string]any) backend.DataResponse {
	t.Helper()
	response, size, err := h.query(t.Context(), s, q, transcriptDay)
	if err != nil {
		t.Fatalf("%v: %v", q, err)
	}
	one := response.Responses["A"]
	if one.Error != nil {
		t.Fatalf("%v: %v", q, one.Error)
	}
	if size > grpcLimit {
		t.Errorf("%v: an answer of %d bytes", q, size)
	}
	return one
}

// health is what "Save & test" shows.
func (h *host) health(t *testing.T, s source) *backend.CheckHealthResult {
	t.Helper()
	answer, err := h.diagnostics.CheckHealth(t.Context(), &pluginv2.CheckHealthRequest{PluginContext: s.context()})
	if err != nil {
		t.Fatal(err)
	}
	return backend.FromProto().CheckHealthResponse(answer)
}

// resource calls the plugin's own API.
func (h *host) call(t *testing.T, s source, path string) (int, string) {
	t.Helper()
	stream, err := h.resource.CallResource(t.Context(), &pluginv2.CallResourceRequest{PluginContext: s.context(), Path: "values", Method: http.MethodGet, Url: path})
	if err != nil {
		t.Fatal(err)
	}
	answer, err := stream.Recv()
	if err != nil {
		t.Fatal(err)
	}
	return int(answer.Code), string(answer.Body)
}
