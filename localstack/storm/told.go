package storm

import (
	"context"
	"crypto/ecdsa"
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"errors"
	"fmt"
	"strings"
)

// secrets are all that must turn up nowhere: keys and passwords of imports, the
// key of the ACME account, bearer tokens, the receiver's address and the key that
// signs notifications.
func (s *storm) secrets(ctx context.Context) (*secrets, error) {
	all := newSecrets()
	s.load.mu.Lock()
	defer s.load.mu.Unlock()
	for _, u := range s.load.uploads {
		if err := all.addKey("an imported key", u.key); err != nil {
			return nil, err
		}
		if u.password != "" {
			all.addText("the password of an import", u.password)
		}
	}
	account, err := s.accountKey(ctx)
	if err != nil {
		return nil, err
	}
	if err := all.addKey("the key of the ACME account", account); err != nil {
		return nil, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	for value := range s.authorizations {
		token := strings.TrimPrefix(value, "Bearer ")
		all.addText("a token for Azure", token[max(0, len(token)-40):]) // its signature
	}
	all.addText("a bearer token of a caller", s.told.bearer)
	all.addText("the address of the receiver of notifications", s.told.webhook)
	all.addText("the key that signs notifications", s.told.signing)
	return all, nil
}

func (s *storm) accountKey(ctx context.Context) (*ecdsa.PrivateKey, error) {
	var list struct {
		Value []struct {
			ID string `json:"id"`
		} `json:"value"`
	}
	if _, err := vaultGet(ctx, s.stack, "/secrets", &list); err != nil {
		return nil, err
	}
	for _, found := range list.Value {
		name := found.ID[strings.LastIndexByte(found.ID, '/')+1:]
		if !strings.HasPrefix(name, "certgate-acme-account-") {
			continue
		}
		var secret struct {
			Value string `json:"value"`
		}
		if _, err := vaultGet(ctx, s.stack, "/secrets/"+name+"/", &secret); err != nil {
			return nil, err
		}
		var account struct {
			PrivateKey string `json:"privateKey"`
		}
		if err := json.Unmarshal([]byte(secret.Value), &account); err != nil {
			return nil, errors.New("the ACME account in the vault cannot be read")
		}
		block, _ := pem.Decode([]byte(account.PrivateKey))
		if block == nil {
			return nil, errors.New("the ACME account in the vault has no key")
		}
		key, err := x509.ParsePKCS8PrivateKey(block.Bytes)
		if err != nil {
			return nil, fmt.Errorf("the ACME account in the vault: %w", err)
		}
		if ec, ok := key.(*ecdsa.PrivateKey); ok {
			return ec, nil
		}
	}
	return nil, errNoAccount
}
