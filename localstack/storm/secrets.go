package storm

import (
	"crypto/ecdsa"
	"encoding/base64"
	"encoding/hex"
	"io/fs"
	"math/big"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// pieceSize is the length of the pieces that are looked for. It is short, so that
// line breaks leave one piece whole, and too long for a coincidence: 72 bits where
// it is base64.
const pieceSize = 12

// secrets finds pieces of secrets in files. It looks at each byte once, however
// many secrets there are.
type secrets struct {
	pieces map[[pieceSize]byte]string // piece -> whose it is
	starts []uint64                   // a bit for each beginning of three bytes
}

func newSecrets() *secrets {
	return &secrets{pieces: map[[pieceSize]byte]string{}, starts: make([]uint64, 1<<24/64)}
}

// addText adds a secret that is text: as it is, and inside of base64.
func (s *secrets) addText(name, text string) {
	s.add(name, []byte(text))
	for _, encoded := range encodings([]byte(text)) {
		s.add(name+" in base64", encoded)
	}
}

// addKey adds the number that is the key: raw, in hexadecimal and decimal, in
// base64 as in PEM, and that in base64 once more, as in a queue message. What a key
// file has beside the number is public.
func (s *secrets) addKey(name string, key *ecdsa.PrivateKey) error {
	number, err := key.Bytes()
	if err != nil {
		return err
	}
	text := hex.EncodeToString(number)
	for _, form := range [][]byte{number, []byte(text), []byte(strings.ToUpper(text)), []byte(new(big.Int).SetBytes(number).String())} {
		s.add(name, form)
	}
	for _, encoded := range encodings(number) {
		s.add(name+" in base64", encoded)
		for _, twice := range encodings(encoded) {
			s.add(name+" in base64 twice", twice)
		}
	}
	return nil
}

// encodings are the base64 of anything that has the secret in it, by the place in
// a group of three bytes at which it begins, without what depends on its neighbours.
func encodings(secret []byte) [][]byte {
	var all [][]byte
	for shift := range 3 {
		text := base64.RawStdEncoding.EncodeToString(append(make([]byte, shift), secret...))
		if len(text) >= pieceSize+8 {
			all = append(all, []byte(text[4:len(text)-4]))
		}
	}
	return all
}

// add takes the first and the last piece of a form: a line break spoils one.
func (s *secrets) add(name string, form []byte) {
	if len(form) < pieceSize {
		return
	}
	for _, piece := range [][]byte{form[:pieceSize], form[len(form)-pieceSize:]} {
		s.pieces[[pieceSize]byte(piece)] = name
		start := startOf(piece)
		s.starts[start/64] |= 1 << (start % 64)
	}
}

func startOf(b []byte) uint32 { return uint32(b[0])<<16 | uint32(b[1])<<8 | uint32(b[2]) }

// in names the secrets that are in data, each once.
func (s *secrets) in(data []byte) []string {
	var found []string
	for i := 0; i+pieceSize <= len(data); i++ {
		start := startOf(data[i:])
		if s.starts[start/64]&(1<<(start%64)) == 0 {
			continue
		}
		if name, ok := s.pieces[[pieceSize]byte(data[i:i+pieceSize])]; ok && !slices.Contains(found, name) {
			found = append(found, name)
		}
	}
	return found
}

// below looks into every file below dir.
func (s *secrets) below(dir string) (findings []string, err error) {
	err = filepath.WalkDir(dir, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || !entry.Type().IsRegular() {
			return err
		}
		data, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		for _, name := range s.in(data) {
			findings = append(findings, name+" is in "+strings.TrimPrefix(path, dir))
		}
		return nil
	})
	return findings, err
}
