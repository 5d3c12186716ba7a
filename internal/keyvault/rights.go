package keyvault

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"encoding/hex"
	"fmt"
	"math/big"
	"net/http"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore/to"
	"github.com/Azure/azure-sdk-for-go/sdk/security/keyvault/azcertificates"
	"github.com/Azure/azure-sdk-for-go/sdk/security/keyvault/azsecrets"
)

// CheckCertificateRights reports whether the identity may read and make
// certificates, without making one: it reads, and merges into, an operation that
// does not exist. Merge takes the right to create ("certificates/create"), as the
// service documents; who has it hears 404, who lacks it 403. Errors: as Certificate.
func (v *Vault) CheckCertificateRights(ctx context.Context) error {
	name, err := nobodysName()
	if err != nil {
		return err
	}
	o := certificateObject("")
	_, err = v.certificates.GetCertificate(ctx, name, "", nil)
	if err := v.failure("read", o, ignoreMissing(err)); err != nil {
		return err
	}
	der, err := throwaway()
	if err != nil {
		return err
	}
	_, err = v.certificates.MergeCertificate(ctx, name, azcertificates.MergeCertificateParameters{X509Certificates: [][]byte{der}}, nil)
	return v.failure("create", o, ignoreMissing(err))
}

// CheckSecretRights does the same for secrets: it reads one, and changes the
// attributes of one, that does not exist. That takes the right to write
// ("secrets/set").
func (v *Vault) CheckSecretRights(ctx context.Context) error {
	name, err := nobodysName()
	if err != nil {
		return err
	}
	o := secretObject("")
	_, err = v.secrets.GetSecret(ctx, name, "", nil)
	if err := v.failure("read", o, ignoreMissing(err)); err != nil {
		return err
	}
	_, err = v.secrets.UpdateSecretProperties(ctx, name, "", azsecrets.UpdateSecretPropertiesParameters{ContentType: to.Ptr("application/json")}, nil)
	return v.failure("write", o, ignoreMissing(err))
}

func ignoreMissing(err error) error {
	if isStatus(err, http.StatusNotFound) {
		return nil
	}
	return err
}

// nobodysName is a name that no object has: 64 random bits.
func nobodysName() (string, error) {
	var b [8]byte
	if _, err := rand.Read(b[:]); err != nil {
		return "", fmt.Errorf("make a name: %w", err)
	}
	return "certgate-check-" + hex.EncodeToString(b[:]), nil
}

// throwaway is a certificate that the service can parse, so that it gets as far
// as looking for the operation. Its key is gone at once.
func throwaway() ([]byte, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, fmt.Errorf("make a key: %w", err)
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(1), NotBefore: time.Now(), NotAfter: time.Now().Add(time.Hour)}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		return nil, fmt.Errorf("make a certificate: %w", err)
	}
	return der, nil
}
