package certimport

import (
	"crypto/hmac"
	"crypto/pbkdf2"
	"crypto/sha256"
	"crypto/x509/pkix"
	"encoding/asn1"
	"errors"

	"software.sslmate.com/src/go-pkcs12"
)

// safe is what a PFX holds, each in DER: certificates also that the standard
// library does not parse, keys in any form.
type safe struct {
	keys, certificates [][]byte
	opened             int // parts that were decrypted
}

// The parts of a PFX (RFC 7292 section 4).
type (
	pfxFile struct {
		Version int
		Safe    contentInfo
		MAC     asn1.RawValue `asn1:"optional"`
	}
	contentInfo struct {
		Type    asn1.ObjectIdentifier
		Content asn1.RawValue `asn1:"explicit,optional,tag:0"`
	}
	encryptedData struct {
		Version int
		Content struct {
			Type      asn1.ObjectIdentifier
			Algorithm pkix.AlgorithmIdentifier
			Data      []byte `asn1:"optional,tag:0"`
		}
	}
	bag struct {
		ID         asn1.ObjectIdentifier
		Value      asn1.RawValue `asn1:"explicit,tag:0"`
		Attributes asn1.RawValue `asn1:"optional"`
	}
	certBag struct {
		ID   asn1.ObjectIdentifier
		Data []byte `asn1:"explicit,tag:0"`
	}
)

var (
	oidSignedData    = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 7, 2}
	oidEncryptedData = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 7, 6}
	oidKeyBag        = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 12, 10, 1, 1}
	oidShroudedBag   = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 12, 10, 1, 2}
	oidCertBag       = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 12, 10, 1, 3}
	oidSafeBag       = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 12, 10, 1, 6}
	oidX509Bag       = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 9, 22, 1}
)

const (
	// maxNesting bounds safes within safes.
	maxNesting = 4
	// maxOpened bounds how many parts are decrypted; two are usual.
	maxOpened = 8
)

// readParts reads a PFX that the library does not take: without MAC although it
// is encrypted, with any number of safes, or with a certificate that does not parse.
func (s *safe) readParts(der []byte, password string) *Error {
	var file pfxFile
	var octets []byte
	if !all(der, &file) || file.Version != 3 {
		return damagedPFX()
	}
	if file.Safe.Type.Equal(oidSignedData) {
		return refuse(CertificateNotValid, convertPFX, "The PFX is protected by a signature in place of a password, which is not read.")
	}
	var contents []contentInfo
	if !all(file.Safe.Content.Bytes, &octets) || !all(octets, &contents) {
		return damagedPFX()
	}
	for _, c := range contents {
		if refused := s.content(c, password); refused != nil {
			return refused
		}
	}
	return nil
}

func (s *safe) content(c contentInfo, password string) *Error {
	switch {
	case c.Type.Equal(oidData):
		var octets []byte
		if !all(c.Content.Bytes, &octets) {
			return damagedPFX()
		}
		return s.bags(octets, password, maxNesting)
	case c.Type.Equal(oidEncryptedData):
		var e encryptedData
		if !all(c.Content.Bytes, &e) {
			return damagedPFX()
		}
		if refused := s.open(); refused != nil {
			return refused
		}
		if !e.Content.Algorithm.Algorithm.Equal(oidPBES2) {
			return s.byLibrary(c, password)
		}
		plain, err := envelope{Algorithm: e.Content.Algorithm, Data: e.Content.Data}.decrypt(password)
		if err != nil {
			return ofPFX(err, password)
		}
		if refused := s.bags(plain, password, maxNesting); refused != nil {
			return wrongFor(password) // one wrong password in 256 has good padding
		}
		return nil
	}
	return refuse(CertificateNotValid, convertPFX, "The PFX has a part that is encrypted for a certificate in place of a password, which is not read.")
}

func (s *safe) bags(der []byte, password string, depth int) *Error {
	var bags []bag
	if depth == 0 || !all(der, &bags) {
		return damagedPFX()
	}
	for _, b := range bags {
		switch {
		case b.ID.Equal(oidKeyBag):
			s.keys = append(s.keys, b.Value.Bytes)
		case b.ID.Equal(oidShroudedBag):
			if refused := s.shrouded(b, password); refused != nil {
				return refused
			}
		case b.ID.Equal(oidCertBag):
			var c certBag
			if !all(b.Value.Bytes, &c) {
				return damagedPFX()
			}
			if c.ID.Equal(oidX509Bag) {
				s.certificates = append(s.certificates, c.Data)
			}
		case b.ID.Equal(oidSafeBag):
			if refused := s.bags(b.Value.Bytes, password, depth-1); refused != nil {
				return refused
			}
		}
	}
	return nil
}

// open counts what is going to be decrypted.
func (s *safe) open() *Error {
	if s.opened++; s.opened > maxOpened {
		return refuse(CertificateNotValid, convertPFX, "The PFX has more than %d encrypted parts.", maxOpened)
	}
	return nil
}

