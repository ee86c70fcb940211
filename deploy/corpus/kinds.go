package corpus

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/base64"
	"encoding/pem"
	mathrand "math/rand/v2"
	"strings"
)

// Kind is one sort of credential as its issuer documents it.
type Kind struct {
	Name string
	// make returns a text as people paste it, and the credential in it.
	make func(*random) (text, secret string)
	// Held kinds are checked by the benchmark only.
	Held bool
}

// random makes the parts of credentials.
type random struct{ *mathrand.Rand }

const (
	digits   = "0123456789"
	upper    = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
	letters  = upper + "abcdefghijklmnopqrstuvwxyz"
	alnum    = letters + digits
	hexes    = "0123456789abcdef"
	urlSafe  = alnum + "-_"
	standard = alnum + "+/"
	base32   = upper + "234567"
)

func (r *random) of(alphabet string, n int) string {
	b := make([]byte, n)
	for i := range b {
		b[i] = alphabet[r.IntN(len(alphabet))]
	}
	return string(b)
}

func (r *random) uuid() string {
	return r.of(hexes, 8) + "-" + r.of(hexes, 4) + "-4" + r.of(hexes, 3) + "-a" + r.of(hexes, 3) + "-" + r.of(hexes, 12)
}

// password as a generator makes one: at least a digit, a capital and a sign.
func (r *random) password() string {
	return r.of(upper, 1) + r.of(alnum, 8) + r.of("!#*_+=~^", 1) + r.of(alnum, 4) + r.of(digits, 1)
}

// bare makes a kind whose text is the credential alone.
func bare(name string, f func(*random) string) Kind {
	return Kind{Name: name, make: func(r *random) (string, string) { s := f(r); return s, s }}
}

// within makes a kind whose credential is known by what stands around it.
func within(name, before, after string, f func(*random) string) Kind {
	return Kind{Name: name, make: func(r *random) (string, string) { s := f(r); return before + s + after, s }}
}

// Kinds returns all kinds; every third is held.
func Kinds() []Kind {
	kinds := append(tokens(), contexts()...)
	for i := range kinds {
		kinds[i].Held = i%3 == 2
	}
	return kinds
}

