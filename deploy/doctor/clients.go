//go:build unix

package doctor

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"os/exec"
	"slices"
	"strings"
	"time"

	"github.com/mcptrail/mcptrail/collector/clientconfig"
	"github.com/mcptrail/mcptrail/collector/upstreams"
	"github.com/mcptrail/mcptrail/collector/wrap"
)

func (c *Config) clients(ctx context.Context) (found []Finding) {
	remote := false
	for _, client := range clientconfig.Clients {
		for _, file := range slices.Compact(c.Machine.Files(client)) {
			change, err := wrap.Editor{List: c.Upstreams}.Inspect(ctx, file)
			if errors.Is(err, fs.ErrNotExist) || errors.Is(err, clientconfig.ErrNone) {
				continue
			}
			if err != nil {
				found = append(found, notice("mend the file, then mcptrail-collector wrap "+file, "%s: %s", client.Title, wrap.Printable(err.Error())))
				continue
			}
			findings, calls := c.client(client, change)
			found, remote = append(found, findings...), remote || calls
		}
	}
	if len(found) == 0 {
		found = []Finding{notice("mcptrail-collector wrap FILE, for a client that is not known", "no MCP client's configuration was found")}
	}
	if remote {
		found = append(found, c.reached()...)
	}
	return found
}

// client tells of one file, and whether remote servers of it are called at the
// collector.
func (c *Config) client(client clientconfig.Client, change wrap.Change) (found []Finding, remote bool) {
	var bare, odd []string
	recorded := 0
	for _, s := range change.Servers {
		name := wrap.Printable(s.Name)
		switch {
		case s.Stray:
			found = append(found, wrong("put its address back from "+change.File+wrap.BackupSuffix, "%s: %s: %s", client.Title, name, s.Why))
		case s.Wrapped && s.Collector == "":
			remote = true
			recorded++
		case s.Wrapped || s.Server.State == clientconfig.ByHand:
			recorded++
			if _, err := exec.LookPath(s.Collector); err != nil {
				found = append(found, wrong(fmt.Sprintf("mcptrail-collector unwrap %[1]s && mcptrail-collector wrap %[1]s", change.File),
					"%s: %s cannot start, its collector is not at %s any more", client.Title, name, wrap.Printable(s.Collector)))
			}
		case s.Server.State == clientconfig.Odd:
			odd = append(odd, name)
		default:
			bare = append(bare, name)
		}
	}
	says := fmt.Sprintf("%s: %d of %d servers recorded (%s)", client.Title, recorded, len(change.Servers), change.File)
	if len(odd) > 0 {
		found = append([]Finding{notice("mcptrail-collector wrap --list says why", "%s: cannot be wrapped: %s", client.Title, strings.Join(odd, ", "))}, found...)
	}
	if len(bare) > 0 {
		return append([]Finding{notice("mcptrail-collector wrap --client "+client.Name, "%s; not: %s", says, strings.Join(bare, ", "))}, found...), remote
	}
	return append([]Finding{good("%s", says)}, found...), remote
}

// reached tries the address that clients were told for remote servers.
func (c *Config) reached() []Finding {
	list, _, err := upstreams.Load(c.Upstreams)
	if err != nil {
		return []Finding{wrong("mend the file, or unwrap and wrap the clients again", "%v", err)}
	}
	conn, err := net.DialTimeout("tcp", list.Listen, time.Second)
	if err != nil {
		return []Finding{wrong("start mcptrail up, or mcptrail-collector http", "remote servers are called at %s, where nothing answers", list.Listen)}
	}
	conn.Close()
	return []Finding{good("remote servers are called at %s, where a collector listens (%d)", list.Listen, len(list.Upstreams))}
}
