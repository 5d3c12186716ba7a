package keyvault

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rsa"
	"crypto/x509"
	"fmt"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore/to"
	"github.com/Azure/azure-sdk-for-go/sdk/security/keyvault/azcertificates"

	"certgate/internal/issuance"
	"certgate/internal/issuance/managed"
)

// keySpec is a key type in the service's terms: RSA has bits, EC has a curve.
type keySpec struct {
	bits  int
	curve azcertificates.CurveName
}

// specFor is a kind of managed.KeyTypes; "" is the default one.
func specFor(keyType string) (keySpec, error) {
	switch keyType {
	case "", managed.RSA2048:
		return keySpec{bits: 2048}, nil
	case managed.RSA3072:
		return keySpec{bits: 3072}, nil
	case managed.RSA4096:
		return keySpec{bits: 4096}, nil
	case managed.ECP256:
		return keySpec{curve: azcertificates.CurveNameP256}, nil
	case managed.ECP384:
		return keySpec{curve: azcertificates.CurveNameP384}, nil
	case managed.ECP521:
		return keySpec{curve: azcertificates.CurveNameP521}, nil
	}
	return keySpec{}, fmt.Errorf("key type %q is not one of %v", keyType, managed.KeyTypes())
}

// KeyType implements issuance.Vault.
func (v *Vault) KeyType(r issuance.CertificateRequest) string {
	keys := v.keysFor(r)
	for _, t := range managed.KeyTypes() {
		if spec, err := specFor(t); err == nil && spec == keys {
			return t
		}
	}
	return ""
}

// keysFor is the kind of key that a new version gets: that of the options, else the
// configured one or, if none is, the kept one, if it is of a kind that the vault makes.
func (v *Vault) keysFor(r issuance.CertificateRequest) keySpec {
	if spec, err := specFor(r.Options.KeyType); r.Options.KeyType != "" && err == nil {
		return spec
	}
	if spec, err := specFor(r.KeyType); !v.keysSet && r.KeyType != "" && err == nil {
		return spec
	}
	return v.keys
}

// reuses reports whether the next version is to have the key of the version in force. A
// first version has none to use again.
func (v *Vault) reuses(r issuance.CertificateRequest, leaf []byte) bool {
	c, err := x509.ParseCertificate(leaf)
	if err != nil || !r.Options.ReuseKey || r.NewKey {
		return false
	}
	spec, ok := specOf(c.PublicKey)
	return ok && spec == v.keysFor(r)
}

// specOf describes an existing key; ok is false for keys a vault does not hold.
func specOf(public crypto.PublicKey) (s keySpec, ok bool) {
	switch key := public.(type) {
	case *rsa.PublicKey:
		return keySpec{bits: key.N.BitLen()}, true
	case *ecdsa.PublicKey:
		switch key.Curve {
		case elliptic.P256():
			return keySpec{curve: azcertificates.CurveNameP256}, true
		case elliptic.P384():
			return keySpec{curve: azcertificates.CurveNameP384}, true
		case elliptic.P521():
			return keySpec{curve: azcertificates.CurveNameP521}, true
		}
	}
	return keySpec{}, false
}

// properties ask for an exportable key, because the gateway reads it as a
// secret, that is new.
func (s keySpec) properties() *azcertificates.KeyProperties {
	p := &azcertificates.KeyProperties{Exportable: to.Ptr(true), ReuseKey: to.Ptr(false)}
	if s.curve != "" {
		p.KeyType, p.Curve = to.Ptr(azcertificates.KeyTypeEC), to.Ptr(s.curve)
		return p
	}
	p.KeyType, p.KeySize = to.Ptr(azcertificates.KeyTypeRSA), to.Ptr(int32(s.bits))
	return p
}

// usage is stated for EC too: the service's own default has keyEncipherment,
// which it then refuses for EC keys as "unsupported key operation(s)".
func (s keySpec) usage() []*azcertificates.KeyUsageType {
	usage := []*azcertificates.KeyUsageType{to.Ptr(azcertificates.KeyUsageTypeDigitalSignature)}
	if s.curve == "" {
		usage = append(usage, to.Ptr(azcertificates.KeyUsageTypeKeyEncipherment))
	}
	return usage
}
