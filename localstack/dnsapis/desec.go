package dnsapis

import (
	"net/http"
	"strings"

	"certgate/internal/dnsproviders"
	"certgate/localstack/dnssim"
)

// DeSEC plays version 1 of deSEC's API.
func DeSEC(w *dnssim.World, token string) http.Handler {
	d := desec{w}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /domains/{$}", d.domains)
	mux.HandleFunc("GET /domains/{domain}/{$}", d.domain)
	mux.HandleFunc("POST /domains/{domain}/rrsets/{$}", d.create)
	mux.HandleFunc("GET /domains/{domain}/rrsets/{name}/TXT/{$}", d.get)
	mux.HandleFunc("PATCH /domains/{domain}/rrsets/{name}/TXT/{$}", d.patch)
	return bearer("Token", token, object{"detail": "Invalid token."}, mux)
}

type desec struct{ *dnssim.World }

type desecSet struct {
	Domain  string   `json:"domain"`
	Subname string   `json:"subname"`
	Name    string   `json:"name"`
	Type    string   `json:"type"`
	TTL     uint32   `json:"ttl"`
	Records []string `json:"records"`
}

func (d desec) domains(w http.ResponseWriter, _ *http.Request) {
	list := []object{}
	for _, z := range d.Zones() {
		list = append(list, object{"name": plainName(z), "minimum_ttl": 3600})
	}
	answer(w, http.StatusOK, list)
}

func (d desec) find(w http.ResponseWriter, r *http.Request) *dnssim.Zone {
	z, ok := d.Lookup(r.PathValue("domain"))
	if !ok {
		answer(w, http.StatusNotFound, object{"detail": "Not found."})
		return nil
	}
	return z
}

func (d desec) domain(w http.ResponseWriter, r *http.Request) {
	if z := d.find(w, r); z != nil {
		answer(w, http.StatusOK, object{"name": plainName(z), "minimum_ttl": 3600})
	}
}

func desecAt(z *dnssim.Zone, sub string) desecSet {
	name := absolute(z, sub)
	values, ttl := z.TXT(name)
	set := desecSet{Domain: plainName(z), Subname: strings.TrimPrefix(sub, "@"), Name: name, Type: "TXT", TTL: ttl}
	for _, v := range values {
		set.Records = append(set.Records, dnsproviders.Quoted(v))
	}
	return set
}

func (d desec) get(w http.ResponseWriter, r *http.Request) {
	z := d.find(w, r)
	if z == nil {
		return
	}
	set := desecAt(z, r.PathValue("name"))
	if len(set.Records) == 0 {
		answer(w, http.StatusNotFound, object{"detail": "Not found."})
		return
	}
	answer(w, http.StatusOK, set)
}

func (d desec) create(w http.ResponseWriter, r *http.Request) {
	z := d.find(w, r)
	var in desecSet
	if z == nil || !read(w, r, &in) {
		return
	}
	if len(desecAt(z, in.Subname).Records) > 0 {
		answer(w, http.StatusBadRequest, object{"non_field_errors": []string{"Another RRset with the same subdomain and type exists for this domain. (Try modifying it.)"}})
		return
	}
	d.write(w, z, in.Subname, in, http.StatusCreated)
}

func (d desec) patch(w http.ResponseWriter, r *http.Request) {
	z := d.find(w, r)
	var in desecSet
	if z == nil || !read(w, r, &in) {
		return
	}
	if len(desecAt(z, r.PathValue("name")).Records) == 0 {
		answer(w, http.StatusNotFound, object{"detail": "Not found."})
		return
	}
	d.write(w, z, r.PathValue("name"), in, http.StatusOK)
}

func (d desec) write(w http.ResponseWriter, z *dnssim.Zone, sub string, in desecSet, status int) {
	if in.TTL < 3600 {
		answer(w, http.StatusBadRequest, object{"ttl": []string{"Ensure this value is greater than or equal to 3600."}})
		return
	}
	var values []string
	for _, record := range in.Records {
		values = append(values, dnsproviders.Unquoted(record))
	}
	z.SetTXT(absolute(z, sub), in.TTL, values...)
	if len(values) == 0 {
		w.WriteHeader(http.StatusNoContent)
		return
	}
	answer(w, status, desecAt(z, sub))
}