func tokens() []Kind {
	return []Kind{
		bare("github-classic", func(r *random) string { return "ghp_" + r.of(alnum, 36) }),
		bare("github-fine-grained", func(r *random) string { return "github_pat_" + r.of(alnum, 22) + "_" + r.of(alnum, 59) }),
		bare("github-app", func(r *random) string { return "ghs_" + r.of(alnum, 36) }),
		bare("gitlab-personal", func(r *random) string { return "glpat-" + r.of(urlSafe, 20) }),
		bare("gitlab-runner", func(r *random) string { return "glrt-" + r.of(urlSafe, 20) }),
		bare("aws-access-key-id", func(r *random) string { return "AKIA" + r.of(base32, 16) }),
		bare("aws-session-token", func(r *random) string { return "IQoJb3JpZ2luX2Vj" + r.of(standard, 320) }),
		bare("slack-bot", func(r *random) string {
			return "xoxb-" + r.of(digits, 12) + "-" + r.of(digits, 13) + "-" + r.of(alnum, 24)
		}),
		bare("slack-user", func(r *random) string {
			return "xoxp-" + r.of(digits, 12) + "-" + r.of(digits, 12) + "-" + r.of(digits, 13) + "-" + r.of(hexes, 32)
		}),
		bare("slack-app", func(r *random) string {
			return "xapp-1-A" + r.of(upper+digits, 10) + "-" + r.of(digits, 13) + "-" + r.of(hexes, 64)
		}),
		within("slack-webhook", "https://hooks.slack.com/services/", "", func(r *random) string {
			return "T" + r.of(upper+digits, 10) + "/B" + r.of(upper+digits, 10) + "/" + r.of(alnum, 24)
		}),
		bare("stripe-secret", func(r *random) string { return "sk_live_" + r.of(alnum, 99) }),
		bare("stripe-restricted", func(r *random) string { return "rk_live_" + r.of(alnum, 24) }),
		bare("stripe-webhook", func(r *random) string { return "whsec_" + r.of(alnum, 32) }),
		bare("google-api-key", func(r *random) string { return "AIzaSy" + r.of(urlSafe, 33) }),
		bare("google-client-secret", func(r *random) string { return "GOCSPX-" + r.of(urlSafe, 28) }),
		bare("google-access-token", func(r *random) string { return "ya29.a0" + r.of(urlSafe, 160) }),
		bare("openai-legacy", func(r *random) string { return "sk-" + r.of(alnum, 20) + "T3BlbkFJ" + r.of(alnum, 20) }),
		bare("openai-project", func(r *random) string { return "sk-proj-" + r.of(urlSafe, 74) + "T3BlbkFJ" + r.of(urlSafe, 74) }),
		bare("anthropic", func(r *random) string { return "sk-ant-api03-" + r.of(urlSafe, 93) + "AA" }),
		bare("huggingface", func(r *random) string { return "hf_" + r.of(letters, 34) }),
		bare("npm", func(r *random) string { return "npm_" + r.of(alnum, 36) }),
		bare("pypi", func(r *random) string { return "pypi-AgEIcHlwaS5vcmc" + r.of(urlSafe, 140) }),
		bare("rubygems", func(r *random) string { return "rubygems_" + r.of(hexes, 48) }),
		bare("docker-hub", func(r *random) string { return "dckr_pat_" + r.of(urlSafe, 27) }),
		bare("digitalocean", func(r *random) string { return "dop_v1_" + r.of(hexes, 64) }),
		bare("sendgrid", func(r *random) string { return "SG." + r.of(urlSafe, 22) + "." + r.of(urlSafe, 43) }),
		bare("mailgun", func(r *random) string { return "key-" + r.of(hexes, 32) }),
		bare("mailchimp", func(r *random) string { return r.of(hexes, 32) + "-us" + r.of("123456789", 1) + r.of(digits, 1) }),
		bare("twilio-api-key", func(r *random) string { return "SK" + r.of(hexes, 32) }),
		bare("telegram-bot", func(r *random) string { return r.of("123456789", 10) + ":AA" + r.of(urlSafe, 33) }),
		bare("discord-bot", func(r *random) string {
			id := base64.RawURLEncoding.EncodeToString([]byte(r.of("123456789", 1) + r.of(digits, 17)))
			return id + "." + r.of(urlSafe, 6) + "." + r.of(urlSafe, 38)
		}),
		bare("shopify", func(r *random) string { return "shpat_" + r.of(hexes, 32) }),
		bare("square", func(r *random) string { return "sq0atp-" + r.of(urlSafe, 22) }),
		bare("atlassian", func(r *random) string { return "ATATT3xFfGF0" + r.of(urlSafe, 171) + "=" + r.of("0123456789ABCDEF", 8) }),
		bare("linear", func(r *random) string { return "lin_api_" + r.of(alnum, 40) }),
		bare("notion", func(r *random) string { return "ntn_" + r.of(digits, 11) + r.of(alnum, 35) }),
		bare("figma", func(r *random) string { return "figd_" + r.of(urlSafe, 40) }),
		bare("airtable", func(r *random) string { return "pat" + r.of(alnum, 14) + "." + r.of(hexes, 64) }),
		bare("new-relic-user", func(r *random) string { return "NRAK-" + r.of(upper+digits, 27) }),
		bare("grafana-service", func(r *random) string { return "glsa_" + r.of(alnum, 32) + "_" + r.of(hexes, 8) }),
		bare("vault-service", func(r *random) string { return "hvs." + r.of(urlSafe, 90) }),
		bare("terraform-cloud", func(r *random) string { return r.of(alnum, 14) + ".atlasv1." + r.of(alnum, 67) }),
		bare("doppler", func(r *random) string { return "dp.pt." + r.of(alnum, 43) }),
		bare("databricks", func(r *random) string { return "dapi" + r.of(hexes, 32) + "-2" }),
		bare("fly-io", func(r *random) string { return "fo1_" + r.of(urlSafe, 43) }),
		bare("supabase", func(r *random) string { return "sbp_" + r.of(hexes, 40) }),
		bare("planetscale", func(r *random) string { return "pscale_tkn_" + r.of(urlSafe, 43) }),
		bare("sentry-user", func(r *random) string { return "sntryu_" + r.of(hexes, 64) }),
		bare("postman", func(r *random) string { return "PMAK-" + r.of(hexes, 24) + "-" + r.of(hexes, 34) }),
		bare("nuget", func(r *random) string { return "oy2" + r.of("abcdefghijklmnopqrstuvwxyz"+digits, 43) }),
		bare("crates-io", func(r *random) string { return "cio" + r.of(alnum, 32) }),
		bare("clojars", func(r *random) string { return "CLOJARS_" + r.of("abcdefghijklmnopqrstuvwxyz"+digits, 60) }),
		bare("artifactory", func(r *random) string { return "AKCp" + r.of(alnum, 69) }),
		bare("azure-devops", func(r *random) string { return r.of(alnum, 76) + "AZDO" + r.of(alnum, 4) }),
		bare("azure-client-secret", func(r *random) string { return r.of(alnum, 3) + "8Q~" + r.of(alnum+"_-.~", 34) }),
		bare("age", func(r *random) string { return "AGE-SECRET-KEY-1" + r.of("QPZRY9X8GF2TVDW0S3JN54KHCE6MUA7L", 58) }),
		bare("jwt", func(r *random) string {
			e := base64.RawURLEncoding.EncodeToString
			return e([]byte(`{"alg":"HS256","typ":"JWT"}`)) + "." + e([]byte(`{"sub":"`+r.of(digits, 10)+`","iat":1516239022}`)) + "." + r.of(urlSafe, 43)
		}),
		bare("groq", func(r *random) string { return "gsk_" + r.of(alnum, 52) }),
		bare("replicate", func(r *random) string { return "r8_" + r.of(alnum, 37) }),
		bare("pulumi", func(r *random) string { return "pul-" + r.of(hexes, 40) }),
		bare("dynatrace", func(r *random) string { return "dt0c01." + r.of(base32, 24) + "." + r.of(base32, 64) }),
		bare("brevo", func(r *random) string { return "xkeysib-" + r.of(hexes, 64) + "-" + r.of(alnum, 16) }),
		bare("hubspot", func(r *random) string { return "pat-na1-" + r.uuid() }),
		bare("launchdarkly", func(r *random) string { return "sdk-" + r.uuid() }),
		bare("cloudflare-origin", func(r *random) string { return "v1.0-" + r.of(hexes, 24) + "-" + r.of(hexes, 146) }),
		bare("tailscale", func(r *random) string { return "tskey-auth-k" + r.of(alnum, 11) + "CNTRL-" + r.of(alnum, 32) }),
		{Name: "rsa-private-key", make: func(*random) (string, string) {
			k, err := rsa.GenerateKey(rand.Reader, 1024)
			if err != nil {
				panic(err)
			}
			return block("RSA PRIVATE KEY", x509.MarshalPKCS1PrivateKey(k))
		}},
		{Name: "ec-private-key", make: func(*random) (string, string) {
			k, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
			if err != nil {
				panic(err)
			}
			der, _ := x509.MarshalECPrivateKey(k)
			return block("EC PRIVATE KEY", der)
		}},
		{Name: "openssh-private-key", make: func(r *random) (string, string) {
			return block("OPENSSH PRIVATE KEY", []byte("openssh-key-v1\x00"+r.of(alnum, 380)))
		}},
	}
}

