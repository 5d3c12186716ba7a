package dnsapis

import (
	"encoding/json"
	"net/http"
	"slices"
	"strconv"
	"sync"

	"certgate/internal/dnsproviders"
	"certgate/localstack/dnssim"
)

// Google plays version 1 of the API of Google Cloud DNS for one project, and, at
// /token, the token endpoint of its service accounts. Signatures of token requests
// are not looked at. Changes are pending at the first look.
func Google(w *dnssim.World, project, token string) http.Handler {
	g := &google{World: w, looks: map[string]int{}}
	base := "/dns/v1/projects/" + project + "/managedZones"
	mux := http.NewServeMux()
	mux.HandleFunc("GET "+base, g.zones)
	mux.HandleFunc("GET "+base+"/{zone}/rrsets", g.list)
	mux.HandleFunc("POST "+base+"/{zone}/changes", g.change)
	mux.HandleFunc("GET "+base+"/{zone}/changes/{id}", g.state)
	signed := bearer("Bearer", token, googleError(http.StatusUnauthorized, "authError", "Invalid Credentials"), mux)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/token" {
			answer(w, http.StatusOK, object{"access_token": token, "token_type": "Bearer", "expires_in": 3600})
			return
		}
		signed.ServeHTTP(w, r)
	})
}

// GoogleKey is the JSON key of a service account, with a private key in PEM.
func GoogleKey(project, url, privateKey string) []byte {
	raw, _ := json.Marshal(object{"type": "service_account", "project_id": project, "private_key_id": "k", "private_key": privateKey,
		"client_email": "certgate@" + project + ".iam.gserviceaccount.com", "token_uri": url + "/token"}) // made here: it can be written
	return raw
}

type google struct {
	*dnssim.World
	mu      sync.Mutex
	changes int
	looks   map[string]int // by change
}

type googleSet struct {
	Name    string   `json:"name"`
	Type    string   `json:"type"`
	TTL     uint32   `json:"ttl"`
	Rrdatas []string `json:"rrdatas"`
}

func googleError(status int, reason, message string) object {
	return object{"error": object{"code": status, "message": message, "errors": []object{{"message": message, "domain": "global", "reason": reason}}}}
}

func googleName(z *dnssim.Zone) string { return "zone-" + strconv.FormatInt(numberOf(z.Name), 10) }

func (g *google) zones(w http.ResponseWriter, _ *http.Request) {
	list := []object{}
	for _, z := range g.Zones() {
		list = append(list, object{"kind": "dns#managedZone", "id": strconv.FormatInt(numberOf(z.Name), 10), "name": googleName(z), "dnsName": z.Name, "nameServers": hosts(z, true), "visibility": "public"})
	}
	answer(w, http.StatusOK, object{"kind": "dns#managedZonesListResponse", "managedZones": list})
}

func (g *google) find(w http.ResponseWriter, r *http.Request) *dnssim.Zone {
	for _, z := range g.Zones() {
		if googleName(z) == r.PathValue("zone") {
			return z
		}
	}
	answer(w, http.StatusNotFound, googleError(http.StatusNotFound, "notFound", "The 'parameters.managedZone' resource named '"+r.PathValue("zone")+"' does not exist."))
	return nil
}

func googleAt(z *dnssim.Zone, name string) (googleSet, bool) {
	values, ttl := z.TXT(name)
	set := googleSet{Name: name, Type: "TXT", TTL: ttl}
	for _, v := range values {
		set.Rrdatas = append(set.Rrdatas, dnsproviders.Quoted(v))
	}
	return set, len(values) > 0
}

func (g *google) list(w http.ResponseWriter, r *http.Request) {
	if z := g.find(w, r); z != nil {
		sets := []googleSet{}
		if set, ok := googleAt(z, r.URL.Query().Get("name")); ok {
			sets = append(sets, set)
		}
		answer(w, http.StatusOK, object{"kind": "dns#resourceRecordSetsListResponse", "rrsets": sets})
	}
}

// change carries out deletions, then additions, all or none. What is deleted must
// stand exactly so.
func (g *google) change(w http.ResponseWriter, r *http.Request) {
	g.mu.Lock()
	defer g.mu.Unlock()
	z := g.find(w, r)
	var in struct{ Additions, Deletions []googleSet }
	if z == nil || !read(w, r, &in) {
		return
	}
	gone := map[string]bool{}
	for _, d := range in.Deletions {
		there, ok := googleAt(z, d.Name)
		if !ok {
			answer(w, http.StatusNotFound, googleError(http.StatusNotFound, "notFound", "The 'entity.change.deletions[0]' resource named '"+d.Name+" (TXT)' does not exist."))
			return
		}
		if there.TTL != d.TTL || !slices.Equal(slices.Sorted(slices.Values(there.Rrdatas)), slices.Sorted(slices.Values(d.Rrdatas))) {
			answer(w, http.StatusPreconditionFailed, googleError(http.StatusPreconditionFailed, "conditionNotMet", "Precondition not met for 'entity.change.deletions[0]'"))
			return
		}
		gone[d.Name] = true
	}
	for _, a := range in.Additions {
		if _, ok := googleAt(z, a.Name); ok && !gone[a.Name] {
			answer(w, http.StatusConflict, googleError(http.StatusConflict, "alreadyExists", "The resource 'entity.change.additions[0]' named '"+a.Name+" (TXT)' already exists"))
			return
		}
	}
	for name := range gone {
		z.SetTXT(name, 0)
	}
	for _, a := range in.Additions {
		var values []string
		for _, data := range a.Rrdatas {
			values = append(values, dnsproviders.Unquoted(data))
		}
		z.SetTXT(a.Name, a.TTL, values...)
	}
	g.changes++
	answer(w, http.StatusOK, object{"kind": "dns#change", "id": strconv.Itoa(g.changes), "status": "pending"})
}

func (g *google) state(w http.ResponseWriter, r *http.Request) {
	g.mu.Lock()
	defer g.mu.Unlock()
	id, status := r.PathValue("id"), "pending"
	if g.looks[id]++; g.looks[id] > 1 {
		status = "done"
	}
	answer(w, http.StatusOK, object{"kind": "dns#change", "id": id, "status": status})
}
