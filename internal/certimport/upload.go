package certimport

import (
	"bytes"
	"crypto"
	"crypto/x509"
	"encoding/asn1"
	"slices"
	"strings"
)

const (
	// maxCertificates is more than any chain has.
	maxCertificates = 20
	// maxKeys bounds how often a request can have something opened, which takes as
	// long as its encryption asks for: the same key may stand in both members.
	maxKeys = 3
)

const sendCertificate = "Send the certificate, and below it the intermediate certificates, as PEM or base64; or a PFX as base64."

// upload is everything that was found in the members of a request.
type upload struct {
	password     string
	keys         []crypto.Signer
	certificates []*x509.Certificate
	unread       []unread
	opened       int // keys and PFX files so far
}

// readUpload reads both members. A member may hold more than its name says: one
// file with key and chain is common.
func readUpload(certificate, privateKey, password string) (*upload, error) {
	u := &upload{password: password}
	damaged := func(err error) error { return refuse(CertificateNotValid, sendCertificate, "%s", err) }
	if err := u.member(certificate, u.bareCertificate, damaged); err != nil {
		return nil, err
	}
	damaged = func(err error) error { return refuse(PrivateKeyNotValid, sendKey, "%s", err) }
	if err := u.member(privateKey, u.bareKey, damaged); err != nil {
		return nil, err
	}
	switch {
	case len(u.certificates) == 0 && len(u.unread) > 0:
		return nil, refuse(CertificateNotValid, sendCertificate, "The certificate %s cannot be read: %s.", u.unread[0], u.unread[0].why)
	case len(u.certificates) == 0:
		return nil, refuse(CertificateMissing, sendCertificate, "The request has no certificate.")
	case len(u.keys) == 0:
		return nil, refuse(PrivateKeyMissing, sendKey, "The request has no private key.")
	case len(u.certificates)+len(u.unread) > maxCertificates:
		return nil, refuse(CertificateNotValid, "Send the certificate and its chain only.", "The request has %d certificates; at most %d are taken.", len(u.certificates)+len(u.unread), maxCertificates)
	}
	return u, nil
}

// member reads the items of one member; bare reads an item without a label,
// damaged refuses a text in which something is nearly a block.
func (u *upload) member(text string, bare func(item) error, damaged func(error) error) error {
	if strings.TrimSpace(text) == "" {
		return nil
	}
	items, err := split(text)
	if err != nil {
		return damaged(err)
	}
	if len(items) == 0 { // bare says it in the words of its member
		return bare(item{})
	}
	for _, i := range items {
		read := bare
		if i.label != "" {
			read = u.labelled
		}
		if err := read(i); err != nil {
			return err
		}
	}
	return nil
}

// labelled reads a PEM block (RFC 7468 and OpenSSL's own labels).
func (u *upload) labelled(i item) error {
	switch i.label {
	case "CERTIFICATE", "X509 CERTIFICATE":
		return u.certificate(i.der)
	case "PRIVATE KEY", "ENCRYPTED PRIVATE KEY", "RSA PRIVATE KEY", "EC PRIVATE KEY":
		return u.key(i)
	case "PKCS12":
		return u.pfx(i.der)
	case "EC PARAMETERS", "DH PARAMETERS": // openssl ecparam writes them before the key
		return nil
	case "PKCS7", "CMS":
		return pkcs7()
	case "CERTIFICATE REQUEST", "NEW CERTIFICATE REQUEST":
		return request()
	case "PUBLIC KEY", "RSA PUBLIC KEY":
		return refuse(PrivateKeyNotValid, sendKey, "The request has a public key in place of the private key.")
	case "OPENSSH PRIVATE KEY", "DSA PRIVATE KEY":
		return refuse(PrivateKeyNotSupported, sendKey, "The private key is in the form %q, which TLS certificates do not have.", i.label)
	}
	return refuse(CertificateNotValid, sendCertificate, "The request has a PEM block %q, which is neither a certificate nor a private key.", i.label)
}

