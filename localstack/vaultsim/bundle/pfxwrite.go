package bundle

import (
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha1"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"unicode/utf16"

	"github.com/google/uuid"
)

// A PFX as the service was recorded to write it (2024): first the key, in plain
// data, then the certificates, encrypted as a whole. The library that is used
// elsewhere writes the certificates first, and only with the leaf at their head.

var (
	oidData          = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 7, 1}
	oidEncryptedData = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 7, 6}
	oidShroudedKey   = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 12, 10, 1, 2}
	oidCertBag       = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 12, 10, 1, 3}
	oidX509          = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 9, 22, 1}
	oidFriendlyName  = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 9, 20}
	oidLocalKeyID    = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 9, 21}
	oidProvider      = asn1.ObjectIdentifier{1, 3, 6, 1, 4, 1, 311, 17, 1}
	oidSHA1          = asn1.ObjectIdentifier{1, 3, 14, 3, 2, 26}
)

// localKeyID ties the key to its certificate.
var localKeyID = []byte{1, 0, 0, 0}

const providerName = "Microsoft Software Key Storage Provider"

// The structures of RFC 7292 section 4.
type (
	pfxFile struct {
		Version int
		Safe    contentInfo
		MAC     macData
	}
	contentInfo struct {
		Type    asn1.ObjectIdentifier
		Content asn1.RawValue // see wrapped
	}
	encryptedData struct {
		Version int
		Content encryptedContent
	}
	encryptedContent struct {
		Type      asn1.ObjectIdentifier
		Algorithm pkix.AlgorithmIdentifier
		Data      []byte `asn1:"tag:0"`
	}
	macData struct {
		Digest     digestInfo
		Salt       []byte
		Iterations int
	}
	digestInfo struct {
		Algorithm pkix.AlgorithmIdentifier
		Digest    []byte
	}
	safeBag struct {
		ID         asn1.ObjectIdentifier
		Value      asn1.RawValue // see wrapped
		Attributes []attribute   `asn1:"set,omitempty"`
	}
	certBag struct {
		ID   asn1.ObjectIdentifier
		Data []byte `asn1:"explicit,tag:0"`
	}
	attribute struct {
		ID     asn1.ObjectIdentifier
		Values []asn1.RawValue `asn1:"set"`
	}
)

// writePFX puts an encrypted PKCS#8 key (nil for none) and certificates into one file.
func writePFX(key []byte, certs []*x509.Certificate, leaf *x509.Certificate, password string) ([]byte, error) {
	var contents []contentInfo
	if key != nil {
		bag := safeBag{ID: oidShroudedKey, Value: wrapped(key), Attributes: []attribute{
			one(oidLocalKeyID, octets(localKeyID)), one(oidFriendlyName, bmp("{"+uuid.NewString()+"}")), one(oidProvider, bmp(providerName))}}
		der, err := asn1.Marshal([]safeBag{bag})
		if err != nil {
			return nil, err
		}
		contents = append(contents, plainData(der))
	}
	var bags []safeBag
	for _, c := range certs {
		der, err := asn1.Marshal(certBag{oidX509, c.Raw})
		if err != nil {
			return nil, err
		}
		bag := safeBag{ID: oidCertBag, Value: wrapped(der)}
		if c == leaf {
			bag.Attributes = []attribute{one(oidLocalKeyID, octets(localKeyID))}
		}
		bags = append(bags, bag)
	}
	der, err := asn1.Marshal(bags)
	if err != nil {
		return nil, err
	}
	sealed, err := encryptedContents(der, password)
	if err != nil {
		return nil, err
	}
	safe, err := asn1.Marshal(append(contents, sealed))
	if err != nil {
		return nil, err
	}
	salt := make([]byte, 20)
	rand.Read(salt) // never fails: crypto/rand crashes the process instead
	mac := hmac.New(sha1.New, deriveKey(macKey, salt, bmpPassword(password), rounds, sha1.Size))
	mac.Write(safe)
	return asn1.Marshal(pfxFile{Version: 3, Safe: plainData(safe), MAC: macData{
		Digest: digestInfo{pkix.AlgorithmIdentifier{Algorithm: oidSHA1, Parameters: asn1.NullRawValue}, mac.Sum(nil)},
		Salt:   salt, Iterations: rounds}})
}

func plainData(der []byte) contentInfo {
	return contentInfo{oidData, wrapped(octets(der).FullBytes)}
}

func encryptedContents(der []byte, password string) (contentInfo, error) {
	algorithm, sealed, err := seal(der, password)
	if err != nil {
		return contentInfo{}, err
	}
	out, err := asn1.Marshal(encryptedData{Content: encryptedContent{oidData, algorithm, sealed}})
	return contentInfo{oidEncryptedData, wrapped(out)}, err
}

// shroud encrypts a PKCS#8 key.
func shroud(pkcs8 []byte, password string) ([]byte, error) {
	algorithm, sealed, err := seal(pkcs8, password)
	if err != nil {
		return nil, err
	}
	return asn1.Marshal(struct {
		Algorithm pkix.AlgorithmIdentifier
		Data      []byte
	}{algorithm, sealed})
}

// keyUsageAttribute is the attribute that Windows puts into a PKCS#8 key: [0]
// with the key usage "data encipherment".
var keyUsageAttribute = []byte{0xa0, 0x0d, 0x30, 0x0b, 0x06, 0x03, 0x55, 0x1d, 0x0f, 0x31, 0x04, 0x03, 0x02, 0x00, 0x10}

func withKeyUsage(pkcs8 []byte) ([]byte, error) {
	var key asn1.RawValue
	if _, err := asn1.Unmarshal(pkcs8, &key); err != nil {
		return nil, err
	}
	return asn1.Marshal(asn1.RawValue{Tag: asn1.TagSequence, IsCompound: true, Bytes: append(key.Bytes, keyUsageAttribute...)})
}

func one(id asn1.ObjectIdentifier, value asn1.RawValue) attribute {
	return attribute{id, []asn1.RawValue{value}}
}

// wrapped is the value under the explicit tag 0, which the encoder does not put
// around a raw value by itself.
func wrapped(der []byte) asn1.RawValue {
	return asn1.RawValue{Class: asn1.ClassContextSpecific, IsCompound: true, Bytes: der}
}

func octets(data []byte) asn1.RawValue {
	der, err := asn1.Marshal(data)
	if err != nil {
		panic("bundle: " + err.Error()) // bytes always encode
	}
	return asn1.RawValue{FullBytes: der}
}

func bmp(text string) asn1.RawValue {
	return asn1.RawValue{Tag: asn1.TagBMPString, Bytes: utf16BE(text)}
}

func utf16BE(text string) []byte {
	var out []byte
	for _, unit := range utf16.Encode([]rune(text)) {
		out = append(out, byte(unit>>8), byte(unit))
	}
	return out
}
