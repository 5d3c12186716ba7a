package dnsapis

import (
	"net/http"
	"strconv"

	"certgate/localstack/dnssim"
)

// DigitalOcean plays the domains of version 2 of DigitalOcean's API.
func DigitalOcean(w *dnssim.World, token string) http.Handler {
	d := digitalOcean{w}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /v2/domains", d.domains)
	mux.HandleFunc("GET /v2/domains/{domain}/records", d.records)
	mux.HandleFunc("POST /v2/domains/{domain}/records", d.create)
	mux.HandleFunc("DELETE /v2/domains/{domain}/records/{id}", d.delete)
	return bearer("Bearer", token, object{"id": "Unauthorized", "message": "Unable to authenticate you"}, mux)
}

type digitalOcean struct{ *dnssim.World }

func (d digitalOcean) notFound(w http.ResponseWriter) {
	answer(w, http.StatusNotFound, object{"id": "not_found", "message": "The resource you were accessing could not be found."})
}

func (d digitalOcean) domains(w http.ResponseWriter, r *http.Request) {
	size, page := number(r, "per_page", 20), number(r, "page", 1)
	all := []object{}
	for _, z := range d.Zones() {
		all = append(all, object{"name": plainName(z), "ttl": 1800, "zone_file": ""})
	}
	from := min((page-1)*size, len(all))
	to := min(from+size, len(all))
	links := object{}
	if to < len(all) {
		links["pages"] = object{"next": "?page=" + strconv.Itoa(page+1), "last": "?page=" + strconv.Itoa((len(all)+size-1)/size)}
	}
	answer(w, http.StatusOK, object{"domains": all[from:to], "links": links, "meta": object{"total": len(all)}})
}

func (d digitalOcean) find(w http.ResponseWriter, r *http.Request) *dnssim.Zone {
	z, ok := d.Lookup(r.PathValue("domain"))
	if !ok {
		d.notFound(w)
		return nil
	}
	return z
}

func (d digitalOcean) records(w http.ResponseWriter, r *http.Request) {
	z := d.find(w, r)
	if z == nil {
		return
	}
	name, list := r.URL.Query().Get("name")+".", []object{}
	values, ttl := z.TXT(name)
	for _, v := range values {
		list = append(list, object{"id": numberOf(name, v), "type": "TXT", "name": name, "data": v, "ttl": ttl})
	}
	answer(w, http.StatusOK, object{"domain_records": list, "links": object{}, "meta": object{"total": len(list)}})
}

func (d digitalOcean) create(w http.ResponseWriter, r *http.Request) {
	z := d.find(w, r)
	var in struct {
		Type, Name, Data string
		TTL              uint32
	}
	if z == nil || !read(w, r, &in) {
		return
	}
	if in.TTL < 30 {
		answer(w, http.StatusUnprocessableEntity, object{"id": "unprocessable_entity", "message": "TTL must be greater than or equal to 30."})
		return
	}
	name := absolute(z, in.Name)
	z.ChangeTXT(name, in.TTL, []string{in.Data}, nil)
	answer(w, http.StatusCreated, object{"domain_record": object{"id": numberOf(name, in.Data), "type": in.Type, "name": in.Name, "data": in.Data, "ttl": in.TTL}})
}

func (d digitalOcean) delete(w http.ResponseWriter, r *http.Request) {
	z := d.find(w, r)
	if z == nil {
		return
	}
	for _, name := range z.TXTNames() {
		values, ttl := z.TXT(name)
		for _, v := range values {
			if strconv.FormatInt(numberOf(name, v), 10) == r.PathValue("id") {
				z.ChangeTXT(name, ttl, nil, []string{v})
				w.WriteHeader(http.StatusNoContent)
				return
			}
		}
	}
	d.notFound(w)
}
