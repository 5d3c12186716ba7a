package localca

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"time"
)

// The files of an authority that is kept in a folder. Certificate and key share
// one file, which is replaced as a whole: they cannot come apart.
const (
	authorityFile = "authority.pem" // certificate and private key, mode 0600
	RootFile      = "root.pem"      // certificate alone, for SSL_CERT_FILE
)

// Open loads the authority that is kept in the folder, or makes one there, so
// that a root which a browser was told to trust stays the same across runs. One
// that is near its end, or not readable as an authority, is replaced.
func Open(dir string) (*Authority, error) {
	a, err := load(filepath.Join(dir, authorityFile), time.Now())
	if err == nil {
		// The public file is written again too: it may have been removed, or a
		// run may have ended between the two writes.
		return a, a.writeRoot(dir)
	}
	if unusable := new(unusableError); !errors.Is(err, fs.ErrNotExist) && !errors.As(err, &unusable) {
		return nil, fmt.Errorf("open the local authority: %w", err)
	}
	if a, err = New(); err != nil {
		return nil, err
	}
	if err := a.save(dir); err != nil {
		return nil, fmt.Errorf("keep the local authority: %w", err)
	}
	return a, nil
}

// unusableError says why a stored authority has to be replaced.
type unusableError struct{ why string }

func (e *unusableError) Error() string { return "stored authority " + e.why }

func load(path string, now time.Time) (*Authority, error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	var root *x509.Certificate
	var key *ecdsa.PrivateKey
	for block, rest := pem.Decode(text); block != nil; block, rest = pem.Decode(rest) {
		switch block.Type {
		case "CERTIFICATE":
			root, err = x509.ParseCertificate(block.Bytes)
		case "EC PRIVATE KEY":
			key, err = x509.ParseECPrivateKey(block.Bytes)
		}
		if err != nil {
			return nil, &unusableError{"cannot be parsed"}
		}
	}
	switch {
	case root == nil || key == nil:
		return nil, &unusableError{"lacks its certificate or its key"}
	case !key.PublicKey.Equal(root.PublicKey):
		return nil, &unusableError{"has a key of another certificate"}
	case now.Before(root.NotBefore) || root.NotAfter.Sub(now) <= renewBefore:
		return nil, &unusableError{"is near its end"}
	}
	return newAuthority(root, key), nil
}

func (a *Authority) save(dir string) error {
	key, err := x509.MarshalECPrivateKey(a.key)
	if err != nil {
		return err
	}
	text := append(a.PEM(), pem.EncodeToMemory(&pem.Block{Type: "EC PRIVATE KEY", Bytes: key})...)
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return err
	}
	if err := replace(filepath.Join(dir, authorityFile), text, 0o600); err != nil {
		return err
	}
	return a.writeRoot(dir)
}

func (a *Authority) writeRoot(dir string) error {
	path := filepath.Join(dir, RootFile)
	if held, err := os.ReadFile(path); err == nil && bytes.Equal(held, a.PEM()) {
		return nil
	}
	return replace(path, a.PEM(), 0o644)
}

// replace writes beside the file and renames, so that a reader sees the old
// content or the new one. The temporary file is made with mode 0600.
func replace(path string, content []byte, mode fs.FileMode) error {
	file, err := os.CreateTemp(filepath.Dir(path), filepath.Base(path)+".*")
	if err != nil {
		return err
	}
	defer os.Remove(file.Name()) // gone already once it is renamed
	_, err = file.Write(content)
	if err = errors.Join(err, file.Chmod(mode), file.Close()); err != nil {
		return err
	}
	return os.Rename(file.Name(), path)
}
