package identity

import (
	"slices"
	"strings"
)

// headerNames are the headers whose value is a credential, or by which a proxy names the
// person that it signed in. Their canonical names, with the source of each. A signed
// assertion that a proxy renews every few minutes (X-Goog-Iap-Jwt-Assertion,
// X-Amzn-Oidc-Data, Cf-Access-Jwt-Assertion) is none of them: its like in plain text is.
// Neither is Proxy-Authorization, which no upstream gets.
var headerNames = []string{
	"Authorization",        // RFC 9110; first, since who acts is read from it
	"X-Api-Key", "Api-Key", // AWS API Gateway, Anthropic; Azure OpenAI, Pinecone
	"Apikey",                     // Supabase, Kong
	"X-Auth-Token",               // OpenStack Keystone
	"X-Access-Token",             // Shopify's and Atlassian's older APIs
	"Private-Token", "Job-Token", // GitLab's REST API
	"Deploy-Token", "X-Gitlab-Token", // GitLab's registry and webhooks
	"X-Goog-Api-Key",                   // Google Cloud API keys
	"Ocp-Apim-Subscription-Key",        // Azure API Management
	"X-Functions-Key",                  // Azure Functions
	"X-Vault-Token",                    // HashiCorp Vault
	"Dd-Api-Key", "Dd-Application-Key", // Datadog
	"X-Figma-Token", "X-Shopify-Access-Token", // Figma, Shopify Admin
	"Cf-Access-Client-Id", // Cloudflare Access, service tokens
	"Cf-Access-Client-Secret",
	"Cf-Access-Authenticated-User-Email", // Cloudflare Access, people
	"X-Goog-Authenticated-User-Id",       // Google Identity-Aware Proxy
	"X-Goog-Authenticated-User-Email",
	"X-Amzn-Oidc-Identity",     // AWS Application Load Balancer
	"X-Ms-Client-Principal-Id", // Azure App Service
	"X-Ms-Client-Principal-Name",
	"X-Forwarded-User", "X-Forwarded-Email", // oauth2-proxy
	"X-Forwarded-Preferred-Username",
	"X-Auth-Request-User", "X-Auth-Request-Email", // oauth2-proxy behind nginx
	"Remote-User", "X-Remote-User", "Remote-Email", // Authelia, Kubernetes
	"X-Authentik-Username", // authentik
	"X-Webauth-User",       // Grafana's auth proxy
	"Tailscale-User-Login", // Tailscale Serve
	"X-Consumer-Id",        // Kong
}

// queryNames are the parameters of an address whose value is a credential, in lower case
// and without "-", "_" and "."; one that begins with "*" matches the end.
var queryNames = []string{
	"*apikey",               // Exa (exaApiKey), Tavily (tavilyApiKey), Smithery (api_key)
	"*accesstoken", "token", // RFC 6750, section 2.3; legacy servers
	"*authtoken", "*authkey", // ngrok, Tailscale
	"*accesskey", "key", // Google APIs
	"privatetoken",                    // GitLab
	"subscriptionkey",                 // Azure API Management
	"code",                            // Azure Functions
	"*clientsecret", "secret", "auth", // configuration in the address
	"password",
	"sig",           // Azure shared access signatures
	"xamzsignature", // AWS presigned addresses
}

// impersonal are the cookies that name no caller: those of load balancers, of bot
// detection and of statistics. A name that ends in "*" matches the beginning.
var impersonal = []string{
	"AWSALB*", "AWSELB*", // AWS load balancers: another value with each answer
	"ARRAffinity*",                                 // Azure App Service
	"ApplicationGatewayAff*",                       // Azure Application Gateway
	"GCLB",                                         // Google Cloud Load Balancing
	"__cf_bm", "__cflb", "_cfuvid", "cf_clearance", // Cloudflare
	"BIGipServer*", // F5
	"_ga*", "_gid", // Google Analytics
}

// Headers are the canonical names of those that [Present] reads, Authorization first.
func Headers() []string { return append(slices.Clone(headerNames), "Cookie") }

// IsCredential reports whether a header, by its canonical name, is a credential.
func IsCredential(header string) bool { return slices.Contains(headerNames, header) }

// namesKey reports whether a parameter of an address is a credential.
func namesKey(parameter string) bool {
	plain := strings.NewReplacer("-", "", "_", "", ".", "").Replace(strings.ToLower(parameter))
	return slices.ContainsFunc(queryNames, func(name string) bool {
		if end, ok := strings.CutPrefix(name, "*"); ok {
			return strings.HasSuffix(plain, end)
		}
		return plain == name
	})
}

// namesNobody reports whether a cookie names no caller.
func namesNobody(cookie string) bool {
	return slices.ContainsFunc(impersonal, func(name string) bool {
		if begin, ok := strings.CutSuffix(name, "*"); ok {
			return strings.HasPrefix(cookie, begin)
		}
		return cookie == name
	})
}
