package httpproxy

import (
	"net"
	"testing"
)

// TestAddressesOfTheListenerAreKnown goes through listeners that tests cannot open
// everywhere: on a network, a request by the address it came in on passes, and no
// other name or address does.
func TestAddressesOfTheListenerAreKnown(t *testing.T) {
	for _, c := range []struct {
		local, host string
		known       bool
	}{
		{"192.0.2.7", "192.0.2.7", true},
		{"192.0.2.7", "192.0.2.7:7680", true},
		{"192.0.2.7", "[::ffff:192.0.2.7]:7680", true},
		{"::ffff:192.0.2.7", "192.0.2.7", true},
		{"2001:db8::7", "[2001:db8::7]:7680", true},
		{"2001:db8::7", "[2001:db8:0:0::7]", true},
		{"192.0.2.7", "192.0.2.8", false},
		{"192.0.2.7", "127.0.0.1", false},
		{"192.0.2.7", "[::1]:7680", false},
		{"192.0.2.7", "localhost", false},
		{"192.0.2.7", "app.localhost", false},
		{"192.0.2.7", "rebound.example", false},
		{"192.0.2.7", "", false},
		{"2001:db8::7", "[2001:db8::8]", false},
		{"127.0.0.1", "127.0.0.53", true},
		{"127.0.0.1", "localhost.", true},
		{"127.0.0.1", "192.0.2.7", false},
	} {
		local := &net.TCPAddr{IP: net.ParseIP(c.local), Port: 7680}
		if got := (guard{}).known(c.host, local); got != c.known {
			t.Errorf("listening on %s, Host %q: known is %v", c.local, c.host, got)
		}
	}
}
