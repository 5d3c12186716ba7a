package acmeca

import (
	"context"
	"crypto"
	"crypto/ecdsa"
	"crypto/rsa"
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"errors"
	"fmt"
	"sync"
	"time"

	"certgate/internal/durable"
	"certgate/internal/issuance"
)

// AccountStore keeps the one account of a directory, as one secret: the store
// names it after the directory.
type AccountStore interface {
	// Load reads the account. issuance.ErrGone if there is none.
	Load(ctx context.Context) ([]byte, error)
	// Save writes it. It is called under the lock only.
	Save(ctx context.Context, account []byte) error
}

// Locker keeps other machines out while this one makes the account.
type Locker interface {
	// Acquire takes the named lock for at most ttl, without waiting. ok is false
	// if somebody else has it; release is then nil.
	Acquire(ctx context.Context, name string, ttl time.Duration) (ok bool, release func(context.Context) error, err error)
}

// account signs requests. Its url is "" until the authority has named it.
type account struct {
	url string
	key crypto.PrivateKey // *ecdsa.PrivateKey or *rsa.PrivateKey, the kinds that lego signs with
}

// storedAccount is the secret.
type storedAccount struct {
	Directory  string   `json:"directory"`
	AccountURL string   `json:"accountUrl"`
	PrivateKey string   `json:"privateKey"` // PKCS#8 PEM
	Contact    []string `json:"contact,omitempty"`
}

// accountCache holds the account once the authority has named it.
type accountCache struct {
	registering mutex // one registration at a time

	mu      sync.Mutex
	current *account
}

func (c *accountCache) known() *account {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.current
}

func (c *accountCache) remember(a *account) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.current = a
}

// loadAccount reads the stored account; nil if there is none. What is stored
// but cannot be used is never overwritten: it may be the only copy of a key.
func (ca *CA) loadAccount(ctx context.Context, directoryURL string) (*account, error) {
	raw, err := ca.store.Load(ctx)
	if errors.Is(err, issuance.ErrGone) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("load ACME account: %w", err)
	}
	var stored storedAccount
	if err := json.Unmarshal(raw, &stored); err != nil {
		return nil, unusable("it is not the JSON that was written") // the decoder's error may quote it
	}
	if stored.Directory != directoryURL {
		return nil, &durable.Failure{
			Code: issuance.CodeAccountRefused,
			Message: fmt.Sprintf("The stored ACME account belongs to %s, but the settings lead to %s. Set the address of the certificate authority back, or give the account of the new one another secret name.",
				shown(stored.Directory, reasonLength), directoryURL),
		}
	}
	key, err := decodeKey(stored.PrivateKey)
	if err != nil {
		return nil, unusable(err.Error())
	}
	return &account{url: stored.AccountURL, key: key}, nil
}

func (ca *CA) saveAccount(ctx context.Context, directoryURL string, a *account) error {
	der, err := x509.MarshalPKCS8PrivateKey(a.key)
	if err != nil {
		return fmt.Errorf("encode ACME account key: %w", err)
	}
	raw, err := json.Marshal(storedAccount{
		Directory:  directoryURL,
		AccountURL: a.url,
		PrivateKey: string(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der})),
		Contact:    ca.contact,
	})
	if err != nil {
		return fmt.Errorf("encode ACME account: %w", err)
	}
	if err := ca.store.Save(ctx, raw); err != nil {
		return fmt.Errorf("save ACME account: %w", err)
	}
	return nil
}

func decodeKey(text string) (crypto.PrivateKey, error) {
	block, _ := pem.Decode([]byte(text))
	if block == nil {
		return nil, errors.New("its key is not PEM")
	}
	key, err := x509.ParsePKCS8PrivateKey(block.Bytes)
	if err != nil {
		return nil, errors.New("its key is not PKCS#8")
	}
	switch k := key.(type) {
	case *rsa.PrivateKey:
		return k, nil
	case *ecdsa.PrivateKey:
		if bits := k.Curve.Params().BitSize; bits == 256 || bits == 384 {
			return k, nil
		}
	}
	return nil, errors.New("its key is neither RSA nor ECDSA P-256 or P-384")
}

func unusable(why string) error {
	return &durable.Failure{
		Code: issuance.CodeAccountRefused,
		Message: "The stored ACME account cannot be used: " + why +
			". Restore an earlier version of the secret, or delete it to have a new account made.",
	}
}
