package vaultsim

import (
	"crypto"
	"crypto/rand"
	"crypto/x509"
	"fmt"
	"math/big"
	"time"

	"certgate/localstack/vaultsim/bundle"
)

// signIfDue completes an operation of the issuer Self whose time has come, or
// cancels it if that was asked for.
func (c *certificate) signIfDue(now time.Time) {
	p := c.Pending
	if p == nil || p.Status != inProgress || p.SignsAt.IsZero() || now.Before(p.SignsAt) {
		return
	}
	if p.Cancel {
		p.Status = cancelled
		return
	}
	if err := c.sign(now); err != nil {
		p.Status = failed
	}
}

func (c *certificate) sign(now time.Time) error {
	key, err := bundle.DecodeKey(c.Pending.Key)
	if err != nil {
		return err
	}
	cert, err := c.selfSigned(key, now)
	if err != nil {
		return err
	}
	_, err = c.complete([]*x509.Certificate{cert}, now)
	return err
}

func (c *certificate) selfSigned(key crypto.Signer, now time.Time) (*x509.Certificate, error) {
	csr, err := x509.ParseCertificateRequest(c.Pending.CSR)
	if err != nil {
		return nil, fmt.Errorf("read request of %s: %w", c.Name, err)
	}
	view, err := c.Policy.view()
	if err != nil {
		return nil, err
	}
	serial, err := rand.Int(rand.Reader, new(big.Int).Lsh(big.NewInt(1), 127))
	if err != nil {
		return nil, fmt.Errorf("make serial number: %w", err)
	}
	template := &x509.Certificate{SerialNumber: serial, RawSubject: csr.RawSubject, ExtraExtensions: csr.Extensions,
		NotBefore: now.Add(-10 * time.Minute), NotAfter: now.AddDate(0, view.X509.Months, 0)}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		return nil, fmt.Errorf("sign %s: %w", c.Name, err)
	}
	return x509.ParseCertificate(der)
}
