// Package pubsubsim plays Azure Web PubSub, as far as certgate and those who listen use
// it: tokens, messages to groups, and WebSockets in the two JSON subprotocols. There is
// no emulator of it. What it keeps and refuses is what the service's documentation says.
package pubsubsim

import (
	"crypto/rand"
	"encoding/json"
	"io"
	"net/http"
	"slices"
	"strings"
	"sync"

	"github.com/go-jose/go-jose/v4"
)

// Audience is what the tokens of callers are made for.
const Audience = "https://webpubsub.azure.com"

// maxMessage is the largest message that the service takes.
const maxMessage = 1 << 20

var apiVersions = []string{"2021-10-01", "2022-11-01", "2023-07-01", "2024-01-01", "2024-12-01"}

// TokenChecker says whether a bearer token is good for an audience.
type TokenChecker interface {
	Check(token, audience string) error
}

// Options say how the service is.
type Options struct {
	// Tokens checks callers; nil lets everybody in.
	Tokens TokenChecker
	// Host is the service's own, in the audience of its tokens. Required.
	Host string
}

// Server is a service with every hub.
type Server struct {
	options Options
	key     []byte
	signer  jose.Signer
	mux     *http.ServeMux

	mu        sync.Mutex
	listeners map[*listener]bool
	down      bool
	sent      []string // groups of the messages that it took
}

// New makes one without listeners.
func New(o Options) *Server {
	s := &Server{options: o, key: []byte(rand.Text() + rand.Text()), mux: http.NewServeMux(), listeners: map[*listener]bool{}}
	var err error
	if s.signer, err = jose.NewSigner(jose.SigningKey{Algorithm: jose.HS256, Key: s.key}, nil); err != nil {
		panic("pubsubsim: " + err.Error()) // key and algorithm fit
	}
	s.mux.HandleFunc("POST /api/hubs/{hub}/{action}", s.called(s.generateToken))
	s.mux.HandleFunc("POST /api/hubs/{hub}/groups/{group}/{action}", s.called(s.sendToGroup))
	s.mux.HandleFunc("GET /client/hubs/{hub}", s.connect)
	return s
}

// SetDown makes it answer everything with 503, or ends that.
func (s *Server) SetDown(down bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.down = down
}

// Sent are the groups of all messages that it took.
func (s *Server) Sent() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.sent)
}

func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	down := s.down
	s.mu.Unlock()
	if down {
		w.WriteHeader(http.StatusServiceUnavailable)
		return
	}
	s.mux.ServeHTTP(w, r)
}

// called lets only those through who may call the service's API.
func (s *Server) called(next http.HandlerFunc) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		token, ok := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer ")
		if s.options.Tokens != nil && (!ok || s.options.Tokens.Check(token, Audience) != nil) {
			w.WriteHeader(http.StatusUnauthorized)
			return
		}
		if !slices.Contains(apiVersions, r.URL.Query().Get("api-version")) {
			refuse(w, "api-version is missing or not known")
			return
		}
		next(w, r)
	}
}

func (s *Server) sendToGroup(w http.ResponseWriter, r *http.Request) {
	if r.PathValue("action") != ":send" {
		w.WriteHeader(http.StatusNotFound)
		return
	}
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxMessage))
	if err != nil {
		w.WriteHeader(http.StatusRequestEntityTooLarge)
		return
	}
	switch kind, _, _ := strings.Cut(r.Header.Get("Content-Type"), ";"); {
	case kind == "application/json" && !json.Valid(body):
		refuse(w, "the message is not JSON")
		return
	case kind != "application/json": // text and bytes are for others
		w.WriteHeader(http.StatusUnsupportedMediaType)
		return
	}
	s.deliver(r.PathValue("hub"), r.PathValue("group"), body)
	w.WriteHeader(http.StatusAccepted)
}

func refuse(w http.ResponseWriter, why string) {
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	w.WriteHeader(http.StatusBadRequest)
	_ = json.NewEncoder(w).Encode(map[string]string{"code": "BadRequest", "message": why})
}
