package issuance

import (
	"context"
	"net/netip"
	"time"

	"certgate/internal/durable"
	"certgate/internal/issuance/caa"
	"certgate/internal/issuance/managed"
)

// The ports of the product: what the steps need from the world. Adapters return
// *durable.Failure for what no retry mends (with a published code and the fix),
// *durable.RetryLater for rate limits, *durable.Transient for what may pass.

// Orders is the order side of an ACME authority (RFC 8555 section 7.4).
type Orders interface {
	// NewOrder posts a new order. The CA may answer with an older pending or ready one.
	NewOrder(ctx context.Context, r OrderRequest) (Order, error)
	// Order reads an order. ErrGone if the CA does not know it any more.
	Order(ctx context.Context, url string) (Order, error)
	// Finalize hands in the CSR (DER). Allowed only while the order is ready.
	Finalize(ctx context.Context, o Order, csr []byte) (Order, error)
	// Chain downloads the certificate chain, leaf first, each DER: of several the one that
	// ends at preferred, by its common name; "" leaves it to the settings.
	Chain(ctx context.Context, certificateURL, preferred string) ([][]byte, error)
	// Identity tells how CAA records name this CA and the account used with it.
	Identity(ctx context.Context) (CAIdentity, error)
	// Source is what the settings say of the CA. Nobody is asked.
	Source() Source
}

// Source is where a certificate is from: the directory of its CA, as configured, and the
// profile that it was ordered with, if any.
type Source struct {
	Directory string `json:"directory,omitempty"`
	Profile   string `json:"profile,omitempty"`
}

// Authorizations is the ownership side of an ACME authority (RFC 8555 section 7.5).
type Authorizations interface {
	// Authorization reads an authorization with its http-01 challenge. ErrGone if unknown.
	Authorization(ctx context.Context, url string) (Authorization, error)
	// Answer tells the CA that the challenge can be checked now. It must be
	// pending: the caller reads the authorization first.
	Answer(ctx context.Context, challengeURL string) error
	// Deactivate gives an authorization back that is still pending; one that is
	// not pending or not known is left alone without error.
	Deactivate(ctx context.Context, url string) error
}

// OrderRequest asks for a certificate.
type OrderRequest struct {
	Hostnames []string // lower-case A-labels, no trailing dot, no duplicates
	Replaces  string   // ARI certificate id (RFC 9773 section 5); "" for none
	Profile   string   // in place of the one of the settings; "" for that one
}

// Order is an ACME order as last read.
type Order struct {
	URL            string    `json:"url"`
	Status         string    `json:"status"` // pending, ready, processing, valid, invalid
	Expires        time.Time `json:"expires,omitzero"`
	Authorizations []string  `json:"authorizations,omitempty"`
	FinalizeURL    string    `json:"finalizeUrl,omitempty"`
	CertificateURL string    `json:"certificateUrl,omitempty"`
	Replaces       string    `json:"replaces,omitempty"` // as accepted by the CA
	// NotReplaced is why the CA did not take the order as the successor of
	// OrderRequest.Replaces: a sentence; "" if it did, or if nothing is replaced.
	NotReplaced string `json:"-"`
	// Problem is why an order is invalid, in the CA's words; nil otherwise.
	Problem *Problem `json:"problem,omitempty"`
	// RetryAfter is the CA's wish for the next look; 0 if it had none.
	RetryAfter time.Duration `json:"-"`
}

// Authorization is an ACME authorization with the challenges that matter here.
type Authorization struct {
	URL       string
	Hostname  string
	Status    string // pending, valid, invalid, deactivated, expired, revoked
	Challenge Challenge
	// DNSChallenge is that of dns-01.
	DNSChallenge Challenge
	RetryAfter   time.Duration
}

