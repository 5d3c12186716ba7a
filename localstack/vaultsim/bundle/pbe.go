package bundle

import (
	"bytes"
	"crypto/cipher"
	"crypto/des"
	"crypto/rand"
	"crypto/sha1"
	"crypto/x509/pkix"
	"encoding/asn1"
	"math/big"
)

// pbeWithSHAAnd3DES is the encryption of old PFX files (RFC 7292 appendix C).
var oidPBE3DES = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 12, 1, 3}

// rounds is the service's number of iterations.
const rounds = 2000

// What a derived key is for (RFC 7292 appendix B.3).
const (
	cipherKey = 1
	cipherIV  = 2
	macKey    = 3
)

// seal encrypts with pbeWithSHAAnd3DES.
func seal(plain []byte, password string) (pkix.AlgorithmIdentifier, []byte, error) {
	salt := make([]byte, 20)
	rand.Read(salt) // never fails: crypto/rand crashes the process instead
	secret := bmpPassword(password)
	block, err := des.NewTripleDESCipher(deriveKey(cipherKey, salt, secret, rounds, 24))
	if err != nil {
		return pkix.AlgorithmIdentifier{}, nil, err
	}
	padding := block.BlockSize() - len(plain)%block.BlockSize()
	sealed := append(bytes.Clone(plain), bytes.Repeat([]byte{byte(padding)}, padding)...)
	cipher.NewCBCEncrypter(block, deriveKey(cipherIV, salt, secret, rounds, block.BlockSize())).CryptBlocks(sealed, sealed)
	params, err := asn1.Marshal(struct {
		Salt       []byte
		Iterations int
	}{salt, rounds})
	return pkix.AlgorithmIdentifier{Algorithm: oidPBE3DES, Parameters: asn1.RawValue{FullBytes: params}}, sealed, err
}

// bmpPassword is the password as PFX files have it: UTF-16, with a zero at its end.
func bmpPassword(password string) []byte { return append(utf16BE(password), 0, 0) }

// deriveKey is the key derivation of RFC 7292 appendix B.2 with SHA-1.
func deriveKey(purpose byte, salt, password []byte, iterations, size int) []byte {
	const block = sha1.BlockSize
	input := append(filled(salt, block), filled(password, block)...)
	modulus := new(big.Int).Lsh(big.NewInt(1), 8*block)
	var out []byte
	for len(out) < size {
		digest := sha1.Sum(append(bytes.Repeat([]byte{purpose}, block), input...))
		for range iterations - 1 {
			digest = sha1.Sum(digest[:])
		}
		out = append(out, digest[:]...)
		step := new(big.Int).SetBytes(filled(digest[:], block)[:block])
		step.Add(step, big.NewInt(1))
		for at := 0; at < len(input); at += block {
			n := new(big.Int).SetBytes(input[at : at+block])
			n.Add(n, step).Mod(n, modulus).FillBytes(input[at : at+block])
		}
	}
	return out[:size]
}

// filled repeats data up to a whole number of blocks.
func filled(data []byte, block int) []byte {
	if len(data) == 0 {
		return nil
	}
	size := (len(data) + block - 1) / block * block
	return bytes.Repeat(data, size/len(data)+1)[:size]
}
