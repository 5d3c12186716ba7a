package funchost

import (
	"crypto/sha256"
	"crypto/subtle"
	"fmt"
	"net/http"
	"strings"
)

// authLevel is the key that an HTTP function asks for.
type authLevel int

const (
	levelFunction authLevel = iota // the default of function.json
	levelAnonymous
	levelAdmin
)

func parseAuthLevel(text string) (authLevel, error) {
	switch strings.ToLower(text) {
	case "", "function":
		return levelFunction, nil
	case "anonymous":
		return levelAnonymous, nil
	case "admin":
		return levelAdmin, nil
	default:
		return 0, fmt.Errorf("authLevel %q is not anonymous, function or admin", text)
	}
}

// keyring decides who may call what. The key comes in x-functions-key or in
// ?code=; the header wins.
type keyring struct {
	enabled bool
	keys    []string
	master  string
}

func (k keyring) admits(r *http.Request, level authLevel) bool {
	if !k.enabled || level == levelAnonymous {
		return true
	}
	given := r.Header.Get("x-functions-key")
	if given == "" {
		given = r.URL.Query().Get("code")
	}
	admitted := sameKey(given, k.master)
	if level == levelFunction {
		for _, key := range k.keys {
			admitted = sameKey(given, key) || admitted
		}
	}
	return admitted
}

// sameKey compares digests, so that the time taken says nothing about the key.
func sameKey(given, key string) bool {
	a, b := sha256.Sum256([]byte(given)), sha256.Sum256([]byte(key))
	return key != "" && subtle.ConstantTimeCompare(a[:], b[:]) == 1
}
