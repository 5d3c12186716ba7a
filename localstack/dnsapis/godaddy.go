package dnsapis

import (
	"net/http"
	"slices"

	"certgate/localstack/dnssim"
)

// GoDaddy plays the domains of version 1 of GoDaddy's API.
func GoDaddy(w *dnssim.World, key, secret string) http.Handler {
	g := goDaddy{w}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /v1/domains", g.domains)
	mux.HandleFunc("PATCH /v1/domains/{domain}/records", g.add)
	mux.HandleFunc("GET /v1/domains/{domain}/records/TXT/{name}", g.get)
	mux.HandleFunc("PUT /v1/domains/{domain}/records/TXT/{name}", g.replace)
	mux.HandleFunc("DELETE /v1/domains/{domain}/records/TXT/{name}", g.delete)
	return bearer("sso-key", key+":"+secret, object{"code": "UNABLE_TO_AUTHENTICATE", "message": "Unauthorized : Could not authenticate API key/secret"}, mux)
}

type goDaddy struct{ *dnssim.World }

type goDaddyRecord struct {
	Type string `json:"type,omitempty"`
	Name string `json:"name,omitempty"`
	Data string `json:"data"`
	TTL  uint32 `json:"ttl"`
}

func (g goDaddy) domains(w http.ResponseWriter, _ *http.Request) {
	list := []object{}
	for _, z := range g.Zones() {
		list = append(list, object{"domain": plainName(z), "status": "ACTIVE", "nameServers": hosts(z, false)})
	}
	answer(w, http.StatusOK, list)
}

func (g goDaddy) find(w http.ResponseWriter, r *http.Request) *dnssim.Zone {
	z, ok := g.Lookup(r.PathValue("domain"))
	if !ok {
		answer(w, http.StatusNotFound, object{"code": "UNKNOWN_DOMAIN", "message": "The given domain is not registered, or does not have a zone file"})
		return nil
	}
	return z
}

func (g goDaddy) get(w http.ResponseWriter, r *http.Request) {
	if z := g.find(w, r); z != nil {
		list := []goDaddyRecord{}
		values, ttl := z.TXT(absolute(z, r.PathValue("name")))
		for _, v := range values {
			list = append(list, goDaddyRecord{"TXT", r.PathValue("name"), v, ttl})
		}
		answer(w, http.StatusOK, list)
	}
}

func (g goDaddy) add(w http.ResponseWriter, r *http.Request) {
	z := g.find(w, r)
	var in []goDaddyRecord
	if z == nil || !read(w, r, &in) {
		return
	}
	for _, record := range in {
		there, _ := z.TXT(absolute(z, record.Name))
		if slices.Contains(there, record.Data) || record.TTL < 600 {
			answer(w, http.StatusUnprocessableEntity, object{"code": "DUPLICATE_RECORD", "message": "Another record with the same attributes already exists"})
			return
		}
	}
	for _, record := range in {
		z.ChangeTXT(absolute(z, record.Name), record.TTL, []string{record.Data}, nil)
	}
	w.WriteHeader(http.StatusOK)
}

func (g goDaddy) replace(w http.ResponseWriter, r *http.Request) {
	z := g.find(w, r)
	var in []goDaddyRecord
	if z == nil || !read(w, r, &in) {
		return
	}
	var values []string
	for _, record := range in {
		values = append(values, record.Data)
	}
	z.SetTXT(absolute(z, r.PathValue("name")), in[0].TTL, values...)
	w.WriteHeader(http.StatusOK)
}

func (g goDaddy) delete(w http.ResponseWriter, r *http.Request) {
	if z := g.find(w, r); z != nil {
		z.SetTXT(absolute(z, r.PathValue("name")), 0)
		w.WriteHeader(http.StatusNoContent)
	}
}
