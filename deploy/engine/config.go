package engine

import (
	"crypto/rand"
	"crypto/sha256"
	"fmt"
	"os"
	"path/filepath"
	"strings"
)

// configXML is the server configuration. Logging is off: what ClickHouse logs
// about a failed statement contains the values of the statement. The limits of
// merge_tree have to fit the small background pool.
const configXML = `<clickhouse>
    <logger><level>none</level></logger>
    <listen_host>127.0.0.1</listen_host>
    <users_config>users.xml</users_config>
    <max_server_memory_usage_to_ram_ratio>0.5</max_server_memory_usage_to_ram_ratio>
    <mark_cache_size>134217728</mark_cache_size>
    <uncompressed_cache_size>0</uncompressed_cache_size>
    <max_connections>256</max_connections>
    <background_pool_size>4</background_pool_size>
    <background_schedule_pool_size>8</background_schedule_pool_size>
    <merge_tree>
        <number_of_free_entries_in_pool_to_execute_mutation>2</number_of_free_entries_in_pool_to_execute_mutation>
        <number_of_free_entries_in_pool_to_lower_max_size_of_merge>2</number_of_free_entries_in_pool_to_lower_max_size_of_merge>
        <number_of_free_entries_in_pool_to_execute_optimize_entire_partition>2</number_of_free_entries_in_pool_to_execute_optimize_entire_partition>
    </merge_tree>
</clickhouse>
`

// user is whom everybody connects as.
const user = "mcptrail"

// usersXML asks a password although the engine listens on loopback only,
// because other users of the machine and any web page can reach a loopback port.
//
// The engine's own start-up queries run as default, which can have no password
// here. Their session lasts as long as the engine and is the only one that
// default may have, so nobody else can be default.
const usersXML = `<clickhouse>
    <profiles>
        <default><max_memory_usage>2147483648</max_memory_usage></default>
        <start><max_sessions_for_user>1</max_sessions_for_user></start>
    </profiles>
    <users>
        <default>
            <password></password>
            <networks><ip>127.0.0.1</ip></networks>
            <profile>start</profile>
            <grants>
                <query>GRANT SYSTEM LISTEN ON *.*</query>
                <query>GRANT CREATE ARBITRARY TEMPORARY TABLE ON *.*</query>
                <query>GRANT TABLE ENGINE ON File</query>
            </grants>
        </default>
        <` + user + `>
            <password_sha256_hex>%x</password_sha256_hex>
            <networks><ip>127.0.0.1</ip></networks>
            <profile>default</profile>
        </` + user + `>
    </users>
</clickhouse>
`

// writeConfig puts the server's configuration into dir and gives its path and
// the password, which is made at the first start and kept beside it.
func writeConfig(dir string) (config, password string, err error) {
	passwordFile := filepath.Join(dir, "password")
	b, err := os.ReadFile(passwordFile)
	password = strings.TrimSpace(string(b))
	if os.IsNotExist(err) || err == nil && password == "" {
		password = rand.Text()
		err = os.WriteFile(passwordFile, []byte(password+"\n"), 0o600)
	}
	if err != nil {
		return "", "", fmt.Errorf("keeping the engine's password: %w", err)
	}
	config = filepath.Join(dir, "config.xml")
	users := fmt.Sprintf(usersXML, sha256.Sum256([]byte(password)))
	for name, text := range map[string]string{config: configXML, filepath.Join(dir, "users.xml"): users} {
		if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
			return "", "", fmt.Errorf("writing the engine's configuration: %w", err)
		}
	}
	return config, password, nil
}