// Challenge is a challenge of http-01 (RFC 8555 section 8.3) or dns-01 (8.4). Its URL
// is empty if the CA did not offer it.
type Challenge struct {
	URL              string
	Status           string // pending, processing, valid, invalid
	Token            string
	KeyAuthorization string // the content of the validation file; its hash is the TXT record's
	Problem          *Problem
}

// Problem is a CA's refusal (RFC 7807, RFC 8555 section 6.7). Type is the last
// part of the URN: "unauthorized", "caa", "dns", ...
type Problem struct {
	Type   string `json:"type"`
	Detail string `json:"detail"`
}

// CAIdentity is how a CA and an account are named in CAA records (RFC 8659,
// RFC 8657).
type CAIdentity struct {
	Domains    []string // directory meta.caaIdentities; empty if the CA publishes none
	AccountURI string   // "" while there is no account yet
}

// Vault keeps keys and certificates.
type Vault interface {
	// Under reads what has the name that r asks for, before a version is begun: the
	// newest version, or no leaf if the name is free. SecretID is what the certificate
	// has, or will have. ErrNameTaken if the name belongs to others.
	Under(ctx context.Context, r CertificateRequest) (VaultCertificate, error)
	// PendingCSR starts a new version of the certificate and returns the CSR
	// (DER) of its key, or the CSR of the pending operation that fits r already.
	// A pending operation for the same hostnames that does not fit is replaced.
	// ErrNameTaken if the name belongs to other hostnames.
	PendingCSR(ctx context.Context, r CertificateRequest) (csr []byte, err error)
	// Merge completes the pending operation with the chain (leaf first, DER) and
	// returns the new version. If the current version has this very leaf already,
	// that version is returned and nothing is changed.
	Merge(ctx context.Context, r CertificateRequest, chain [][]byte) (VaultCertificate, error)
	// Certificate reads the newest version. ErrGone if there is none.
	Certificate(ctx context.Context, name string) (VaultCertificate, error)
	// DiscardPending removes the pending operation of name if it was made for
	// exactly these hostnames; none, or one for other hostnames, is not an error.
	DiscardPending(ctx context.Context, name string, hostnames []string) error
	// KeyType is the kind of key that a new version for r gets, as managed.KeyType writes
	// it: that of its options, else that of the settings or, if they name none, the one
	// that is kept.
	KeyType(r CertificateRequest) string
	// Owns reports whether a certificate that was read carries both our tags.
	Owns(c VaultCertificate) bool
}

// CertificateRequest names a certificate in the vault and what it is for.
type CertificateRequest struct {
	Name      string   // 1-127 of [0-9a-zA-Z-]
	Hostnames []string // the first is the common name and the Hostname tag
	Source    Source   // for the tags; not needed for a look
	// KeyType is the kind of key to keep, where the settings name none; "" keeps none.
	KeyType string
	// Exact: hostnames that the certificate has and that are not named here are to go;
	// otherwise its name counts as that of other hostnames.
	Exact bool
	// Options are for the key, and for the tags. With NewKey the key of the version in
	// force is not used again, whatever they say.
	Options managed.Options
	NewKey  bool
}

// The vault's tags on a version that say where it is from. Published.
const (
	TagDirectory = "AcmeDirectory"
	TagProfile   = "AcmeProfile"
)

// VaultCertificate is one version of a certificate.
type VaultCertificate struct {
	Name      string            `json:"name"`
	Version   string            `json:"version"`
	SecretID  string            `json:"secretId"` // versionless, as the gateway wants it
	Leaf      []byte            `json:"leaf"`     // DER
	NotBefore time.Time         `json:"notBefore"`
	NotAfter  time.Time         `json:"notAfter"`
	Tags      map[string]string `json:"tags,omitempty"`
	Enabled   bool              `json:"enabled"`
	// TagsLeftOut are tags of the version before for which this one, just written,
	// had no room.
	TagsLeftOut []string `json:"tagsLeftOut,omitempty"`
}

