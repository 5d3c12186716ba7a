package certimporttest

import (
	"bytes"
	"encoding/base64"
	"encoding/hex"
	"math/big"
	"strings"
)

// Characters of an encoded secret that must stand in one piece to be found: PEM
// breaks lines, so a whole one may not. Even the shortest is no coincidence.
const (
	longest  = 16
	shortest = 12
)

// Traces are the forms in which the key or the password may be in a file: the
// number that is the key, raw, in hexadecimal, decimal and base64 of each
// alignment, and that in base64 once more, as PEM is in a queue message; the
// password likewise. What a key file has beside that number is in the
// certificate too, and public.
func (u Upload) Traces() [][]byte {
	scalar, err := u.Key.Bytes()
	if err != nil {
		panic(err) // a key that was generated has them
	}
	text := hex.EncodeToString(scalar)
	traces := [][]byte{scalar, []byte(text), []byte(strings.ToUpper(text)), []byte(new(big.Int).SetBytes(scalar).String()), []byte(u.Password)}
	for _, secret := range [][]byte{scalar, []byte(u.Password)} {
		for _, piece := range encodings(secret) {
			traces = append(traces, piece)
			traces = append(traces, encodings(piece)...)
		}
	}
	return traces
}

// encodings are pieces of the base64 of anything that has secret in it, wherever
// in a group of three bytes it begins: the beginning and the end, so that one of
// them is whole if a line break is between.
func encodings(secret []byte) (pieces [][]byte) {
	for shift := range 3 {
		text := strings.TrimRight(base64.StdEncoding.EncodeToString(append(make([]byte, shift), secret...)), "=")
		text = text[4 : len(text)-4] // the outermost groups depend on the neighbours
		if len(text) >= shortest {
			n := min(len(text), longest)
			pieces = append(pieces, []byte(text[:n]), []byte(text[len(text)-n:]))
		}
	}
	return pieces
}

// FoundIn returns the first trace that is in data; "" if there is none.
func (u Upload) FoundIn(data []byte) string {
	for _, trace := range u.Traces() {
		if bytes.Contains(data, trace) {
			return string(trace)
		}
	}
	return ""
}
