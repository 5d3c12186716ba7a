package dnsapis

import (
	"fmt"
	"net/http"
	"slices"
	"strconv"

	"certgate/localstack/dnssim"
)

// Cloudflare plays version 4 of Cloudflare's API: zones, and TXT records with batches.
func Cloudflare(w *dnssim.World, token string) http.Handler {
	c := cloudflare{w}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /zones", c.zones)
	mux.HandleFunc("GET /zones/{zone}/dns_records", c.records)
	mux.HandleFunc("POST /zones/{zone}/dns_records/batch", c.batch)
	return bearer("Bearer", token, cloudflareError(10000, "Authentication error"), mux)
}

type cloudflare struct{ *dnssim.World }

func cloudflareError(code int, message string) object {
	return object{"success": false, "errors": []object{{"code": code, "message": message}}, "messages": []object{}, "result": nil}
}

func cloudflareID(parts ...string) string { return fmt.Sprintf("%032x", numberOf(parts...)) }

func (c cloudflare) zones(w http.ResponseWriter, r *http.Request) {
	size, page := number(r, "per_page", 20), number(r, "page", 1)
	all := []object{}
	for _, z := range c.Zones() {
		all = append(all, object{"id": cloudflareID(z.Name), "name": plainName(z), "status": "active", "type": "full", "name_servers": hosts(z, false)})
	}
	from := min((page-1)*size, len(all))
	shown := all[from:min(from+size, len(all))]
	answer(w, http.StatusOK, object{"success": true, "errors": []object{}, "messages": []object{}, "result": shown,
		"result_info": object{"page": page, "per_page": size, "count": len(shown), "total_count": len(all), "total_pages": (len(all) + size - 1) / size}})
}

func number(r *http.Request, name string, otherwise int) int {
	if n, err := strconv.Atoi(r.URL.Query().Get(name)); err == nil && n > 0 {
		return n
	}
	return otherwise
}

func (c cloudflare) zone(w http.ResponseWriter, r *http.Request) *dnssim.Zone {
	for _, z := range c.Zones() {
		if cloudflareID(z.Name) == r.PathValue("zone") {
			return z
		}
	}
	answer(w, http.StatusNotFound, cloudflareError(7003, "Could not route to /zones/"+r.PathValue("zone")+", perhaps your object identifier is invalid?"))
	return nil
}

func (c cloudflare) records(w http.ResponseWriter, r *http.Request) {
	z := c.zone(w, r)
	if z == nil {
		return
	}
	name, result := r.URL.Query().Get("name"), []object{}
	values, ttl := z.TXT(name)
	for _, v := range values {
		result = append(result, object{"id": cloudflareID(z.Name, name, v), "type": "TXT", "name": name, "content": strconv.Quote(v), "ttl": ttl})
	}
	answer(w, http.StatusOK, object{"success": true, "errors": []object{}, "messages": []object{}, "result": result,
		"result_info": object{"page": 1, "per_page": 1000, "count": len(result), "total_count": len(result), "total_pages": 1}})
}

// batch carries out deletes, then posts, all or none.
func (c cloudflare) batch(w http.ResponseWriter, r *http.Request) {
	z := c.zone(w, r)
	var in struct {
		Deletes []struct{ ID string }
		Posts   []struct {
			Type, Name, Content string
			TTL                 uint32
		}
	}
	if z == nil || !read(w, r, &in) {
		return
	}
	type change struct {
		ttl         uint32
		add, remove []string
	}
	changes := map[string]*change{}
	at := func(name string) *change {
		if changes[name] == nil {
			changes[name] = &change{ttl: 60}
		}
		return changes[name]
	}
	for _, d := range in.Deletes {
		found := false
		for _, name := range z.TXTNames() {
			values, _ := z.TXT(name)
			for _, v := range values {
				if cloudflareID(z.Name, name[:len(name)-1], v) == d.ID {
					found, at(name).remove = true, append(at(name).remove, v)
				}
			}
		}
		if !found {
			answer(w, http.StatusNotFound, cloudflareError(81044, "Record does not exist."))
			return
		}
	}
	for _, p := range in.Posts {
		value, err := strconv.Unquote(p.Content)
		if err != nil || p.TTL != 1 && p.TTL < 60 {
			answer(w, http.StatusBadRequest, cloudflareError(9021, "Invalid TTL or content."))
			return
		}
		name := p.Name + "."
		if there, _ := z.TXT(name); slices.Contains(there, value) {
			answer(w, http.StatusBadRequest, cloudflareError(81058, "An identical record already exists."))
			return
		}
		at(name).add, at(name).ttl = append(at(name).add, value), p.TTL
	}
	for name, ch := range changes {
		z.ChangeTXT(name, ch.ttl, ch.add, ch.remove)
	}
	answer(w, http.StatusOK, object{"success": true, "errors": []object{}, "messages": []object{}, "result": object{}})
}
