package ddl

import (
	"bytes"
	"embed"
	"fmt"
	"io/fs"
	"regexp"
	"strings"
	"text/template"
)

// Layout says where the tables are made.
type Layout struct {
	// Database that holds them; made if it does not exist.
	Database string
	// Cluster is the name of a cluster in the servers' remote_servers: tables are
	// then sharded by session, replicated, and made on all of its nodes. Empty
	// makes plain tables on the one server.
	Cluster string
}

// plainName has no backtick, quote or backslash: names go into statements as text, since DDL
// takes no parameters.
var plainName = regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_-]{0,63}$`)

// Validate refuses names that would need quoting somewhere on their way.
func (l Layout) Validate() error {
	if !plainName.MatchString(l.Database) {
		return fmt.Errorf("database name %q: letters, digits, _ and - only, at most 64", l.Database)
	}
	if l.Cluster != "" && !plainName.MatchString(l.Cluster) {
		return fmt.Errorf("cluster name %q: letters, digits, _ and - only, at most 64", l.Cluster)
	}
	return nil
}

//go:embed migrations/*.sql
var sources embed.FS

// step is one migration: a file of statements, rendered for a layout.
type step struct {
	version    int64
	name       string
	statements []string
}

// steps renders every migration, in order.
// Their names begin with a version of four digits, so the order of names that the embedded
// file system gives is the order of versions.
func (l Layout) steps() ([]step, error) {
	if err := l.Validate(); err != nil {
		return nil, err
	}
	names, err := fs.Glob(sources, "migrations/*.sql")
	if err != nil {
		return nil, err
	}
	var steps []step
	for _, path := range names {
		s := step{name: strings.TrimPrefix(path, "migrations/")}
		if _, err := fmt.Sscanf(s.name, "%d_", &s.version); err != nil {
			return nil, fmt.Errorf("reading the version of %s: %w", path, err)
		}
		t, err := template.New(s.name).Funcs(l.words()).ParseFS(sources, path)
		if err != nil {
			return nil, fmt.Errorf("parsing %s: %w", path, err)
		}
		var text bytes.Buffer
		if err := t.Execute(&text, l); err != nil {
			return nil, fmt.Errorf("rendering %s: %w", path, err)
		}
		// So no line within a statement, not even one of a comment, may end with a semicolon.
		for _, statement := range strings.Split(text.String(), ";\n") {
			if statement = strings.TrimSpace(statement); statement != "" {
				s.statements = append(s.statements, statement)
			}
		}
		steps = append(steps, s)
	}
	return steps, nil
}

// words are what the two variants say differently.
func (l Layout) words() template.FuncMap {
	in := func(name string) string { return "`" + l.Database + "`." + name }
	local, onCluster := "", ""
	if l.Cluster != "" {
		local, onCluster = "_local", " ON CLUSTER `"+l.Cluster+"`"
	}
	return template.FuncMap{
		// table is the name after CREATE TABLE, view the one after CREATE VIEW.
		"table": func(name string) string { return in(name+local) + onCluster },
		"view":  func(name string) string { return in(name) + onCluster },
		// local is the table that holds rows on this node, from what readers read.
		"local": func(name string) string { return in(name + local) },
		"from":  in,
		// everywhere is all rows of all replicas: repeats, but nothing that lags.
		"everywhere": func(name string) string {
			if l.Cluster == "" {
				return in(name)
			}
			return fmt.Sprintf("clusterAllReplicas(`%s`, `%s`, %s_local)", l.Cluster, l.Database, name)
		},
		"engine": func(name string) string {
			if l.Cluster == "" {
				return name
			}
			return "Replicated" + name
		},
		// dedup is how many inserted blocks a table remembers the tokens of. A replicated
		// table drops those that are older than a week as well.
		"dedup": func() string {
			if l.Cluster == "" {
				return "non_replicated_deduplication_window = 10000"
			}
			return "replicated_deduplication_window = 10000, replicated_deduplication_window_seconds = 604800"
		},
		// distributed is the table that readers and ingest name on a cluster: it holds
		// nothing, and sends each row to the shard that key chooses.
		"distributed": func(name, key string) string {
			if l.Cluster == "" {
				return ""
			}
			return fmt.Sprintf("CREATE TABLE IF NOT EXISTS %s%s AS %s\nENGINE = Distributed(`%s`, `%s`, %s_local, %s);",
				in(name), onCluster, in(name+local), l.Cluster, l.Database, name, key)
		},
	}
}
