package acmeca

import (
	"context"
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"encoding/base64"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/go-acme/lego/v4/acme"
	"github.com/go-acme/lego/v4/acme/api"

	"certgate/internal/durable"
	"certgate/internal/issuance"
)

const (
	accountLock = "acme-account"
	// accountLockTTL is longer than a registration can take: nonce, request and
	// lego's 20 seconds of nonce refusals, and a few writes.
	accountLockTTL = 3 * time.Minute
	// accountLockRetry is how soon a machine that lost the lock looks again.
	accountLockRetry = 5 * time.Second
	releaseTimeout   = 10 * time.Second
)

// ensureAccount returns the account: from memory, from the store, or a new one.
// forgotten is the URL of an account that the authority does not know any more;
// it is registered again with its key, unless somebody has already done so.
func (ca *CA) ensureAccount(ctx context.Context, forgotten string) (*account, error) {
	if acc := ca.account.known(); acc.usable(forgotten) {
		return acc, nil
	}
	if err := ca.account.registering.lock(ctx); err != nil {
		return nil, ours("wait for the ACME account", err)
	}
	defer ca.account.registering.unlock()
	if acc := ca.account.known(); acc.usable(forgotten) {
		return acc, nil
	}
	dir, err := ca.directory(ctx)
	if err != nil {
		return nil, err
	}
	acc, err := ca.loadAccount(ctx, dir.url)
	if err != nil {
		return nil, err
	}
	if !acc.usable(forgotten) {
		if acc, err = ca.registerLocked(ctx, dir, forgotten); err != nil {
			return nil, err
		}
	}
	ca.account.remember(acc)
	return acc, nil
}

func (a *account) usable(forgotten string) bool {
	return a != nil && a.url != "" && a.url != forgotten
}

// registerLocked registers while no other machine does. The key is saved before
// the authority hears of it: a crash at any point leaves a key that the next
// run registers again, which gives the same account (RFC 8555 section 7.3.1).
func (ca *CA) registerLocked(ctx context.Context, dir *directory, forgotten string) (*account, error) {
	ok, release, err := ca.locks.Acquire(ctx, ca.lock, accountLockTTL)
	if err != nil {
		return nil, fmt.Errorf("lock ACME account: %w", err)
	}
	if !ok {
		return nil, &durable.RetryLater{After: accountLockRetry, Reason: "The account at the certificate authority is being made."}
	}
	defer func() {
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), releaseTimeout)
		defer cancel()
		if err := release(ctx); err != nil { // it ends by itself after accountLockTTL
			ca.log.WarnContext(ctx, "releasing the lock on the ACME account", "error", err)
		}
	}()

	acc, err := ca.loadAccount(ctx, dir.url) // again: its last holder may have made it
	if err != nil || acc.usable(forgotten) {
		return acc, err
	}
	if acc == nil {
		key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
		if err != nil {
			return nil, fmt.Errorf("make ACME account key: %w", err)
		}
		acc = &account{key: key}
		if err := ca.saveAccount(ctx, dir.url, acc); err != nil {
			return nil, err
		}
	}
	registered, err := ca.register(ctx, dir, acc)
	if err != nil {
		return nil, err
	}
	// A lock that ran out meanwhile may have let another machine save its key.
	// The stored one wins; ours was never used.
	stored, err := ca.loadAccount(ctx, dir.url)
	if err != nil {
		return nil, err
	}
	if stored == nil || !acc.sameKey(stored) {
		return nil, &durable.RetryLater{After: accountLockRetry, Reason: "The account at the certificate authority is being made."}
	}
	if err := ca.saveAccount(ctx, dir.url, registered); err != nil {
		return nil, err
	}
	ca.log.InfoContext(ctx, "registered with the certificate authority", "account", registered.url,
		"directory", dir.url, "termsOfService", dir.Meta.TermsOfService)
	return registered, nil
}

func (a *account) sameKey(b *account) bool {
	key, ok := a.key.(interface {
		Equal(crypto.PrivateKey) bool
	})
	return ok && key.Equal(b.key)
}

// register makes the account, or finds it if the key has one.
func (ca *CA) register(ctx context.Context, dir *directory, acc *account) (*account, error) {
	op := operation{
		name: "register ACME account", refused: issuance.CodeAccountRefused,
		advice: "Check the external account key id and HMAC key in the settings, if the authority needs them, then start again.",
	}
	hmacKey, err := ca.eab.forLego(ctx, dir)
	if err != nil {
		return nil, err
	}
	var account acme.ExtendedAccount
	message := acme.Account{TermsOfServiceAgreed: true, Contact: ca.contact}
	unnamed := *acc
	unnamed.url = "" // newAccount is signed with the bare key
	r, err := ca.signed(ctx, op, &unnamed, func(core *api.Core) (err error) {
		if hmacKey != "" {
			account, err = core.Accounts.NewEAB(message, ca.eab.keyID, hmacKey)
		} else {
			account, err = core.Accounts.New(message)
		}
		return err
	})
	if err != nil {
		return nil, err
	}
	if account.Location == "" {
		return nil, unreadable(op, r, "no account URL")
	}
	unnamed.url = account.Location
	return &unnamed, nil
}

// SecretReader reads a text that is kept elsewhere. issuance.ErrGone if there is none.
type SecretReader interface {
	Load(ctx context.Context) ([]byte, error)
}

// binding names an account that the authority knows otherwise (EAB).
type binding struct {
	keyID, hmacKey string
	secret         SecretReader // of the key, in place of it; nil for none
}

// forLego is the HMAC key in the one alphabet that lego reads, or "" without a
// binding.
func (b binding) forLego(ctx context.Context, dir *directory) (string, error) {
	if b.secret != nil {
		kept, err := b.secret.Load(ctx)
		if errors.Is(err, issuance.ErrGone) {
			return "", &durable.Failure{Code: issuance.CodeAccountRefused, Err: err,
				Message: "The secret with the HMAC key of the external account binding is not in Key Vault. Store the key there under the name that the settings give, then start again."}
		}
		if err != nil {
			return "", fmt.Errorf("read the key of the external account binding: %w", err)
		}
		b.hmacKey = strings.TrimSpace(string(kept))
	}
	if b.keyID == "" && b.hmacKey == "" {
		if dir.Meta.ExternalAccountRequired {
			_, advice := advise(problemExternalAccountRequired)
			return "", &durable.Failure{
				Code:    issuance.CodeAccountRefused,
				Message: "The certificate authority only serves accounts that are bound to one of its own. " + advice,
			}
		}
		return "", nil
	}
	plain := strings.TrimRight(strings.NewReplacer("+", "-", "/", "_").Replace(b.hmacKey), "=")
	if _, err := base64.RawURLEncoding.DecodeString(plain); err != nil || plain == "" || b.keyID == "" {
		return "", &durable.Failure{
			Code:    issuance.CodeAccountRefused,
			Message: "The external account binding needs a key id and an HMAC key in base64. Copy both again from your account at the certificate authority.",
		}
	}
	return plain, nil
}