// shrouded opens a key that is encrypted on its own.
func (s *safe) shrouded(b bag, password string) *Error {
	e, ok := encryptedKey(b.Value.Bytes)
	if !ok {
		return damagedPFX()
	}
	if refused := s.open(); refused != nil {
		return refused
	}
	if e.Algorithm.Algorithm.Equal(oidPBES2) {
		plain, err := e.open(password)
		if err != nil {
			return ofPFX(err, password)
		}
		s.keys = append(s.keys, plain)
		return nil
	}
	b.Attributes = asn1.RawValue{}
	octets, err := asn1.Marshal([]bag{b})
	if err != nil {
		return damagedPFX()
	}
	c, err := dataOf(octets)
	if err != nil {
		return damagedPFX()
	}
	return s.byLibrary(c, password)
}

// byLibrary lets the library decrypt what is encrypted in one of the old ways: one
// part in a PFX of its own, with a MAC that is right for any password.
func (s *safe) byLibrary(c contentInfo, password string) *Error {
	file, err := alone(c, password)
	if err != nil {
		return damagedPFX()
	}
	//nolint:staticcheck // It gives back certificates without parsing them; its keys are read as what they are.
	blocks, err := pkcs12.ToPEM(file, password)
	switch {
	case errors.Is(err, pkcs12.ErrIncorrectPassword) || errors.Is(err, pkcs12.ErrDecryption):
		return wrongFor(password)
	case err != nil:
		return refuse(CertificateNotValid, convertPFX, "The PFX is damaged, or has a form that is not read.")
	}
	for _, b := range blocks {
		if b.Type == "CERTIFICATE" {
			s.certificates = append(s.certificates, b.Bytes)
		} else {
			s.keys = append(s.keys, b.Bytes)
		}
	}
	return nil
}

// alone is a PFX of that part and an empty one: the library wants two.
func alone(c contentInfo, password string) ([]byte, error) {
	none, err := asn1.Marshal([]bag{})
	if err != nil {
		return nil, err
	}
	empty, err := dataOf(none)
	if err != nil {
		return nil, err
	}
	contents, err := asn1.Marshal([]contentInfo{c, empty})
	if err != nil {
		return nil, err
	}
	whole, err := dataOf(contents)
	if err != nil {
		return nil, err
	}
	file := pfxFile{Version: 3, Safe: whole}
	if password != "" {
		if file.MAC, err = macOf(contents, password); err != nil {
			return nil, err
		}
	}
	return asn1.Marshal(file)
}

func dataOf(octets []byte) (contentInfo, error) {
	content, err := asn1.Marshal(octets)
	return contentInfo{Type: oidData, Content: asn1.RawValue{Class: asn1.ClassContextSpecific, Tag: 0, IsCompound: true, Bytes: content}}, err
}

// macOf is a MAC of the newest kind, PBMAC1 (RFC 9579), which the standard library
// can make. It protects nothing here.
func macOf(content []byte, password string) (asn1.RawValue, error) {
	const keyLength = 32
	salt := []byte("certgate")
	key, err := pbkdf2.Key(sha256.New, password, salt, 1, keyLength)
	if err != nil {
		return asn1.RawValue{}, err
	}
	mac := hmac.New(sha256.New, key)
	mac.Write(content)
	prf := pkix.AlgorithmIdentifier{Algorithm: asn1.ObjectIdentifier{1, 2, 840, 113549, 2, 9}}
	kdf, err := asn1.Marshal(pbkdf2Params{Salt: salt, Iterations: 1, KeyLength: keyLength, PRF: prf})
	if err != nil {
		return asn1.RawValue{}, err
	}
	params, err := asn1.Marshal(struct{ KDF, MAC pkix.AlgorithmIdentifier }{
		pkix.AlgorithmIdentifier{Algorithm: oidPBKDF2, Parameters: asn1.RawValue{FullBytes: kdf}}, prf})
	if err != nil {
		return asn1.RawValue{}, err
	}
	var data struct {
		Digest struct {
			Algorithm pkix.AlgorithmIdentifier
			Digest    []byte
		}
		Salt []byte
	}
	data.Digest.Algorithm = pkix.AlgorithmIdentifier{Algorithm: asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 5, 14}, Parameters: asn1.RawValue{FullBytes: params}}
	data.Digest.Digest, data.Salt = mac.Sum(nil), salt
	der, err := asn1.Marshal(data)
	return asn1.RawValue{FullBytes: der}, err
}

// complete says what is missing.
func (s safe) complete() error {
	switch {
	case len(s.keys) == 0:
		return refuse(PrivateKeyMissing, "Export it again with its private key.", "The PFX has no private key.")
	case len(s.certificates) == 0:
		return refuse(CertificateMissing, "Export it again with its certificate and chain.", "The PFX has no certificate.")
	}
	return nil
}

// ofPFX says of the PFX what was said of a private key.
func ofPFX(err error, password string) *Error {
	var refused *Error
	if errors.As(err, &refused) && refused.Reason != PasswordWrong && refused.Reason != PasswordMissing {
		return refuse(CertificateNotValid, convertPFX, "The PFX is encrypted in a way that is not read, or damaged.")
	}
	return wrongFor(password)
}

// all decodes der to its end.
func all(der []byte, into any) bool {
	rest, err := asn1.Unmarshal(der, into)
	return err == nil && len(rest) == 0
}
