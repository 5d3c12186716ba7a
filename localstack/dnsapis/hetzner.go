package dnsapis

import (
	"net/http"
	"slices"
	"strconv"
	"strings"
	"sync"

	"certgate/internal/dnsproviders"
	"certgate/localstack/dnssim"
)

// Hetzner plays the DNS part of Hetzner's Cloud API. Its actions are running at the
// first look and have succeeded at the next.
func Hetzner(w *dnssim.World, token string) http.Handler {
	h := &hetzner{World: w, looks: map[string]int{}}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /zones", h.zones)
	mux.HandleFunc("GET /zones/{zone}", h.zone)
	mux.HandleFunc("GET /zones/{zone}/rrsets/{name}/TXT", h.set)
	mux.HandleFunc("POST /zones/{zone}/rrsets/{name}/TXT/actions/add_records", h.add)
	mux.HandleFunc("POST /zones/{zone}/rrsets/{name}/TXT/actions/remove_records", h.remove)
	mux.HandleFunc("GET /actions/{id}", h.action)
	return bearer("Bearer", token, hetznerError("unauthorized", "the token is not valid"), mux)
}

type hetzner struct {
	*dnssim.World
	mu    sync.Mutex
	looks map[string]int // by action
	last  int
}

func hetznerError(code, message string) object {
	return object{"error": object{"code": code, "message": message, "details": nil}}
}

func hetznerZone(z *dnssim.Zone) object {
	return object{"id": numberOf(z.Name), "name": plainName(z), "mode": "primary", "status": "ok", "ttl": 3600,
		"authoritative_nameservers": object{"assigned": hosts(z, true), "delegated": hosts(z, true), "delegation_status": "valid"}}
}

func (h *hetzner) zones(w http.ResponseWriter, r *http.Request) {
	list := []object{}
	for _, z := range h.Zones() {
		if name := r.URL.Query().Get("name"); name == "" || name == plainName(z) {
			list = append(list, hetznerZone(z))
		}
	}
	answer(w, http.StatusOK, object{"zones": list, "meta": object{"pagination": object{"page": 1, "per_page": 50, "previous_page": nil, "next_page": nil, "last_page": 1, "total_entries": len(list)}}})
}

// find takes an id or a name; without success it has answered.
func (h *hetzner) find(w http.ResponseWriter, r *http.Request) *dnssim.Zone {
	for _, z := range h.Zones() {
		if asked := r.PathValue("zone"); asked == plainName(z) || asked == strconv.FormatInt(numberOf(z.Name), 10) {
			return z
		}
	}
	answer(w, http.StatusNotFound, hetznerError("not_found", "zone not found"))
	return nil
}

func (h *hetzner) zone(w http.ResponseWriter, r *http.Request) {
	if z := h.find(w, r); z != nil {
		answer(w, http.StatusOK, object{"zone": hetznerZone(z)})
	}
}

func (h *hetzner) set(w http.ResponseWriter, r *http.Request) {
	z := h.find(w, r)
	if z == nil {
		return
	}
	values, ttl := z.TXT(absolute(z, r.PathValue("name")))
	if len(values) == 0 {
		answer(w, http.StatusNotFound, hetznerError("not_found", "rrset not found"))
		return
	}
	list := []object{}
	for _, v := range values {
		list = append(list, object{"value": strconv.Quote(v), "comment": ""})
	}
	answer(w, http.StatusOK, object{"rrset": object{"id": r.PathValue("name") + "/TXT", "name": r.PathValue("name"), "type": "TXT", "ttl": ttl, "zone": numberOf(z.Name), "records": list}})
}

func (h *hetzner) add(w http.ResponseWriter, r *http.Request) {
	h.change(w, r, func(z *dnssim.Zone, name string, ttl uint32, values []string) {
		if there, old := z.TXT(name); len(there) > 0 {
			ttl = old
		}
		z.ChangeTXT(name, ttl, values, nil)
	})
}

func (h *hetzner) remove(w http.ResponseWriter, r *http.Request) {
	h.change(w, r, func(z *dnssim.Zone, name string, _ uint32, values []string) {
		_, ttl := z.TXT(name)
		z.ChangeTXT(name, ttl, nil, values)
	})
}

func (h *hetzner) change(w http.ResponseWriter, r *http.Request, change func(z *dnssim.Zone, name string, ttl uint32, values []string)) {
	z := h.find(w, r)
	var in struct {
		TTL     uint32
		Records []struct{ Value string }
	}
	if z == nil || !read(w, r, &in) {
		return
	}
	var values []string
	for _, record := range in.Records {
		if !strings.HasPrefix(record.Value, `"`) {
			answer(w, http.StatusUnprocessableEntity, hetznerError("invalid_input", "invalid input in field 'records': TXT values are written in quotes"))
			return
		}
		values = append(values, dnsproviders.Unquoted(record.Value))
	}
	name := absolute(z, r.PathValue("name"))
	there, old := z.TXT(name)
	if len(there) > 0 && in.TTL != 0 && in.TTL != old {
		answer(w, http.StatusConflict, hetznerError("conflict", "the TTL of the rrset is another one"))
		return
	}
	if strings.HasSuffix(r.URL.Path, "add_records") && slices.ContainsFunc(values, func(v string) bool { return slices.Contains(there, v) }) {
		answer(w, http.StatusConflict, hetznerError("uniqueness_error", "the record exists already"))
		return
	}
	change(z, name, in.TTL, values)
	h.mu.Lock()
	defer h.mu.Unlock()
	h.last++
	answer(w, http.StatusCreated, object{"action": hetznerAction(h.last, "running")})
}

func hetznerAction(id int, status string) object {
	return object{"id": id, "command": "change_rrset", "status": status, "progress": 0, "resources": []object{}, "error": nil}
}

func (h *hetzner) action(w http.ResponseWriter, r *http.Request) {
	h.mu.Lock()
	defer h.mu.Unlock()
	id, _ := strconv.Atoi(r.PathValue("id"))
	if id == 0 || id > h.last {
		answer(w, http.StatusNotFound, hetznerError("not_found", "action not found"))
		return
	}
	status := "running"
	if h.looks[r.PathValue("id")]++; h.looks[r.PathValue("id")] > 1 {
		status = "success"
	}
	answer(w, http.StatusOK, object{"action": hetznerAction(id, status)})
}
