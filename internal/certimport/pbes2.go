package certimport

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/des"
	"crypto/pbkdf2"
	"crypto/sha1"
	"crypto/sha256"
	"crypto/sha512"
	"crypto/x509/pkix"
	"encoding/asn1"
	"hash"
)

// Encrypted PKCS#8 (RFC 5958 section 3) with PBES2 (RFC 8018 section 6.2). It is
// put together here from the standard library because the libraries for it crash
// on a damaged envelope and take any number of iterations.

// maxIterations bounds the work that an upload can ask for: some seconds. OpenSSL
// writes 2048; the greatest number that is recommended anywhere is 1,300,000.
const maxIterations = 2_000_000

// envelope is EncryptedPrivateKeyInfo.
type envelope struct {
	Algorithm pkix.AlgorithmIdentifier
	Data      []byte
}

type pbes2Params struct {
	KDF    pkix.AlgorithmIdentifier
	Cipher pkix.AlgorithmIdentifier
}

type pbkdf2Params struct {
	Salt       []byte
	Iterations int
	KeyLength  int                      `asn1:"optional"`
	PRF        pkix.AlgorithmIdentifier `asn1:"optional"`
}

var (
	oidPBES2  = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 5, 13}
	oidPBKDF2 = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 5, 12}
)

// prfs are the HMACs of RFC 8018 appendix B.1; ciphers those of B.2 that occur.
var (
	prfs = map[string]func() hash.Hash{
		"":                    sha1.New, // the default
		"1.2.840.113549.2.7":  sha1.New,
		"1.2.840.113549.2.8":  sha256.New224,
		"1.2.840.113549.2.9":  sha256.New,
		"1.2.840.113549.2.10": sha512.New384,
		"1.2.840.113549.2.11": sha512.New,
	}
	ciphers = map[string]struct {
		keyLength int
		make      func(key []byte) (cipher.Block, error)
	}{
		"2.16.840.1.101.3.4.1.2":  {16, aes.NewCipher},
		"2.16.840.1.101.3.4.1.22": {24, aes.NewCipher},
		"2.16.840.1.101.3.4.1.42": {32, aes.NewCipher},
		"1.2.840.113549.3.7":      {24, des.NewTripleDESCipher},
	}
)

// encryptedKey recognises an envelope: a plain key begins with a number.
func encryptedKey(der []byte) (e envelope, ok bool) {
	rest, err := asn1.Unmarshal(der, &e)
	return e, err == nil && len(rest) == 0
}

// open decrypts the key. There is no check sum: padding, and that a key comes
// out, tell whether the password is right.
func (e envelope) open(password string) ([]byte, error) {
	plain, err := e.decrypt(password)
	if err == nil && !isKey(plain) {
		return nil, passwordWrong("private key")
	}
	return plain, err
}

// decrypt opens any envelope of this kind. Errors are *Error.
func (e envelope) decrypt(password string) ([]byte, error) {
	var params pbes2Params
	var kdf pbkdf2Params
	var iv []byte
	if !e.Algorithm.Algorithm.Equal(oidPBES2) || !exactly(e.Algorithm.Parameters, &params) || !params.KDF.Algorithm.Equal(oidPBKDF2) {
		return nil, otherEncryption()
	}
	if !exactly(params.KDF.Parameters, &kdf) || !exactly(params.Cipher.Parameters, &iv) {
		return nil, otherEncryption()
	}
	prf, known := prfs[kdf.PRF.Algorithm.String()]
	alg, ok := ciphers[params.Cipher.Algorithm.String()]
	if !known || !ok || kdf.Iterations < 1 || kdf.KeyLength != 0 && kdf.KeyLength != alg.keyLength {
		return nil, otherEncryption()
	}
	if kdf.Iterations > maxIterations {
		return nil, refuse(PrivateKeyNotSupported, convertKey, "The encryption of the private key asks for %d rounds of work; at most %d are done.", kdf.Iterations, maxIterations)
	}
	derived, err := pbkdf2.Key(prf, password, kdf.Salt, kdf.Iterations, alg.keyLength)
	if err != nil {
		return nil, otherEncryption()
	}
	block, err := alg.make(derived)
	if err != nil || len(iv) != block.BlockSize() || len(e.Data) == 0 || len(e.Data)%block.BlockSize() != 0 {
		return nil, refuse(PrivateKeyNotValid, sendKey, "The encrypted private key is damaged.")
	}
	plain := make([]byte, len(e.Data))
	cipher.NewCBCDecrypter(block, iv).CryptBlocks(plain, e.Data)
	plain, ok = unpad(plain, block.BlockSize())
	if !ok {
		return nil, passwordWrong("private key")
	}
	return plain, nil
}

// unpad removes the padding of RFC 8018 section 6.1.1.
func unpad(plain []byte, size int) ([]byte, bool) {
	n := int(plain[len(plain)-1])
	if n == 0 || n > size {
		return nil, false
	}
	for _, b := range plain[len(plain)-n:] {
		if int(b) != n {
			return nil, false
		}
	}
	return plain[:len(plain)-n], true
}

func exactly(raw asn1.RawValue, into any) bool {
	rest, err := asn1.Unmarshal(raw.FullBytes, into)
	return err == nil && len(rest) == 0
}

func otherEncryption() *Error {
	return refuse(PrivateKeyNotSupported, convertKey, "The private key is encrypted in another way than PBES2 with PBKDF2 and AES or triple DES.")
}
