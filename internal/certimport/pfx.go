package certimport

import (
	"crypto/x509"
	"encoding/asn1"
	"errors"

	"software.sslmate.com/src/go-pkcs12"
)

const (
	sendPFX    = "Send the PFX as base64 in the member certificate, its password in password, and leave privatekey out."
	convertPFX = "Write it anew with: openssl pkcs12 -in old.pfx -nodes -out all.pem && openssl pkcs12 -export -in all.pem -out new.pfx"
)

// maxPFX, in bytes, is three times what a long chain with its key takes. To look
// at a key takes the cube of its length: minutes for one of a quarter megabyte.
const maxPFX = 64 << 10

// maxWork bounds what all parts of a PFX ask for: its MAC, certificates and key.
const maxWork = 3 * maxIterations

var oidData = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 7, 1}

// isPFX recognises the outermost structure (RFC 7292 section 4).
func isPFX(der []byte) bool {
	var pfx struct {
		Version int
		Safe    struct {
			Type    asn1.ObjectIdentifier
			Content asn1.RawValue `asn1:"optional"`
		}
		MAC asn1.RawValue `asn1:"optional"`
	}
	rest, err := asn1.Unmarshal(der, &pfx)
	return err == nil && len(rest) == 0 && pfx.Version == 3 && pfx.Safe.Type.Equal(oidData)
}

// readPFX opens a PFX. What the library does not read is read by parts.
func readPFX(der []byte, password string) (content safe, err error) {
	if len(der) > maxPFX {
		return safe{}, refuse(CertificateNotValid, "Send a PFX with the certificate, its chain and its key only.", "The PFX has %d bytes; at most %d are taken.", len(der), maxPFX)
	}
	if work := costOf(der, 32); work > maxWork {
		return safe{}, refuse(CertificateNotValid, convertPFX, "The PFX asks for more than %d rounds of work to be opened.", maxWork)
	}
	defer func() {
		// The decoder is other people's code on a stranger's bytes.
		if p := recover(); p != nil {
			content, err = safe{}, damagedPFX()
		}
	}()
	content, err = decodeChain(der, password)
	switch {
	case err == nil:
		return content, nil
	case errors.Is(err, pkcs12.ErrIncorrectPassword) || errors.Is(err, pkcs12.ErrDecryption):
		return safe{}, wrongFor(password)
	}
	refused := content.readParts(der, password)
	if refused != nil && refused.Reason == PasswordWrong && password != "" {
		// A PFX without a password has nothing to check one against: that the
		// caller sent one all the same is no reason to refuse it.
		if other := (safe{}); other.readParts(der, "") == nil {
			content, refused = other, nil
		}
	}
	if refused != nil {
		return safe{}, refused
	}
	return content, content.complete()
}

func decodeChain(der []byte, password string) (safe, error) {
	key, first, others, err := pkcs12.DecodeChain(der, password)
	if err != nil {
		return safe{}, err
	}
	raw, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		return safe{}, err
	}
	content := safe{keys: [][]byte{raw}, certificates: [][]byte{first.Raw}}
	for _, c := range others {
		content.certificates = append(content.certificates, c.Raw)
	}
	return content, nil
}

func wrongFor(password string) *Error {
	if password == "" {
		return passwordMissing("PFX")
	}
	return passwordWrong("PFX")
}

func damagedPFX() *Error {
	return refuse(CertificateNotValid, convertPFX, "The PFX is damaged or cut off.")
}

// costOf is all the work that der asks for: wherever a salt is followed by a
// number, that is how often the password is hashed (RFC 7292 section 4 and
// appendix C, RFC 8018 appendix A). What is encrypted cannot be looked into.
func costOf(der []byte, depth int) (sum int) {
	behindSalt := false
	for len(der) > 0 {
		var v asn1.RawValue
		rest, err := asn1.Unmarshal(der, &v)
		if err != nil {
			return sum
		}
		der = rest
		universal := v.Class == asn1.ClassUniversal
		octets := universal && v.Tag == asn1.TagOctetString
		switch {
		case behindSalt && universal && v.Tag == asn1.TagInteger:
			n := maxWork + 1
			var small int
			if _, err := asn1.Unmarshal(v.FullBytes, &small); err == nil {
				n = min(max(small, 0), n)
			}
			sum += n
		case depth > 0 && (v.IsCompound || octets && isSequence(v.Bytes)):
			sum += costOf(v.Bytes, depth-1)
		}
		behindSalt = octets
	}
	return sum
}

// isSequence tells DER in an octet string from a signature or a hash.
func isSequence(der []byte) bool {
	var v asn1.RawValue
	rest, err := asn1.Unmarshal(der, &v)
	return err == nil && len(rest) == 0 && v.Class == asn1.ClassUniversal && v.Tag == asn1.TagSequence
}
