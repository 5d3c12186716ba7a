package dnsapis

import (
	"encoding/json"
	"fmt"
	"hash/fnv"
	"net/http"
	"strings"

	"certgate/localstack/dnssim"
)

// answer writes a reply in JSON.
func answer(w http.ResponseWriter, status int, body any) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	if body != nil {
		json.NewEncoder(w).Encode(body) // the client is gone if this fails
	}
}

// read decodes a request's body; without success it has answered 400.
func read(w http.ResponseWriter, r *http.Request, into any) bool {
	if err := json.NewDecoder(r.Body).Decode(into); err != nil {
		answer(w, http.StatusBadRequest, map[string]any{"message": "The body cannot be read."})
		return false
	}
	return true
}

type object = map[string]any

// bearer lets requests through that have the token; refused answers the others.
func bearer(scheme, token string, refused object, next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("Authorization") != scheme+" "+token {
			answer(w, http.StatusUnauthorized, refused)
			return
		}
		next.ServeHTTP(w, r)
	})
}

// plainName is a zone's name without the dot at the end.
func plainName(z *dnssim.Zone) string { return strings.TrimSuffix(z.Name, ".") }

// hosts are a zone's name servers, each with the suffix "" or ".".
func hosts(z *dnssim.Zone, dot bool) []string {
	out := []string{}
	for _, host := range z.NameServers {
		if !dot {
			host = strings.TrimSuffix(host, ".")
		}
		out = append(out, host)
	}
	return out
}

// numberOf makes an id out of what a record is: the same every time.
func numberOf(parts ...string) int64 {
	h := fnv.New32a()
	fmt.Fprint(h, strings.Join(parts, "\x00"))
	return int64(h.Sum32())
}

// absolute is a name of a zone from its name within, apex being the zone's own.
func absolute(z *dnssim.Zone, relative string) string {
	if relative == "" || relative == "@" {
		return z.Name
	}
	return strings.TrimSuffix(relative, ".") + "." + z.Name
}