func block(kind string, der []byte) (text, secret string) {
	text = string(pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: der}))
	_, body, _ := strings.Cut(text, "-----\n")
	body, _, _ = strings.Cut(body, "\n-----END")
	return text, body
}

func contexts() []Kind {
	password := (*random).password
	return []Kind{
		within("postgres-url", "postgres://app:", "@db.internal:5432/app?sslmode=require", func(r *random) string { return r.of(alnum, 16) }),
		within("mongodb-url", "mongodb+srv://admin:", "@cluster0.example.mongodb.net/test", func(r *random) string { return r.of(alnum, 14) }),
		within("redis-url", "redis://:", "@cache:6379/0", func(r *random) string { return r.of(alnum, 20) }),
		within("password-variable", "DB_PASSWORD=", "", password),
		within("password-member", `{"password": "`, `"}`, password),
		within("password-setting", "password: ", "", password),
		within("short-password", `{"user":"joe","password":"`, `"}`, func(r *random) string { return r.of("bdfghklmnprst", 6) + r.of(digits, 1) }),
		within("jdbc-url", "jdbc:mysql://db:3306/app?user=app&password=", "&useSSL=true", func(r *random) string { return r.of(alnum, 14) }),
		within("aws-secret-key", "AWS_SECRET_ACCESS_KEY=", "", func(r *random) string { return r.of(standard, 40) }),
		within("aws-credentials-file", "aws_secret_access_key = ", "", func(r *random) string { return r.of(standard, 40) }),
		within("azure-storage", "DefaultEndpointsProtocol=https;AccountName=acct;AccountKey=", ";EndpointSuffix=core.windows.net",
			func(r *random) string { return r.of(standard, 86) + "==" }),
		within("azure-sas", "https://acct.blob.core.windows.net/c/f?sv=2024-11-04&se=2026-12-31&sr=b&sp=r&sig=", "",
			func(r *random) string { return r.of(alnum, 40) + "%3D" }),
		within("datadog", "DD_API_KEY=", "", func(r *random) string { return r.of(hexes, 32) }),
		within("heroku", "HEROKU_API_KEY=", "", (*random).uuid),
		within("cloudflare-token", "CLOUDFLARE_API_TOKEN=", "", func(r *random) string { return r.of(urlSafe, 40) }),
		within("basic-header", "Authorization: Basic ", "", func(r *random) string {
			return base64.StdEncoding.EncodeToString([]byte("joe:" + r.password()))
		}),
		within("bearer-header", "Authorization: Bearer ", "", func(r *random) string { return r.of(alnum, 40) }),
		within("cookie-header", "Cookie: sid=", "", func(r *random) string { return r.of(hexes, 32) }),
		within("session-header", "Mcp-Session-Id: ", "", (*random).uuid),
		within("api-key-header", "X-Api-Key: ", "", func(r *random) string { return r.of(alnum, 32) }),
		within("okta", "Authorization: SSWS ", "", func(r *random) string { return "00" + r.of(urlSafe, 40) }),
		within("npmrc", "//registry.example.com/:_authToken=", "", (*random).uuid),
		within("netrc", "machine api.example.com login joe password ", "", password),
		within("curl-user", "curl -u joe:", " https://api.example.com/v1", func(r *random) string { return r.of(alnum, 14) }),
		within("flag", "deploy --api-token ", " --region eu", func(r *random) string { return r.of(alnum, 32) }),
		within("docker-config", `{"auths":{"https://index.docker.io/v1/":{"auth":"`, `"}}}`, func(r *random) string {
			return base64.StdEncoding.EncodeToString([]byte("joe:" + r.password()))
		}),
		within("client-secret", `client_id=abc&client_secret=`, `&grant_type=client_credentials`, func(r *random) string { return r.of(alnum, 32) }),
		within("xml-password", "<settings><user>joe</user><password>", "</password></settings>", func(r *random) string { return r.of(alnum, 12) + "7" }),
		within("kubernetes-secret", "kind: Secret\ndata:\n  password: ", "\n", func(r *random) string {
			return base64.StdEncoding.EncodeToString([]byte(r.password()))
		}),
		within("sentence", "Your new password is ", ", please change it soon.", func(r *random) string { return r.of(letters, 6) + r.of(digits, 3) + r.of(letters, 3) }),
	}
}
