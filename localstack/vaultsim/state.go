package vaultsim

import (
	"crypto/rand"
	"encoding/hex"
	"strings"
	"sync"
	"time"

	"certgate/localstack/vaultsim/bundle"
)

// vault is the state of one vault. Everything in it is JSON, so that a stack
// that is started again has its certificates.
type vault struct {
	mu           sync.Mutex
	Certificates map[string]*certificate `json:"certificates"`   // by name, lower case
	Secrets      map[string]*secret      `json:"secrets"`        // plain ones, by name, lower case
	Keys         map[string]*plainKey    `json:"keys,omitempty"` // plain ones, by name, lower case
}

func newVault() *vault {
	return &vault{Certificates: map[string]*certificate{}, Secrets: map[string]*secret{}, Keys: map[string]*plainKey{}}
}

// certificate is a name with its policy, its versions and what is pending.
type certificate struct {
	lifecycle
	Name          string                `json:"name"`
	Policy        policy                `json:"policy"`
	PolicyCreated time.Time             `json:"policyCreated"`
	PolicyUpdated time.Time             `json:"policyUpdated"`
	Versions      []*certificateVersion `json:"versions,omitempty"` // oldest first
	Pending       *operation            `json:"pending,omitempty"`
	// Empty is the version that a name has before its first certificate, and
	// keeps if that never comes.
	Empty *certificateVersion `json:"empty,omitempty"`
}

// certificateVersion is a certificate that exists. Chain is in the order in
// which its secret shows it, leaf included.
type certificateVersion struct {
	ID            string            `json:"id"`
	Key           string            `json:"key"` // PEM, PKCS#8
	Leaf          []byte            `json:"leaf"`
	Chain         [][]byte          `json:"chain"`
	ContentType   string            `json:"contentType"`
	Exportable    bool              `json:"exportable"`
	PreserveOrder *bool             `json:"preserveOrder,omitempty"`
	Attributes    attributes        `json:"attributes"`
	Tags          map[string]string `json:"tags,omitempty"`
}

// operation is the pending operation of a certificate.
type operation struct {
	RequestID     string            `json:"requestId"`
	Issuer        string            `json:"issuer"`
	CSR           []byte            `json:"csr"`
	Key           string            `json:"key"`
	Status        string            `json:"status"`
	Cancel        bool              `json:"cancel,omitempty"`
	Target        string            `json:"target,omitempty"` // version that came out
	PreserveOrder *bool             `json:"preserveOrder,omitempty"`
	Attributes    attributesInput   `json:"attributes"`
	Tags          map[string]string `json:"tags,omitempty"`
	SignsAt       time.Time         `json:"signsAt,omitzero"` // issuer Self
}

// The states of an operation.
const (
	inProgress = "inProgress"
	completed  = "completed"
	cancelled  = "cancelled"
	failed     = "failed"
)

// secret is a plain secret: one that is not a certificate's.
type secret struct {
	lifecycle
	Name     string           `json:"name"`
	Versions []*secretVersion `json:"versions"`
}

type secretVersion struct {
	ID          string            `json:"id"`
	Value       string            `json:"value"`
	ContentType string            `json:"contentType,omitempty"`
	Attributes  attributes        `json:"attributes"`
	Tags        map[string]string `json:"tags,omitempty"`
}

// attributes of a version, times in unix seconds.
type attributes struct {
	Enabled   bool   `json:"enabled"`
	NotBefore *int64 `json:"nbf,omitempty"`
	Expires   *int64 `json:"exp,omitempty"`
	Created   int64  `json:"created"`
	Updated   int64  `json:"updated"`
}

// attributesInput is what a caller may set.
type attributesInput struct {
	Enabled   *bool  `json:"enabled,omitempty"`
	NotBefore *int64 `json:"nbf,omitempty"`
	Expires   *int64 `json:"exp,omitempty"`
}

func (a *attributes) set(in attributesInput, now time.Time) {
	if in.Enabled != nil {
		a.Enabled = *in.Enabled
	}
	if in.NotBefore != nil {
		a.NotBefore = in.NotBefore
	}
	if in.Expires != nil {
		a.Expires = in.Expires
	}
	a.Updated = now.Unix()
}

// current is the newest finished version, nil before the first one.
func (c *certificate) current() *certificateVersion {
	if len(c.Versions) == 0 {
		return nil
	}
	return c.Versions[len(c.Versions)-1]
}

// version finds a version, the newest for "".
func (c *certificate) version(id string) *certificateVersion {
	if id == "" {
		return c.current()
	}
	for _, v := range c.Versions {
		if strings.EqualFold(v.ID, id) {
			return v
		}
	}
	return nil
}

// shownVersion is what a read of the certificate shows: as version, but the
// empty one counts too.
func (c *certificate) shownVersion(id string) *certificateVersion {
	if c.Empty != nil && (id == "" && c.current() == nil || strings.EqualFold(c.Empty.ID, id)) {
		return c.Empty
	}
	return c.version(id)
}

func (s *secret) version(id string) *secretVersion {
	if id == "" {
		return s.Versions[len(s.Versions)-1] // a secret is made with its first version
	}
	for _, v := range s.Versions {
		if strings.EqualFold(v.ID, id) {
			return v
		}
	}
	return nil
}

// newVersionID makes an id of 32 characters, as all ids of the service are.
func newVersionID() string {
	var b [16]byte
	rand.Read(b[:]) // never fails: crypto/rand crashes the process instead
	return hex.EncodeToString(b[:])
}

func contentTypeKnown(t string) bool { return t == bundle.TypePFX || t == bundle.TypePEM }