// ChallengeFiles is the public place of validation files.
type ChallengeFiles interface {
	// Put stores the file of a token; storing it again is fine.
	Put(ctx context.Context, token, content string) error
	// Delete removes it; a missing one is fine.
	Delete(ctx context.Context, token string) error
}

// Resolver asks public DNS.
type Resolver interface {
	// Addresses follows CNAMEs to any depth and returns every A and AAAA record.
	// A name that does not exist, or has no address, gives no addresses and no error.
	Addresses(ctx context.Context, hostname string) (Addresses, error)
	// CAA climbs from hostname to the root and returns the records of the first
	// name that has any (RFC 8659 section 3), and that name.
	CAA(ctx context.Context, hostname string) (caa.Records, error)
	// View says in sentences how the system's resolver sees a hostname otherwise than
	// the internet does; "" if it does not, as far as can be seen. Misleads says that
	// this view is the one that is asked.
	View(ctx context.Context, hostname string) (says string, misleads bool)
}

// Addresses is where a hostname leads.
type Addresses struct {
	Chain []string // the CNAME targets on the way, in order
	IPs   []netip.Addr
	// Note is what is to be known of whoever was asked, in sentences; mostly "".
	Note string
}

// Probe looks at the gateway from outside, as a client or a CA would.
type Probe interface {
	// ChallengeFile fetches http://hostname/.well-known/acme-challenge/token from
	// the gateway at addr, following redirects as a CA does, and returns the first
	// bytes of the body and the status of the last answer. An answer with any
	// status is not an error.
	ChallengeFile(ctx context.Context, hostname, token string, addr netip.Addr) (body string, status int, err error)
	// ServedLeaf opens TLS to the gateway at addr with SNI hostname and returns
	// the served leaf (DER).
	ServedLeaf(ctx context.Context, hostname string, addr netip.Addr) ([]byte, error)
}

// Gateway is what steps need to know of the Application Gateway itself.
type Gateway interface {
	// PublicAddresses are the gateway's public frontend addresses.
	PublicAddresses(ctx context.Context) ([]netip.Addr, error)
}

// Lane is the one writer of the gateway. Instances leave the listener that they
// want and are woken when it stands.
type Lane interface {
	// Announce says that the turn's instance will ask within moments: a hint, so
	// that those who come together share a change of the gateway.
	Announce(t durable.Turn)
	// Fits says why the gateway could not have the listener now: a *durable.Failure,
	// as Want would give, or that the gateway cannot be read. It changes nothing.
	Fits(ctx context.Context, l Listener) error
	// Want asks for the listener on behalf of the turn. It returns done when the
	// listener stands, false while the step must park, and the gateway's refusal
	// as a *durable.Failure. Asking again is fine. Remarks are sentences about a
	// listener that stands: where requests for the hostname went before it.
	Want(ctx context.Context, t durable.Turn, l Listener) (done bool, remarks []string, err error)
}

// Listener is a wanted HTTPS listener with its certificate and rule: one for each of
// the certificate's hostnames.
type Listener struct {
	Name     string `json:"name"` // certificate name; listener and rule names follow from it
	Hostname string `json:"hostname"`
	// Gateway is its name in the settings, "" for the default one: wishes of one turn for
	// several gateways are told apart by it.
	Gateway string `json:"gateway,omitempty"`
	// Hostnames are all of the certificate's, Hostname the first; empty if it has no other.
	Hostnames []string `json:"hostnames,omitempty"`
	// Exact: what was made for other hostnames of the certificate is to go.
	Exact    bool   `json:"exact,omitempty"`
	SecretID string `json:"secretId"` // versionless
	// KeyType is the kind of the certificate's key, as managed.KeyType writes it; "" if
	// it is not known.
	KeyType string `json:"keyType,omitempty"`
	// Refresh, if not empty, asks for a change of the gateway even if the listener
	// stands: it is written into a tag, and any change makes the gateway read the
	// vault again at once. It names the certificate version.
	Refresh string `json:"refresh,omitempty"`
}
