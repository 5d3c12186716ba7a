package principal

import (
	"errors"
	"net/http"
	"strings"
	"time"
)

// TokenHeader carries a caller's own bearer token through Static Web Apps, which
// puts one of its own into Authorization.
const TokenHeader = "X-Certgate-Authorization"

// Config says whom to believe.
type Config struct {
	// ClientPrincipal: the platform sets Header and removes a caller's own.
	ClientPrincipal bool
	// Tokens are the bearer tokens to take; none if its Issuer is empty.
	Tokens Tokens
	// Client asks the issuer for its keys, Now is the time. Both may be left out.
	Client *http.Client
	Now    func() time.Time
}

// SignIn tells who calls.
type SignIn struct {
	header bool
	rules  Tokens // for tokens, whoever checks them
	tokens *verifier
}

// New makes a SignIn. It does no I/O: an issuer is asked for its keys when the
// first token comes.
func New(c Config) *SignIn {
	s := &SignIn{header: c.ClientPrincipal, rules: c.Tokens}
	if c.Tokens.Issuer != "" {
		s.tokens = newVerifier(c)
	}
	return s
}

// Refused says that nobody known calls. The reason may be shown to the caller.
type Refused struct {
	Reason string
	// Token: a bearer token was sent, and is not good (RFC 6750 section 3.1).
	Token bool
}

func (e *Refused) Error() string { return e.Reason }

// Denied says that the caller is known and may not come in at all. The reason
// may be shown to the caller.
type Denied struct{ Name, Reason string }

func (e *Denied) Error() string { return e.Name + ": " + e.Reason }

// Unavailable says that a token could not be checked, because its issuer did not
// give its keys. Its text is for the log.
type Unavailable struct{ Err error }

func (e *Unavailable) Error() string { return e.Err.Error() }
func (e *Unavailable) Unwrap() error { return e.Err }

// Principal tells who makes a request. A believed header wins over tokens: in
// Static Web Apps every request has an Authorization header that says nothing
// about the user. The error is *Refused, *Denied or *Unavailable.
func (s *SignIn) Principal(r *http.Request) (Principal, error) {
	header := r.Header.Values(Header)
	if s.header && len(header) > 0 {
		if len(header) > 1 {
			return Principal{}, &Refused{Reason: "The request has the header " + Header + " more than once."}
		}
		p, known, err := readClientPrincipal(header[0], s.rules)
		var denied *Denied
		if errors.As(err, &denied) {
			return Principal{}, err
		}
		if err != nil {
			return Principal{}, &Refused{Reason: "The header " + Header + " cannot be read: " + err.Error() + "."}
		}
		if known {
			return p, nil
		}
	}
	token, err := bearer(r)
	switch {
	case err != nil:
		return Principal{}, err
	case token != "" && s.tokens != nil:
		return s.tokens.principal(r.Context(), token)
	case token != "":
		return Principal{}, &Refused{Token: true, Reason: "This installation takes no bearer tokens: the setting JwtIssuer is empty."}
	case len(header) > 0 && !s.header:
		return Principal{}, &Refused{Reason: "The header " + Header + " is not believed here: authentication of the Function app is off, so anybody could have written it."}
	}
	return Principal{}, &Refused{Reason: "The request says nothing about who makes it."}
}

// bearer finds the token of a request; "" if there is none.
func bearer(r *http.Request) (string, error) {
	for _, name := range []string{TokenHeader, "Authorization"} {
		values := r.Header.Values(name)
		if len(values) == 0 {
			continue
		}
		scheme, token, _ := strings.Cut(strings.TrimSpace(values[0]), " ")
		token = strings.TrimSpace(token)
		if len(values) > 1 || !strings.EqualFold(scheme, "Bearer") || token == "" {
			return "", &Refused{Token: true, Reason: "The header " + name + " is not one bearer token."}
		}
		return token, nil
	}
	return "", nil
}
