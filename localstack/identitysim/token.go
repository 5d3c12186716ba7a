package identitysim

import (
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"strings"
	"time"
)

// The reasons of Check. None of them holds the token.
var (
	ErrMalformed = errors.New("token is not one of this identity endpoint")
	ErrExpired   = errors.New("token has expired")
	ErrAudience  = errors.New("token is for another audience")
)

// Server makes tokens and checks them. It is safe for concurrent use.
type Server struct {
	header    string
	clientIDs []string
	lifetime  time.Duration
	now       func() time.Time
	key       [32]byte
}

// New makes a Server with a key of its own.
func New(o Options) *Server {
	s := &Server{header: o.Header, clientIDs: o.ClientIDs, lifetime: o.Lifetime, now: o.Now}
	if s.lifetime <= 0 {
		s.lifetime = 24 * time.Hour
	}
	if s.now == nil {
		s.now = time.Now
	}
	rand.Read(s.key[:]) // never fails: crypto/rand crashes the process instead
	return s
}

type claims struct {
	Audience string `json:"aud"`
	Expires  int64  `json:"exp"` // unix seconds
	ID       string `json:"jti"`
}

// Token makes a token for the audience, as a client gets it over HTTP.
func (s *Server) Token(audience string) string {
	token, _ := s.issue(audience)
	return token
}

func (s *Server) issue(audience string) (string, time.Time) {
	expires := s.now().Add(s.lifetime)
	body, err := json.Marshal(claims{Audience: audience, Expires: expires.Unix(), ID: rand.Text()})
	if err != nil {
		panic("identitysim: " + err.Error()) // two strings and a number always encode
	}
	payload := base64.RawURLEncoding.EncodeToString(body)
	return payload + "." + base64.RawURLEncoding.EncodeToString(s.sign(payload)), expires
}

// Check says whether the token was made here for the audience and is still
// good. Audiences are compared without a trailing slash: clients ask for
// "https://management.core.windows.net/" in both spellings.
func (s *Server) Check(token, audience string) error {
	payload, signature, ok := strings.Cut(token, ".")
	if !ok {
		return ErrMalformed
	}
	mac, err := base64.RawURLEncoding.DecodeString(signature)
	if err != nil || !hmac.Equal(mac, s.sign(payload)) {
		return ErrMalformed
	}
	body, err := base64.RawURLEncoding.DecodeString(payload)
	if err != nil {
		return ErrMalformed
	}
	var c claims
	if json.Unmarshal(body, &c) != nil {
		return ErrMalformed
	}
	if s.now().Unix() >= c.Expires {
		return ErrExpired
	}
	if strings.TrimRight(c.Audience, "/") != strings.TrimRight(audience, "/") {
		return ErrAudience
	}
	return nil
}

func (s *Server) sign(payload string) []byte {
	h := hmac.New(sha256.New, s.key[:])
	h.Write([]byte(payload))
	return h.Sum(nil)
}
