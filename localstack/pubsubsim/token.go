package pubsubsim

import (
	"encoding/json"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/go-jose/go-jose/v4"
	"github.com/go-jose/go-jose/v4/jwt"
)

// claims are those of a client's token.
type claims struct {
	jwt.Claims
	Roles  []string `json:"role,omitempty"`
	Groups []string `json:"webpubsub.group,omitempty"`
}

func (s *Server) audience(hub string) string {
	return "https://" + s.options.Host + "/client/hubs/" + hub
}

func (s *Server) generateToken(w http.ResponseWriter, r *http.Request) {
	if r.PathValue("action") != ":generateToken" {
		w.WriteHeader(http.StatusNotFound)
		return
	}
	query, minutes := r.URL.Query(), 60
	if text := query.Get("minutesToExpire"); text != "" {
		var err error
		if minutes, err = strconv.Atoi(text); err != nil || minutes < 1 {
			refuse(w, "minutesToExpire is not a number from 1")
			return
		}
	}
	now := time.Now()
	token, err := jwt.Signed(s.signer).Claims(claims{
		Claims: jwt.Claims{Subject: query.Get("userId"), Audience: jwt.Audience{s.audience(r.PathValue("hub"))},
			IssuedAt: jwt.NewNumericDate(now), Expiry: jwt.NewNumericDate(now.Add(time.Duration(minutes) * time.Minute))},
		Roles: query["role"], Groups: query["group"],
	}).Serialize()
	if err != nil {
		panic("pubsubsim: " + err.Error()) // strings and numbers always encode
	}
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	_ = json.NewEncoder(w).Encode(map[string]string{"token": token})
}

// admitted reads a client's token, from the address or the header.
func (s *Server) admitted(r *http.Request, hub string) (c claims, ok bool) {
	token := r.URL.Query().Get("access_token")
	if token == "" {
		token, _ = strings.CutPrefix(r.Header.Get("Authorization"), "Bearer ")
	}
	parsed, err := jwt.ParseSigned(token, []jose.SignatureAlgorithm{jose.HS256})
	if err != nil || parsed.Claims(s.key, &c) != nil {
		return c, false
	}
	return c, time.Now().Before(c.Expiry.Time()) && slices.Contains(c.Audience, s.audience(hub))
}