// bareCertificate tells by its structure what base64 in certificate is.
func (u *upload) bareCertificate(i item) error {
	var content struct {
		Type asn1.ObjectIdentifier
		Rest asn1.RawValue `asn1:"optional"`
	}
	switch {
	case isPFX(i.der):
		return u.pfx(i.der)
	case isKey(i.der):
		return refuse(CertificateNotValid, sendCertificate, "What was sent as the certificate is a private key.")
	}
	if rest, err := asn1.Unmarshal(i.der, &content); err == nil && len(rest) == 0 {
		return pkcs7()
	}
	if _, err := x509.ParseCertificateRequest(i.der); err == nil {
		return request()
	}
	return u.certificate(i.der)
}

func (u *upload) bareKey(i item) error {
	if isPFX(i.der) {
		return refuse(PrivateKeyNotValid, sendPFX, "What was sent as the private key is a PFX.")
	}
	if _, err := x509.ParseCertificate(i.der); err == nil {
		return refuse(PrivateKeyNotValid, sendKey, "What was sent as the private key is a certificate.")
	}
	return u.key(i)
}

// certificate takes one or more certificates behind each other; the same one
// twice counts once. One that looks like a certificate and cannot be parsed is
// kept apart: chainOf says whether it is needed.
func (u *upload) certificate(der []byte) error {
	damaged := refuse(CertificateNotValid, sendCertificate, "What the request has as a certificate is not one, or is damaged or cut off.")
	if len(der) == 0 {
		return damaged
	}
	for len(der) > 0 {
		var one asn1.RawValue
		rest, err := asn1.Unmarshal(der, &one)
		if err != nil {
			return damaged
		}
		der = rest
		c, err := x509.ParseCertificate(one.FullBytes)
		if err == nil {
			u.add(c)
			continue
		}
		odd, ok := unreadable(one.FullBytes, err)
		if !ok {
			return damaged
		}
		if !slices.ContainsFunc(u.unread, func(other unread) bool { return bytes.Equal(other.der, odd.der) }) {
			u.unread = append(u.unread, odd)
		}
	}
	return nil
}

func (u *upload) add(c *x509.Certificate) {
	if !contains(u.certificates, c) {
		u.certificates = append(u.certificates, c)
	}
}

func contains(certs []*x509.Certificate, c *x509.Certificate) bool {
	for _, other := range certs {
		if other.Equal(c) {
			return true
		}
	}
	return false
}

// open counts what is going to be opened.
func (u *upload) open() error {
	if u.opened++; u.opened > maxKeys {
		return refuse(PrivateKeyNotValid, sendKey, "The request has more than %d private keys.", maxKeys)
	}
	return nil
}

// key takes a private key; a second one must be the same.
func (u *upload) key(i item) error {
	if err := u.open(); err != nil {
		return err
	}
	key, err := readKey(i, u.password)
	if err != nil {
		return err
	}
	return u.addKey(key)
}

func (u *upload) addKey(key crypto.Signer) error {
	if len(u.keys) > 0 && !samePublic(u.keys[0].Public(), key.Public()) {
		return refuse(PrivateKeyNotValid, sendKey, "The request has more than one private key.")
	}
	u.keys = append(u.keys, key)
	return nil
}

func (u *upload) pfx(der []byte) error {
	if err := u.open(); err != nil {
		return err
	}
	content, err := readPFX(der, u.password)
	if err != nil {
		return err
	}
	for _, cert := range content.certificates {
		if err := u.certificate(cert); err != nil {
			return err
		}
	}
	for _, raw := range content.keys {
		key, refused := plainKey(raw)
		if refused != nil {
			return refused
		}
		if err := u.addKey(key); err != nil {
			return err
		}
	}
	return nil
}

func pkcs7() error {
	return refuse(CertificateNotValid, "Convert it with: openssl pkcs7 -print_certs -in chain.p7b -out chain.pem", "The certificate is in a PKCS#7 file.")
}

func request() error {
	return refuse(CertificateNotValid, "Send the certificate that the certificate authority made from it.", "The request has a certificate signing request in place of the certificate.")
}
