package dnsapis

import (
	"crypto/sha1"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"time"

	"certgate/internal/dnsproviders"
	"certgate/localstack/dnssim"
)

// OVHKeys are what requests are signed with.
type OVHKeys struct{ Application, Secret, Consumer string }

// OVH plays the zones of OVHcloud's API. Records that are added or deleted reach
// the name servers when the zone is refreshed.
func OVH(w *dnssim.World, keys OVHKeys) http.Handler {
	o := &ovh{World: w, records: map[string][]ovhRecord{}}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /domain/zone", o.zones)
	mux.HandleFunc("GET /domain/zone/{zone}", o.zone)
	mux.HandleFunc("GET /domain/zone/{zone}/record", o.list)
	mux.HandleFunc("POST /domain/zone/{zone}/record", o.create)
	mux.HandleFunc("GET /domain/zone/{zone}/record/{id}", o.get)
	mux.HandleFunc("DELETE /domain/zone/{zone}/record/{id}", o.delete)
	mux.HandleFunc("POST /domain/zone/{zone}/refresh", o.refresh)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/auth/time" {
			answer(w, http.StatusOK, time.Now().Unix())
			return
		}
		if !keys.signed(r) {
			answer(w, http.StatusForbidden, object{"class": "Client::Forbidden", "message": "Invalid signature"})
			return
		}
		mux.ServeHTTP(w, r)
	})
}

// signed checks X-Ovh-Signature; the body can be read again.
func (k OVHKeys) signed(r *http.Request) bool {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return false
	}
	r.Body = io.NopCloser(strings.NewReader(string(body)))
	text := strings.Join([]string{k.Secret, k.Consumer, r.Method, "http://" + r.Host + r.URL.RequestURI(), string(body), r.Header.Get("X-Ovh-Timestamp")}, "+")
	return r.Header.Get("X-Ovh-Signature") == fmt.Sprintf("$1$%x", sha1.Sum([]byte(text))) && r.Header.Get("X-Ovh-Application") == k.Application
}

type ovhRecord struct {
	ID        int64  `json:"id"`
	Zone      string `json:"zone"`
	FieldType string `json:"fieldType"`
	SubDomain string `json:"subDomain"`
	Target    string `json:"target"`
	TTL       uint32 `json:"ttl"`
}

type ovh struct {
	*dnssim.World
	mu      sync.Mutex
	records map[string][]ovhRecord // added and not refreshed yet, by zone
	gone    []ovhRecord            // deleted and not refreshed yet
}

func (o *ovh) zones(w http.ResponseWriter, _ *http.Request) {
	names := []string{}
	for _, z := range o.Zones() {
		names = append(names, plainName(z))
	}
	answer(w, http.StatusOK, names)
}

func (o *ovh) find(w http.ResponseWriter, r *http.Request) *dnssim.Zone {
	z, ok := o.Lookup(r.PathValue("zone"))
	if !ok {
		answer(w, http.StatusNotFound, object{"class": "Client::NotFound", "message": "This service does not exist"})
		return nil
	}
	return z
}

func (o *ovh) zone(w http.ResponseWriter, r *http.Request) {
	if z := o.find(w, r); z != nil {
		answer(w, http.StatusOK, object{"name": plainName(z), "nameServers": hosts(z, false), "hasDnsAnycast": false, "dnssecSupported": true})
	}
}

// all are the zone's TXT records as the API has them, refreshed or not.
func (o *ovh) all(z *dnssim.Zone) []ovhRecord {
	out := append([]ovhRecord(nil), o.records[z.Name]...)
	for _, name := range z.TXTNames() {
		values, ttl := z.TXT(name)
		for _, v := range values {
			sub := dnsproviders.Zone{Name: plainName(z)}.Relative(strings.TrimSuffix(name, "."), "")
			r := ovhRecord{numberOf(name, v), plainName(z), "TXT", sub, dnsproviders.Quoted(v), ttl}
			if !o.isGone(r.ID) {
				out = append(out, r)
			}
		}
	}
	return out
}

func (o *ovh) isGone(id int64) bool {
	for _, r := range o.gone {
		if r.ID == id {
			return true
		}
	}
	return false
}

func (o *ovh) list(w http.ResponseWriter, r *http.Request) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if z := o.find(w, r); z != nil {
		ids := []int64{}
		for _, record := range o.all(z) {
			if record.SubDomain == r.URL.Query().Get("subDomain") {
				ids = append(ids, record.ID)
			}
		}
		answer(w, http.StatusOK, ids)
	}
}

func (o *ovh) create(w http.ResponseWriter, r *http.Request) {
	o.mu.Lock()
	defer o.mu.Unlock()
	z := o.find(w, r)
	var in ovhRecord
	if z == nil || !read(w, r, &in) {
		return
	}
	in.ID, in.Zone = numberOf(absolute(z, in.SubDomain), dnsproviders.Unquoted(in.Target)), plainName(z)
	o.records[z.Name] = append(o.records[z.Name], in)
	answer(w, http.StatusOK, in)
}

func (o *ovh) one(w http.ResponseWriter, r *http.Request) (*dnssim.Zone, *ovhRecord) {
	z := o.find(w, r)
	if z == nil {
		return nil, nil
	}
	for _, record := range o.all(z) {
		if strconv.FormatInt(record.ID, 10) == r.PathValue("id") {
			return z, &record
		}
	}
	answer(w, http.StatusNotFound, object{"class": "Client::NotFound", "message": "The requested object (id = " + r.PathValue("id") + ") does not exist"})
	return nil, nil
}

func (o *ovh) get(w http.ResponseWriter, r *http.Request) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if _, record := o.one(w, r); record != nil {
		answer(w, http.StatusOK, record)
	}
}

func (o *ovh) delete(w http.ResponseWriter, r *http.Request) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if _, record := o.one(w, r); record != nil {
		o.gone = append(o.gone, *record)
		answer(w, http.StatusOK, nil)
	}
}

func (o *ovh) refresh(w http.ResponseWriter, r *http.Request) {
	o.mu.Lock()
	defer o.mu.Unlock()
	z := o.find(w, r)
	if z == nil {
		return
	}
	for _, record := range o.records[z.Name] {
		z.ChangeTXT(absolute(z, record.SubDomain), record.TTL, []string{dnsproviders.Unquoted(record.Target)}, nil)
	}
	delete(o.records, z.Name)
	for _, record := range o.gone {
		name := absolute(z, record.SubDomain)
		_, ttl := z.TXT(name)
		z.ChangeTXT(name, ttl, nil, []string{dnsproviders.Unquoted(record.Target)})
	}
	o.gone = nil
	answer(w, http.StatusOK, nil)
}
