package httpapi

import (
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/json"
	"fmt"
	"net"
	"net/http"
	"strings"
	"sync"
	"time"
)

// Local lets one user of this machine in and nobody else: the programs of that user
// through a unix socket, their browser by a link that works once, and what they gave the
// token to, such as Grafana. Without it the service answers everybody who reaches it. Make
// it with NewLocal.
//
// Cookies know no ports, so a page that another user of the machine serves on its own port
// would be sent one that belongs to 127.0.0.1. The browser therefore comes under a name
// that nobody else knows, and the cookie is of use under that name only.
type Local struct {
	socket net.Listener
	// host is the name, "x7….localhost", which browsers resolve to this machine.
	host string
	// token is the SHA-256 of the bearer token, secret what the cookie is made of.
	token, secret [sha256.Size]byte

	// mu guards codes, for a few instructions.
	mu sync.Mutex
	// codes that were given out and not used, each with its end.
	codes map[string]time.Time
	now   func() time.Time
}

const (
	// cookieName of the browser's way in.
	cookieName = "mcptrail"
	// codeLife is how long a link works, maxCodes how many may wait for their use.
	codeLife, maxCodes = 10 * time.Minute, 32
	// linkPath makes a link; only the socket answers it.
	linkPath = "/local/link"
	// enterPath is where a link leads.
	enterPath = "/local/enter"
)

// NewLocal serves programs at the socket, browsers under the name "LABEL.localhost", and
// whoever sends the bearer token. The cookie lives as long as the process.
// Only sums of token and secret are kept in memory. The label must be hard to guess, and
// the socket lie in a directory that is the user's alone: nobody is asked there.
func NewLocal(socket net.Listener, label, token string) *Local {
	return &Local{socket: socket, host: strings.ToLower(label) + ".localhost", token: sha256.Sum256([]byte(token)), secret: sha256.Sum256([]byte(rand.Text())),
		codes: map[string]time.Time{}, now: time.Now}
}

// Link returns the path and the host name of a link that lets one browser in, once.
func (l *Local) Link() (host, path string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	now := l.now()
	for code, end := range l.codes {
		// With too many, any goes: only programs of the user make them, and a person uses the last.
		if now.After(end) || len(l.codes) >= maxCodes {
			delete(l.codes, code)
		}
	}
	// At least 128 bits from crypto/rand: it stands in a command line and a browser's history, and
	// is worth nothing after its use.
	code := rand.Text()
	l.codes[code] = now.Add(codeLife)
	return l.host, enterPath + "?code=" + code
}

// use reports whether a code is good, which it is once.
func (l *Local) use(code string) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	end, known := l.codes[code]
	// Before the time is looked at: an expired code is gone too.
	delete(l.codes, code)
	return known && l.now().Before(end)
}

// cookie is derived from the secret, which it does not show.
func (l *Local) cookie() string { return fmt.Sprintf("%x", sha256.Sum256(l.secret[:])) }

// programs is what the socket serves: everything, and links.
func (l *Local) programs(next http.Handler) http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("POST "+linkPath, func(w http.ResponseWriter, _ *http.Request) {
		host, path := l.Link()
		w.Header().Set("Content-Type", "application/json")
		w.Header().Set("Cache-Control", "no-store")
		_ = json.NewEncoder(w).Encode(map[string]string{"host": host, "path": path})
	})
	// No token is asked for: only programs of the user can connect to the socket.
	mux.Handle("/", next)
	return mux
}

// browsers lets in who has the cookie, and gives one for a code.
//
// Its answers come from in front of the guard, so it sets the headers of one itself.
func (l *Local) browsers(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		// The cookie counts under the secret name only; the token under any, since no page of
		// another origin can make a browser send it.
		own := strings.EqualFold(hostname(r.Host), l.host)
		if own && r.Method == http.MethodGet && r.URL.Path == enterPath {
			l.enter(w, r)
			return
		}
		if own && l.hasCookie(r) || l.hasToken(r) {
			next.ServeHTTP(w, r)
			return
		}
		h := w.Header()
		h.Set("Cache-Control", "no-store")
		h.Set("Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'")
		h.Set("X-Content-Type-Options", "nosniff")
		const sentence = "This record is open to the user who runs `mcptrail up` only. In a browser: open the link that `mcptrail link` prints. " +
			"Commands of that user come in by themselves."
		if strings.HasPrefix(r.URL.Path, "/api/") {
			h.Set("Content-Type", "application/problem+json")
			w.WriteHeader(http.StatusUnauthorized)
			_ = json.NewEncoder(w).Encode(map[string]any{"title": "Unauthorized", "status": http.StatusUnauthorized, "detail": sentence})
			return
		}
		http.Error(w, sentence, http.StatusUnauthorized)
	})
}

// hasCookie compares in constant time, so that answers do not show how much of a guess is right.
func (l *Local) hasCookie(r *http.Request) bool {
	c, err := r.Cookie(cookieName)
	return err == nil && subtle.ConstantTimeCompare([]byte(c.Value), []byte(l.cookie())) == 1
}

// The scheme's name has no case (RFC 9110, section 11.1).
func (l *Local) hasToken(r *http.Request) bool {
	scheme, token, _ := strings.Cut(r.Header.Get("Authorization"), " ")
	// Sums are compared and not tokens: both sides have one length then.
	sum := sha256.Sum256([]byte(strings.TrimSpace(token)))
	return strings.EqualFold(scheme, "Bearer") && subtle.ConstantTimeCompare(sum[:], l.token[:]) == 1
}

// enter exchanges a code for the cookie.
// A code that was used is refused, also to the browser that used it: that one has its cookie.
func (l *Local) enter(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Cache-Control", "no-store")
	w.Header().Set("Referrer-Policy", "no-referrer")
	if !l.use(r.URL.Query().Get("code")) {
		http.Error(w, "This link was used already, or is over ten minutes old. `mcptrail link` prints a new one.", http.StatusUnauthorized)
		return
	}
	// Not Secure: this is plain HTTP on loopback. Strict, so that no link of another site carries
	// it; no end, so that it goes with the browser or this process.
	http.SetCookie(w, &http.Cookie{Name: cookieName, Value: l.cookie(), Path: "/", HttpOnly: true, SameSite: http.SameSiteStrictMode})
	// Away from the address with the code, which is used up.
	http.Redirect(w, r, "/", http.StatusSeeOther)
}

// bySocket serves what comes over a unix socket with programs and all else with others.
// The listener says how a request came, and not its address or Host, which a client chooses.
func bySocket(others, programs http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		// The local address is this server's own; nothing that a client sends changes it.
		if at, ok := r.Context().Value(http.LocalAddrContextKey).(net.Addr); ok && at.Network() == "unix" {
			programs.ServeHTTP(w, r)
			return
		}
		others.ServeHTTP(w, r)
	})
}
