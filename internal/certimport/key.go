package certimport

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rsa"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"slices"
	"strings"
)

const (
	sendKey = "Send the certificate's private key: RSA with 2048, 3072 or 4096 bits, or EC on P-256, P-384 or P-521, as PEM or base64."
	// convertKey works for every key that OpenSSL reads, and asks for the old
	// password by itself.
	convertKey = "Convert it with: openssl pkcs8 -topk8 -v2 aes-256-cbc -in old.key -out new.key"
)

// maxKeyDER, in bytes, is an RSA key of more than 16,384 bits. To check a key
// takes the cube of its length: ten seconds for one as long as a request may be.
const maxKeyDER = 16 << 10

// readKey reads a private key: encrypted or plain PKCS#8, PKCS#1 or SEC 1. The
// content decides and not the PEM label, which is often wrong.
func readKey(i item, password string) (crypto.Signer, error) {
	der := i.der
	if i.dekInfo != "" {
		if password == "" {
			return nil, passwordMissing("private key")
		}
		//nolint:staticcheck // Weak, but what people have; it is read here and never written.
		plain, err := x509.DecryptPEMBlock(i.block(), []byte(password))
		if err != nil {
			return nil, passwordWrong("private key")
		}
		if der = plain; !isKey(der) { // one wrong password in 256 has good padding
			return nil, passwordWrong("private key")
		}
	}
	if envelope, ok := encryptedKey(der); ok {
		if password == "" {
			return nil, passwordMissing("private key")
		}
		plain, err := envelope.open(password)
		if err != nil {
			return nil, err
		}
		der = plain
	}
	key, refused := plainKey(der)
	if refused != nil {
		return nil, refused
	}
	return key, nil
}

// isKey reports whether der is a private key, also one that is not supported.
func isKey(der []byte) bool {
	_, refused := plainKey(der)
	return refused == nil || refused.Reason != PrivateKeyNotValid
}

// plainKey reads a key that is not encrypted, and refuses what the vault or the
// gateway does not take.
func plainKey(der []byte) (crypto.Signer, *Error) {
	if len(der) > maxKeyDER {
		return nil, refuse(PrivateKeyNotValid, sendKey, "The private key has %d bytes, which is more than any key for TLS.", len(der))
	}
	key, err := x509.ParsePKCS8PrivateKey(der)
	curve := unknownCurve(err)
	if err != nil {
		key, err = x509.ParsePKCS1PrivateKey(der)
	}
	if err != nil {
		key, err = x509.ParseECPrivateKey(der)
		curve = curve || unknownCurve(err)
	}
	switch {
	case err != nil && writtenOutCurve(der):
		return nil, refuse(PrivateKeyNotSupported, nameCurve, "The private key is an EC key whose curve is written out (explicit parameters) in place of its name.")
	case curve:
		return nil, refuse(PrivateKeyNotSupported, sendKey, "The private key is an EC key on a curve that Key Vault certificates do not have.")
	case err != nil:
		return nil, refuse(PrivateKeyNotValid, sendKey, "The private key is not one in PKCS#8, PKCS#1 or SEC 1 form, or it is damaged.")
	}
	return supported(key)
}

// nameCurve works for keys in both forms.
const nameCurve = "Convert it with: openssl pkey -in old.key -ec_param_enc named_curve -out new.key"

// writtenOutCurve recognises an EC key with explicit parameters: a sequence that
// begins with version 1 where the name of a curve belongs (RFC 5480 section 2.1.1
// forbids it), in SEC 1 (RFC 5915) or PKCS#8.
func writtenOutCurve(der []byte) bool {
	explicit := func(parameters []byte) bool {
		var p struct {
			Version int
			Rest    asn1.RawValue
		}
		_, err := asn1.Unmarshal(parameters, &p)
		return err == nil && p.Version == 1
	}
	var sec1 struct {
		Version    int
		Key        []byte
		Parameters asn1.RawValue `asn1:"optional,tag:0"`
	}
	if _, err := asn1.Unmarshal(der, &sec1); err == nil {
		return explicit(sec1.Parameters.Bytes)
	}
	var pkcs8 struct {
		Version   int
		Algorithm pkix.AlgorithmIdentifier
	}
	_, err := asn1.Unmarshal(der, &pkcs8)
	return err == nil && explicit(pkcs8.Algorithm.Parameters.FullBytes)
}

// unknownCurve recognises the standard library's refusal of a curve, which has
// no type of its own.
func unknownCurve(err error) bool {
	return err != nil && strings.Contains(err.Error(), "unknown elliptic curve")
}

// supported lets pass the keys that a Key Vault certificate can have: RSA of
// these sizes, EC on these curves (Key Vault, "About certificates").
func supported(key any) (crypto.Signer, *Error) {
	switch k := key.(type) {
	case *rsa.PrivateKey:
		if bits := k.N.BitLen(); !slices.Contains([]int{2048, 3072, 4096}, bits) {
			return nil, refuse(PrivateKeyNotSupported, sendKey, "The private key is an RSA key of %d bits.", bits)
		}
		return k, nil
	case *ecdsa.PrivateKey:
		if !slices.Contains([]elliptic.Curve{elliptic.P256(), elliptic.P384(), elliptic.P521()}, k.Curve) {
			return nil, refuse(PrivateKeyNotSupported, sendKey, "The private key is an EC key on the curve %s.", k.Curve.Params().Name)
		}
		return k, nil
	}
	return nil, refuse(PrivateKeyNotSupported, sendKey, "The private key is neither an RSA nor an ECDSA key.")
}

func passwordMissing(what string) *Error {
	return refuse(PasswordMissing, "Send its password in the member password.", "The %s is encrypted and the request has no password.", what)
}

func passwordWrong(what string) *Error {
	return refuse(PasswordWrong, "Send the right password in the member password.", "The password does not open the %s.", what)
}
