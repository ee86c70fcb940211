package grafana

import (
	"encoding/json"
	"fmt"
	"html"
	"io"
	"net/http"
	"net/url"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/grafana/grafana-plugin-sdk-go/data"
)

// followed is how many rows or lines of a frame have their links followed; all have some.
const followed = 3

// leads fails unless every row of a table, and every line of a graph, has a link into
// the web UI that leads to a session, or to a list with one.
func leads(t *testing.T, what string, s *stack, frames data.Frames) {
	t.Helper()
	for _, frame := range frames {
		if kind := frame.Meta.Type; kind == data.FrameTypeTimeSeriesWide || kind == data.FrameTypeNumericWide {
			for i, field := range frame.Fields {
				switch line := field.Config != nil && field.Type() == data.FieldTypeNullableFloat64; {
				case line && i <= followed:
					leadsOn(t, what+", "+field.Config.DisplayNameFromDS, s, data.NewFrame("", field), 0)
				case line && len(field.Config.Links) == 0:
					t.Errorf("%s: line %d has no link", what, i)
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
	links, arrived := 0, false
	for _, field := range frame.Fields {
		if field.Config == nil {
			continue
		}
		for _, link := range field.Config.Links {
			if link.Internal == nil {
				links++
				arrived = arrives(t, what, s, click(t, frame, field, row, link.URL)) || arrived
			}
		}
	}
	if !arrived {
		t.Errorf("%s: %d links, none of which leads to a session", what, links)
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

var parameter = regexp.MustCompile(`(?:\(raw, |list\()'(\w+)'`)

// read are the words that a page of the web UI reads in its address.
func read(t *testing.T, page string) (names []string) {
	t.Helper()
	text, err := os.ReadFile("../../query/web/src/" + page + "/search.ts")
	if err != nil {
		t.Fatal(err)
	}
	for _, found := range parameter.FindAllStringSubmatch(string(text), -1) {
		names = append(names, found[1])
	}
	return names
}

// anchors follows the links in the texts of annotations.
func anchors(t *testing.T, what string, s *stack, frames data.Frames) {
	t.Helper()
	text := need(t, frames[0], "text", data.FieldTypeString)
	for row := range min(text.Len(), followed) {
		_, rest, _ := strings.Cut(text.At(row).(string), `href="`)
		address, _, _ := strings.Cut(rest, `"`)
		if address = html.UnescapeString(address); !arrives(t, what, s, address) && !strings.Contains(address, "/servers?") {
			t.Errorf("%s: %q leads to no session or server", what, text.At(row))
		}
	}
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
	page, _, _ := strings.Cut(at.Path, "/")
	if at.Path != page {
		page = "timeline"
	}
	for name := range chosen {
		if !slices.Contains(read(t, page), name) {
			t.Errorf("%s: %s has %q, which the page does not know", what, address, name)
		}
	}
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
	ask += "?" + chosen.Encode()
	sessions, asked := s.led[ask]
	if !asked {
		sessions = items(t, what, s.url+ask)
		s.led[ask] = sessions
	}
	return strings.HasPrefix(at.Path, "sessions") && (!listed || sessions > 0)
}

// items is how many an answer lists.
func items(t *testing.T, what, address string) int {
	t.Helper()
	response, err := http.Get(address)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	if err != nil || response.StatusCode != http.StatusOK {
		t.Errorf("%s: %s: %d %.300s %v", what, address, response.StatusCode, body, err)
	}
	var list struct{ Items []json.RawMessage }
	if err := json.Unmarshal(body, &list); err != nil {
		t.Errorf("%s: %v", what, err)
	}
	return len(list.Items)
}
