package acmeca

import (
	"cmp"
	"context"
	"log/slog"
	"net/http"
	"strings"
	"time"

	"certgate/internal/issuance"
)

// Config says which authority to use, and as whom. Endpoint, Accounts and Locks
// are required.
type Config struct {
	// Endpoint is a directory URL, or a base URL without a path, below which
	// /directory and then /dir are tried.
	Endpoint string
	// Email is the contact given when the account is made; "" for none.
	Email string
	// EABKeyID and EABHMACKey bind the account to one at the authority (RFC 8555
	// section 7.3.4). The key is base64, as authorities hand it out. Both or none.
	// In place of the key there can be where it is kept: it is read when an account is made.
	EABKeyID   string
	EABHMACKey string
	EABSecret  SecretReader
	// Profile is sent with every order; "" leaves the choice to the authority.
	Profile string
	// PreferredChain is the common name of the issuer at the end of the chain that is
	// taken, if there are several; "" leaves the choice to the authority.
	PreferredChain string
	// CAADomains are how CAA records name the authority, in place of what its directory
	// says.
	CAADomains []string

	Accounts AccountStore
	Locks    Locker
	// Lock is the name of the account's lock; "" is the one of the first account.
	Lock string

	Transport http.RoundTripper // nil: own connections, system roots, proxy from the environment
	// Around, if set, is put around the transport and sees every request.
	Around    func(http.RoundTripper) http.RoundTripper
	UserAgent string           // product and version; "" is "certgate"
	Clock     func() time.Time // nil is time.Now
	Log       *slog.Logger     // nil discards
}

// CA is one authority with one account. It is safe for concurrent use.
type CA struct {
	endpoint    string
	contact     []string
	eab         binding
	profile     string
	chain       string
	caaDomains  []string
	lock        string
	store       AccountStore
	locks       Locker
	base        http.RoundTripper
	userAgent   string
	now         func() time.Time
	log         *slog.Logger
	nonces      noncePool
	directories directoryCache
	account     accountCache
}

var (
	_ issuance.Orders         = (*CA)(nil)
	_ issuance.Authorizations = (*CA)(nil)
	_ issuance.Revoker        = (*CA)(nil)
)

// New prepares the authority. It does no I/O: a wrong endpoint or account shows
// with the first call.
func New(c Config) *CA {
	ca := &CA{
		endpoint:    c.Endpoint,
		eab:         binding{keyID: c.EABKeyID, hmacKey: c.EABHMACKey, secret: c.EABSecret},
		profile:     c.Profile,
		chain:       c.PreferredChain,
		caaDomains:  c.CAADomains,
		lock:        cmp.Or(c.Lock, accountLock),
		store:       c.Accounts,
		locks:       c.Locks,
		base:        c.Transport,
		userAgent:   c.UserAgent,
		now:         c.Clock,
		log:         c.Log,
		directories: directoryCache{reading: newMutex()},
		account:     accountCache{registering: newMutex()},
	}
	if c.Email != "" {
		ca.contact = []string{"mailto:" + c.Email}
	}
	if ca.base == nil {
		ca.base = defaultTransport()
	}
	if c.Around != nil {
		ca.base = c.Around(ca.base)
	}
	if ca.userAgent == "" {
		ca.userAgent = "certgate"
	}
	if ca.now == nil {
		ca.now = time.Now
	}
	if ca.log == nil {
		ca.log = slog.New(slog.DiscardHandler)
	}
	return ca
}

// Identity implements issuance.Orders. It looks at the directory and the stored
// account, and never makes an account.
func (ca *CA) Identity(ctx context.Context) (issuance.CAIdentity, error) {
	dir, err := ca.directory(ctx)
	if err != nil {
		return issuance.CAIdentity{}, err
	}
	identity := issuance.CAIdentity{Domains: ca.domains(dir)}
	acc := ca.account.known()
	if acc == nil {
		if acc, err = ca.loadAccount(ctx, dir.url); err != nil {
			return issuance.CAIdentity{}, err
		}
		if acc != nil && acc.url != "" {
			ca.account.remember(acc)
		}
	}
	if acc != nil {
		identity.AccountURI = acc.url
	}
	return identity, nil
}

func (ca *CA) domains(dir *directory) []string {
	if len(ca.caaDomains) > 0 {
		return ca.caaDomains
	}
	return dir.Meta.CaaIdentities
}

// Source implements issuance.Orders. Spellings of the endpoint are folded as far as they
// cannot mean another one.
func (ca *CA) Source() issuance.Source {
	return issuance.Source{Directory: strings.TrimRight(strings.ToLower(ca.endpoint), "/"), Profile: ca.profile}
}

// mutex lets one caller at a time do something slow; the others wait no longer
// than their context.
type mutex chan struct{}

func newMutex() mutex { return make(mutex, 1) }

func (m mutex) lock(ctx context.Context) error {
	select {
	case m <- struct{}{}:
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

func (m mutex) unlock() { <-m }
