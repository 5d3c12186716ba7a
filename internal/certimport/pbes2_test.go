package certimport_test

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/des"
	"crypto/pbkdf2"
	"crypto/rand"
	"crypto/sha1"
	"crypto/sha256"
	"crypto/sha512"
	"crypto/x509/pkix"
	"encoding/asn1"
	"fmt"
	"hash"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"certgate/internal/certimport"
)

// pbes2 are the choices of RFC 8018; the zero value is what OpenSSL writes.
type pbes2 struct {
	iterations int // 2048
	prf        int // last number of the HMAC's identifier: 9 (SHA-256); -1 leaves it out (SHA-1)
	cipher     int // AES bits: 256; 3 is triple DES
	keyLength  bool
	ivLength   int // 0: as the cipher wants it
}

var hmacs = map[int]func() hash.Hash{-1: sha1.New, 7: sha1.New, 8: sha256.New224, 9: sha256.New, 10: sha512.New384, 11: sha512.New}

func encrypted(t testing.TB, plain []byte, password string, c pbes2) []byte {
	t.Helper()
	orElse := func(v *int, fallback int) {
		if *v == 0 {
			*v = fallback
		}
	}
	orElse(&c.iterations, 2048)
	orElse(&c.prf, 9)
	orElse(&c.cipher, 256)
	oid, length, newBlock := asn1.ObjectIdentifier{2, 16, 840, 1, 101, 3, 4, 1, map[int]int{128: 2, 192: 22, 256: 42}[c.cipher]}, c.cipher/8, aes.NewCipher
	if c.cipher == 3 {
		oid, length, newBlock = asn1.ObjectIdentifier{1, 2, 840, 113549, 3, 7}, 24, des.NewTripleDESCipher
	}
	salt := make([]byte, 16)
	rand.Read(salt)
	key, err := pbkdf2.Key(hmacs[c.prf], password, salt, min(c.iterations, 10_000), length)
	if err != nil {
		t.Fatal(err)
	}
	block, err := newBlock(key)
	if err != nil {
		t.Fatal(err)
	}
	pad := block.BlockSize() - len(plain)%block.BlockSize()
	data := append([]byte{}, plain...)
	for range pad {
		data = append(data, byte(pad))
	}
	iv := make([]byte, block.BlockSize())
	rand.Read(iv)
	cipher.NewCBCEncrypter(block, iv).CryptBlocks(data, data)
	if c.ivLength > 0 {
		iv = make([]byte, c.ivLength)
	}

	kdf := []any{salt, c.iterations}
	if c.keyLength {
		kdf = append(kdf, length)
	}
	if c.prf > 0 {
		kdf = append(kdf, pkix.AlgorithmIdentifier{Algorithm: asn1.ObjectIdentifier{1, 2, 840, 113549, 2, c.prf}, Parameters: asn1.NullRawValue})
	}
	params := sequence(t, sequence(t, asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 5, 12}, sequence(t, kdf...)), sequence(t, oid, iv))
	return sequence(t, sequence(t, asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 5, 13}, params), data).FullBytes
}

func sequence(t testing.TB, parts ...any) asn1.RawValue {
	t.Helper()
	v := asn1.RawValue{Class: asn1.ClassUniversal, Tag: asn1.TagSequence, IsCompound: true}
	for _, part := range parts {
		der, err := asn1.Marshal(part)
		if err != nil {
			t.Fatal(err)
		}
		v.Bytes = append(v.Bytes, der...)
	}
	der, err := asn1.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return asn1.RawValue{FullBytes: der}
}

func TestAnEncryptedKeyIsReadWithEveryCipherAndHash(t *testing.T) {
	t.Parallel()
	ca := newAuthority(t)
	leaf := issue(t, &ca.intermediate, newKey(t), nil)
	for _, bits := range []int{128, 192, 256, 3} {
		for prf := range hmacs {
			c := pbes2{cipher: bits, prf: prf, keyLength: prf%2 == 0}
			t.Run(fmt.Sprintf("%+v", c), func(t *testing.T) {
				t.Parallel()
				parsed(t, leaf, 1, leaf.pem(), armour("ENCRYPTED PRIVATE KEY", encrypted(t, pkcs8DER(t, leaf.key), "password", c)), "password")
			})
		}
	}
}

