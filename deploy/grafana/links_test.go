package grafana

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"github.com/grafana/grafana-plugin-sdk-go/data"
)

// followed is how many rows of a frame have their links followed; all have some.
const followed = 4

// leads fails unless every row of a table, and every line of a graph, has a link into
// the web UI that leads to a session, or to a list with one.
func leads(t *testing.T, what string, s *stack, frames data.Frames) {
	t.Helper()
	for _, frame := range frames {
		if kind := frame.Meta.Type; kind == data.FrameTypeTimeSeriesWide || kind == data.FrameTypeNumericWide {
			for _, field := range frame.Fields {
				if field.Type() == data.FieldTypeNullableFloat64 {
					leadsOn(t, what+", "+field.Config.DisplayNameFromDS, s, data.NewFrame("", field), 0)
				}
			}
			continue
		}
		for row := range min(frame.Rows(), followed) {
			leadsOn(t, fmt.Sprintf("%s, row %d", what, row), s, frame, row)
		}
	}
}

func leadsOn(t *testing.T, what string, s *stack, frame *data.Frame, row int) {
	t.Helper()
	seen, arrived := 0, false
	for _, field := range frame.Fields {
		if field.Config == nil {
			continue
		}
		for _, link := range field.Config.Links {
			if link.Internal == nil {
				seen++
				arrived = arrives(t, what, s, click(t, frame, field, row, link.URL)) || arrived
			}
		}
	}
	if !arrived {
		t.Errorf("%s: %d links, none of which leads to a session", what, seen)
	}
}

var inLink = regexp.MustCompile(`\$\{__(value\.raw|data\.fields\.(\w+)):?([a-z]*)\}`)

// click puts the values of a row into the address of a link, as Grafana does.
func click(t *testing.T, frame *data.Frame, on *data.Field, row int, address string) string {
	t.Helper()
	address = inLink.ReplaceAllStringFunc(address, func(text string) string {
		name, field := inLink.FindStringSubmatch(text), on
		if name[2] != "" {
			if field, _ = frame.FieldByName(name[2]); field == nil {
				t.Fatalf("a link takes %s, which is no field", name[2])
			}
		}
		value := fmt.Sprint(field.At(row))
		if name[3] == "percentencode" {
			value = url.QueryEscape(value)
		}
		return value
	})
	if strings.Contains(address, "${") {
		t.Errorf("%s has what this test does not know", address)
	}
	return address
}

// arrives reports whether a session is where an address of the web UI leads, by what
// the page asks the service. What the service refuses is a fault.
func arrives(t *testing.T, what string, s *stack, address string) bool {
	t.Helper()
	path, found := strings.CutPrefix(address, "https://trail.example/")
	if !found {
		t.Errorf("%s: %s is not in the web UI", what, address)
		return false
	}
	at, err := url.Parse(path)
	if err != nil {
		t.Errorf("%s: %v", what, err)
		return false
	}
	chosen := at.Query()
	for name, values := range chosen {
		if len(values) == 1 && values[0] == "" { // the page leaves it out too
			chosen.Del(name)
		}
	}
	ask, listed := "/api/v1/"+at.Path, at.Path == "sessions"
	switch {
	case listed:
		chosen.Set("limit", "1")
	case at.Path == "servers":
		ask = "/api/v1/definition-history"
	default:
		chosen = nil // of the page alone
	}
	response, err := http.Get(s.url + ask + "?" + chosen.Encode())
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	if err != nil || response.StatusCode != http.StatusOK {
		t.Errorf("%s: %s: %d %.300s %v", what, address, response.StatusCode, body, err)
	}
	var page struct{ Items []json.RawMessage }
	if err := json.Unmarshal(body, &page); err != nil {
		t.Errorf("%s: %v", what, err)
	}
	return strings.HasPrefix(at.Path, "sessions") && (!listed || len(page.Items) > 0)
}
