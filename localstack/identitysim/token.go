package identitysim

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"errors"
	"strings"
	"time"

	"github.com/go-jose/go-jose/v4"
	"github.com/go-jose/go-jose/v4/jwt"
	"github.com/google/uuid"
)

// The reasons of Check. None of them holds the token.
var (
	ErrMalformed = errors.New("token is not one of this identity endpoint")
	ErrExpired   = errors.New("token has expired")
	ErrAudience  = errors.New("token is for another audience")
)

// Tenant is the directory of every identity here.
const Tenant = "00000000-0000-0000-0000-000000000001"

const issuer = "https://sts.windows.net/" + Tenant + "/"

// systemAssigned is the client id of the identity that no request names.
const systemAssigned = "00000000-0000-0000-0000-0000000000a1"

// Server makes tokens and checks them. It is safe for concurrent use.
type Server struct {
	header    string
	clientIDs []string
	lifetime  time.Duration
	now       func() time.Time
	key       *ecdsa.PrivateKey
	signer    jose.Signer
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
	var err error
	if s.key, err = ecdsa.GenerateKey(elliptic.P256(), rand.Reader); err != nil {
		panic("identitysim: " + err.Error()) // there is always randomness
	}
	options := (&jose.SignerOptions{}).WithType("JWT").WithHeader("kid", uuid.NewString())
	if s.signer, err = jose.NewSigner(jose.SigningKey{Algorithm: jose.ES256, Key: s.key}, options); err != nil {
		panic("identitysim: " + err.Error()) // key and algorithm fit
	}
	return s
}

// claims are those that a managed identity's token of version 1.0 has, as far as
// they say something.
type claims struct {
	jwt.Claims
	AppID    string `json:"appid"`
	Acr      string `json:"appidacr"` // 2: by a certificate, as all managed identities
	IDP      string `json:"idp"`
	IDType   string `json:"idtyp"`
	Object   string `json:"oid"`
	TenantID string `json:"tid"`
	Unique   string `json:"uti"`
	Version  string `json:"ver"`
}

// Token makes a token for the audience, as a client gets it over HTTP.
func (s *Server) Token(audience string) string {
	token, _ := s.issue(audience, "")
	return token
}

func (s *Server) issue(audience, clientID string) (string, time.Time) {
	if clientID == "" {
		clientID = systemAssigned
	}
	now := s.now()
	expires := now.Add(s.lifetime)
	// The same identity has the same object in the directory each time.
	object := uuid.NewSHA1(uuid.NameSpaceURL, []byte(strings.ToLower(clientID))).String()
	c := claims{
		Claims: jwt.Claims{Issuer: issuer, Subject: object, Audience: jwt.Audience{audience},
			IssuedAt: jwt.NewNumericDate(now), NotBefore: jwt.NewNumericDate(now.Add(-5 * time.Minute)), Expiry: jwt.NewNumericDate(expires)},
		AppID: clientID, Acr: "2", IDP: issuer, IDType: "app", Object: object, TenantID: Tenant, Unique: rand.Text(), Version: "1.0",
	}
	token, err := jwt.Signed(s.signer).Claims(c).Serialize()
	if err != nil {
		panic("identitysim: " + err.Error()) // strings and numbers always encode
	}
	return token, expires
}

// Check says whether the token was made here for the audience and is still
// good. Audiences are compared without a trailing slash: clients ask for
// "https://management.core.windows.net/" in both spellings.
func (s *Server) Check(token, audience string) error {
	parsed, err := jwt.ParseSigned(token, []jose.SignatureAlgorithm{jose.ES256})
	if err != nil {
		return ErrMalformed
	}
	var c claims
	if parsed.Claims(s.key.Public(), &c) != nil {
		return ErrMalformed
	}
	if !s.now().Before(c.Expiry.Time()) {
		return ErrExpired
	}
	if len(c.Audience) != 1 || strings.TrimRight(c.Audience[0], "/") != strings.TrimRight(audience, "/") {
		return ErrAudience
	}
	return nil
}