func TestADamagedOrCostlyEncryptionIsRefused(t *testing.T) {
	t.Parallel()
	ca := newAuthority(t)
	leaf := issue(t, &ca.intermediate, newKey(t), nil)
	key := pkcs8DER(t, leaf.key)
	whole := encrypted(t, key, "password", pbes2{})
	var parts []asn1.RawValue
	if _, err := asn1.Unmarshal(whole, &parts); err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		der  []byte
		want certimport.Reason
	}{
		"more work than is done": {encrypted(t, key, "password", pbes2{iterations: 2_000_000_000}), certimport.PrivateKeyNotSupported},
		"a short start vector":   {encrypted(t, key, "password", pbes2{ivLength: 3}), certimport.PrivateKeyNotValid},
		"half a block":           {sequence(t, parts[0], parts[1].Bytes[:len(parts[1].Bytes)-7]).FullBytes, certimport.PrivateKeyNotValid},
		"nothing encrypted":      {sequence(t, parts[0], []byte{}).FullBytes, certimport.PrivateKeyNotValid},
		"another scheme":         {sequence(t, sequence(t, asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 5, 3}, sequence(t, []byte("saltsalt"), 2048)), parts[1].Bytes).FullBytes, certimport.PrivateKeyNotSupported},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := certimport.Parse(shop, leaf.pem(), armour("ENCRYPTED PRIVATE KEY", c.der), "password", now)
			if reasonOf(err) != c.want {
				t.Errorf("%v (%s), want %s", err, reasonOf(err), c.want)
			}
		})
	}
}

// OpenSSL is where most files come from.
func TestWhatOpenSSLWritesIsRead(t *testing.T) {
	t.Parallel()
	if _, err := exec.LookPath("openssl"); err != nil {
		t.Skip("openssl is not installed")
	}
	dir := t.TempDir()
	file := func(name string) string { return filepath.Join(dir, name) }
	read := func(t *testing.T, name string) string {
		t.Helper()
		raw, err := os.ReadFile(file(name))
		if err != nil {
			t.Fatal(err)
		}
		return string(raw)
	}
	ca := newAuthority(t)
	leaf := issue(t, &ca.intermediate, rsaKey(), nil)
	for name, text := range map[string]string{"key": armour("PRIVATE KEY", pkcs8DER(t, leaf.key)), "leaf": leaf.pem(), "chain": ca.intermediate.pem()} {
		if err := os.WriteFile(file(name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	for name, args := range map[string][]string{
		"pkcs8":        {"pkcs8", "-topk8", "-in", file("key"), "-passout", "pass:s3cret"},
		"pkcs8-des3":   {"pkcs8", "-topk8", "-v2", "des3", "-v2prf", "hmacWithSHA1", "-in", file("key"), "-passout", "pass:s3cret"},
		"pkcs8-sha512": {"pkcs8", "-topk8", "-v2", "aes-128-cbc", "-v2prf", "hmacWithSHA512", "-in", file("key"), "-passout", "pass:s3cret"},
		"traditional":  {"rsa", "-traditional", "-aes128", "-in", file("key"), "-passout", "pass:s3cret"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if out, err := exec.CommandContext(t.Context(), "openssl", append(args, "-out", file(name))...).CombinedOutput(); err != nil {
				t.Fatalf("openssl: %v %s", err, out)
			}
			parsed(t, leaf, 2, leaf.pem()+ca.intermediate.pem(), read(t, name), "s3cret")
		})
	}
	t.Run("pfx", func(t *testing.T) {
		t.Parallel()
		args := []string{"pkcs12", "-export", "-inkey", file("key"), "-in", file("leaf"), "-certfile", file("chain"), "-passout", "pass:s3cret", "-out", file("pfx")}
		if out, err := exec.CommandContext(t.Context(), "openssl", args...).CombinedOutput(); err != nil {
			t.Fatalf("openssl: %v %s", err, out)
		}
		parsed(t, leaf, 2, b64([]byte(read(t, "pfx"))), "", "s3cret")
	})
}
