package vaultsim

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"fmt"
)

// curves are the curves that can be made here. P-256K is missing: the standard
// library does not have it, and no public CA takes it.
var curves = map[string]elliptic.Curve{"P-256": elliptic.P256(), "P-384": elliptic.P384(), "P-521": elliptic.P521()}

func generateKey(v policyView) (crypto.Signer, error) {
	if v.isRSA() {
		key, err := rsa.GenerateKey(rand.Reader, v.Key.Size)
		if err != nil {
			return nil, fmt.Errorf("generate RSA key: %w", err)
		}
		return key, nil
	}
	key, err := ecdsa.GenerateKey(curves[v.Key.Curve], rand.Reader)
	if err != nil {
		return nil, fmt.Errorf("generate EC key: %w", err)
	}
	return key, nil
}

// keyProps describes a key that was imported.
func keyProps(key crypto.PublicKey) (map[string]any, error) {
	switch k := key.(type) {
	case *rsa.PublicKey:
		return map[string]any{"kty": "RSA", "key_size": k.N.BitLen()}, nil
	case *ecdsa.PublicKey:
		return map[string]any{"kty": "EC", "crv": k.Curve.Params().Name}, nil
	}
	return nil, badParameter("a key of type %T is not supported", key)
}
