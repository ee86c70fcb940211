package e2e

import (
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// TestTheDoctorFindsWhatIsWrong asks while all is well, when the broker of the flags is
// away, and when nothing runs.
func TestTheDoctorFindsWhatIsWrong(t *testing.T) {
	needEngine(t)
	u := startUp(t, t.TempDir())
	doctor := func(more ...string) result {
		t.Helper()
		return program(t, "mcptrail", append([]string{"doctor", "--data", u.data, "--upstreams", u.list()}, more...)...)
	}
	r := doctor()
	if r.status != 0 || !strings.Contains(r.stdout, "[✓] Tables") || !strings.Contains(r.stdout, "Nothing is wrong.") {
		t.Errorf("all is well, and it ends with %d:\n%s%s", r.status, r.stdout, r.stderr)
	}
	levels := map[string]string{}
	for _, f := range lines[struct{ Part, Level, Says, Do string }](t, doctor("--json", "--brokers", "127.0.0.1:1").stdout) {
		levels[f.Part] = f.Level
	}
	if levels["Broker"] != "wrong" || levels["Topics"] != "unknown" || levels["Tables"] != "good" {
		t.Errorf("without its broker: %v", levels)
	}
	full, err := os.OpenFile("/dev/full", os.O_WRONLY, 0)
	if err != nil {
		t.Skipf("SKIPPED: no /dev/full here: %v", err)
	}
	defer full.Close()
	cmd := exec.Command(filepath.Join(bin, "mcptrail"), "doctor", "--data", u.data)
	cmd.Stdout, cmd.Env = full, append(os.Environ(), "HOME="+u.data)
	if _ = cmd.Run(); cmd.ProcessState.ExitCode() != 2 {
		t.Errorf("it could not say anything, and ends with %d", cmd.ProcessState.ExitCode())
	}
	u.kill()
	r = doctor("--brokers", "127.0.0.1:1", "--clickhouse", "127.0.0.1:1", "--json")
	if r.status != 1 || !strings.Contains(r.stdout, `"part":"ClickHouse","level":"wrong"`) {
		t.Errorf("nothing runs, and it ends with %d:\n%s%s", r.status, r.stdout, r.stderr)
	}
	var one struct{ Level string }
	if err := json.Unmarshal([]byte(strings.SplitN(r.stdout, "\n", 2)[0]), &one); err != nil || one.Level == "" {
		t.Errorf("its JSON: %v", err)
	}
}
