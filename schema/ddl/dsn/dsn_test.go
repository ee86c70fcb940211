package dsn

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/ClickHouse/clickhouse-go/v2"
)

func TestFlagsAddToTheAddress(t *testing.T) {
	secret := filepath.Join(t.TempDir(), "password")
	if err := os.WriteFile(secret, []byte("hunter2\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	opts, err := Flags{ClickHouse: "clickhouse://u:p@h:9440/elsewhere?secure=true", Database: "mcptrail", PasswordFile: secret}.Options()
	if err != nil {
		t.Fatal(err)
	}
	if a := opts.Auth; a.Username != "u" || a.Password != "hunter2" || a.Database != "mcptrail" || opts.TLS == nil || opts.Addr[0] != "h:9440" {
		t.Errorf("got %+v, TLS %v, %v", a, opts.TLS != nil, opts.Addr)
	}
	if opts, err = (Flags{ClickHouse: "a:9000,b:9000", User: "u", Password: "p", TLS: true}).Options(); err != nil || len(opts.Addr) != 2 || opts.TLS == nil {
		t.Errorf("got %+v, %v", opts, err)
	}
}

func TestAWrongAddressIsNamedWithoutItsPassword(t *testing.T) {
	for _, address := range []string{"", "host", "clickhouse://u:hunter2@[::1", "https://u:hunter2@h:8443", "clickhouse://u:hunter2@h:9000?dial_timeout=hunter2"} {
		if _, err := (Flags{ClickHouse: address}).Options(); err == nil || strings.Contains(err.Error(), "hunter2") {
			t.Errorf("%q gives %v", address, err)
		}
	}
	if _, err := (Flags{ClickHouse: "h:9000", PasswordFile: "/does/not/exist"}).Options(); err == nil {
		t.Error("a missing password file is no error")
	}
}

func TestOnlyWhatCrossesANetworkIsCompressed(t *testing.T) {
	for address, want := range map[string]clickhouse.CompressionMethod{
		"127.0.0.1:9000": clickhouse.CompressionNone,
		"localhost:9000": clickhouse.CompressionNone,
		"[::1]:9000":     clickhouse.CompressionNone,
		"clickhouse://127.0.0.1:9000/?compress=lz4": clickhouse.CompressionLZ4,
		"db:9000":                      clickhouse.CompressionLZ4,
		"127.0.0.1:9000,10.1.1.1:9000": clickhouse.CompressionLZ4,
		"clickhouse://u:p@10.1.1.1:9000/?compress=none": clickhouse.CompressionNone,
	} {
		opts, err := Flags{ClickHouse: address}.Options()
		if err != nil {
			t.Fatal(err)
		}
		got := clickhouse.CompressionNone
		if opts.Compression != nil {
			got = opts.Compression.Method
		}
		if got != want {
			t.Errorf("%s: compression %v, want %v", address, got, want)
		}
	}
}
