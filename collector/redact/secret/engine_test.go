package secret_test

import (
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/mcptrail/mcptrail/collector/redact/secret"
)

func engine(t testing.TB) *secret.Engine {
	t.Helper()
	e, err := secret.New(secret.NewNames(nil, nil), nil, nil)
	if err != nil {
		t.Fatal(err)
	}
	return e
}

// covered returns text with everything found replaced by one sign.
func covered(e *secret.Engine, text string) string {
	b := []byte(text)
	spans, _ := e.Find(nil, []byte(text), &secret.Budget{Steps: 1 << 24})
	for _, s := range spans {
		for i := s.From; i < s.To; i++ {
			b[i] = '#'
		}
	}
	return string(b)
}

// TestNamesSayWhatTheirValuesAre has one row for each way to write an assignment. The
// part between « and » must go, all else must stay; a row without them stays.
func TestNamesSayWhatTheirValuesAre(t *testing.T) {
	e := engine(t)
	for _, row := range []string{
		`{"password":"«hunter2»"}`, `{\"password\": \"«hunter2»\"}`, `{"secret":"«s3cr»","id":7}`, `{'api_key': '«abc12345»'}`,
		`DB_PASSWORD=«hunter2»`, `export API_TOKEN=«abcdef123456»`, "password: «hunter2»\nuser: joe", `spring.datasource.password=«s3cret!»`,
		`<password>«hunter2»</password>`, `--password «hunter2» --verbose`, `--api-token=«abc123def456»`, `?token=«abc123def»&page=2`,
		`Server=db;User Id=sa;Password=«P@ssw0rd1»;Encrypt=true`, `Authorization: «Bearer abc123def456ghi»`, `Authorization: «token abc123def456»`,
		`Your API key is «sk12345abcdef9» now`, `password := "«hunter2»"`, `os.environ["DB_PASSWORD"] = "«hunter2»"`, `"x-api-key": "«abcdef123456»"`,
		`curl -u joe:«s3cr3tpw» https://x`, `Basic «am9lOmh1bnRlcjI=»`, `https://joe:«hunter2»@example.com/x`, `redis://:«p4ssw0rd»@cache:6379`,
		// What programs and pages hold.
		`password: string;`, `token = getToken()`, `const token = await auth.token()`, `apiKey: process.env.API_KEY`, `token: config.token,`,
		`"token_type": "Bearer"`, `max_tokens: 4096`, `"nextPageToken": "abc123def456"`, `secret: ${DB_SECRET}`, `password=<your-password>`,
		`if password == "x1y2z3"`, `tokenizer: "gpt2"`, `the token was refreshed`, `Bearer authentication`, `Basic usage`, `http://localhost:8080/a@b`,
		`https://example.com/@scope/pkg@1.0.0`, `password: "********"`, `type: "password", name: "password"`, `publicKey: "abc123def456"`, `keyboard = "qwerty1"`,
		`commit 9f86d081884c7d659a2feaa0c55ad015a3bf4f1b`, `id: 123e4567-e89b-42d3-a456-426614174000`, `sha512-z4PhNX7vuL3xVChQ1m2AB9Yg5AULVxXcg/SpIdNs6c5H0NE8XYXysP+DGNKHfuwvY7kxvUdBeoGlODJ6+SfaPg==`,
	} {
		text := strings.NewReplacer("«", "", "»", "").Replace(row)
		want := text
		if before, rest, ok := strings.Cut(row, "«"); ok {
			inner, after, _ := strings.Cut(rest, "»")
			want = before + strings.Repeat("#", len(inner)) + after
		}
		if got := covered(e, text); got != want {
			t.Errorf("\n of  %s\n got %s\nwant %s", text, got, want)
		}
	}
}

// TestEveryRuleFindsAnExampleOfItself makes a text of each built-in pattern.
func TestEveryRuleFindsAnExampleOfItself(t *testing.T) {
	e := engine(t)
	random := rand.New(rand.NewPCG(3, 4))
	for _, r := range secret.Issued() {
		for _, example := range secret.Instances(r, random) {
			if got := covered(e, "x "+example+" y"); got != "x "+strings.Repeat("#", len(example))+" y" {
				t.Errorf("%s: %s in %q", r.Name, got, example)
			}
		}
	}
}

func TestMarksAreLeftAlone(t *testing.T) {
	e := engine(t)
	mark := secret.Mark("url-credentials", "0123456789abcdef")
	for _, text := range []string{mark, "password=" + mark, "password: " + mark, `"token":"` + mark + `"`, "https://u:" + mark + "@h", "Authorization: Bearer " + mark,
		"--token " + mark, mark + mark, "<password>" + mark + "</password>", "Cookie: " + mark} {
		if got := covered(e, text); got != text {
			t.Errorf("%s\n%s", text, got)
		}
	}
	for _, text := range []string{"password=" + mark + "hunter2", "password=[mcptrail:x:zz]hunter2"} {
		if got := covered(e, text); !strings.Contains(got, "#") {
			t.Errorf("%s stays", text)
		}
	}
}

func TestPatternsThatCannotWorkAreRefused(t *testing.T) {
	for pattern, before := range map[string]string{"": "", "a": "", "[a-z]{3}": "", "ab[": "", "ab[z-a]": "", "ab[a]{3,2}": "", "ab(c": "", `ab\`: "", "ab[a]{x}": "", "abc": "[a]b", "ab+c|d": ""} {
		if err := (secret.Rule{Name: "x", Before: before, Pattern: pattern}).Check(); err == nil {
			t.Errorf("%q before %q is taken", pattern, before)
		}
	}
}

func BenchmarkFindInSource(b *testing.B) {
	e := engine(b)
	text := []byte(strings.Repeat("func (s *session) expire(now time.Time) { if s.token != nil && s.last.Before(now) { return errors.New(\"no key\") } }\n", 4096))
	b.SetBytes(int64(len(text)))
	for b.Loop() {
		e.Find(nil, text, &secret.Budget{Steps: 1 << 30})
	}
}

func FuzzFind(f *testing.F) {
	e := engine(f)
	f.Add([]byte("password=hunter2 %41 \\u0041 cGFzc3dvcmQ9aHVudGVyMiBmb3IgZGI= [mcptrail:x:0123456789abcdef]"))
	f.Fuzz(func(t *testing.T, text []byte) {
		spans, _ := e.Find(nil, text, &secret.Budget{Steps: 1 << 20})
		for _, s := range spans {
			if s.From < 0 || s.From >= s.To || s.To > len(text) {
				t.Fatalf("%+v of %d bytes", s, len(text))
			}
		}
	})
}
