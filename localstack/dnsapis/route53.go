package dnsapis

import (
	"encoding/xml"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"sync"

	"certgate/internal/dnsproviders"
	"certgate/localstack/dnssim"
)

const route53Namespace = "https://route53.amazonaws.com/doc/2013-04-01/"

// Route53 plays the API of Amazon Route 53, version 2013-04-01, in XML. The access
// key's id is looked at, its signature is not. Changes are pending at the first look.
func Route53(w *dnssim.World, accessKeyID string) http.Handler {
	a := &route53{World: w, looks: map[string]int{}}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /2013-04-01/hostedzone", a.zones)
	mux.HandleFunc("GET /2013-04-01/hostedzone/{id}", a.zone)
	mux.HandleFunc("GET /2013-04-01/hostedzone/{id}/rrset", a.list)
	mux.HandleFunc("POST /2013-04-01/hostedzone/{id}/rrset", a.change)
	mux.HandleFunc("POST /2013-04-01/hostedzone/{id}/rrset/{$}", a.change)
	mux.HandleFunc("GET /2013-04-01/change/{id}", a.state)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if !strings.Contains(r.Header.Get("Authorization"), "AWS4-HMAC-SHA256 Credential="+accessKeyID+"/") {
			a.refuse(w, http.StatusForbidden, "InvalidClientTokenId", "The security token included in the request is invalid.")
			return
		}
		mux.ServeHTTP(w, r)
	})
}

type route53 struct {
	*dnssim.World
	mu      sync.Mutex
	changes int
	looks   map[string]int // by change
}

type route53Record struct {
	Value string
}

type route53Set struct {
	Name            string
	Type            string
	TTL             uint32
	ResourceRecords []route53Record `xml:"ResourceRecords>ResourceRecord"`
}

func (a *route53) write(w http.ResponseWriter, status int, name string, body string) {
	w.Header().Set("Content-Type", "text/xml")
	w.WriteHeader(status)
	fmt.Fprintf(w, `<?xml version="1.0" encoding="UTF-8"?><%s xmlns=%q>%s</%s>`, name, route53Namespace, body, name)
}

func (a *route53) refuse(w http.ResponseWriter, status int, code, message string) {
	a.write(w, status, "ErrorResponse", fmt.Sprintf("<Error><Type>Sender</Type><Code>%s</Code><Message>%s</Message></Error><RequestId>r</RequestId>", code, escaped(message)))
}

func escaped(text string) string {
	var b strings.Builder
	xml.EscapeText(&b, []byte(text)) // a Builder does not fail
	return b.String()
}

func route53ID(z *dnssim.Zone) string { return fmt.Sprintf("Z%d", numberOf(z.Name)) }

func route53Zone(z *dnssim.Zone) string {
	return fmt.Sprintf("<HostedZone><Id>/hostedzone/%s</Id><Name>%s</Name><CallerReference>c</CallerReference><Config><PrivateZone>false</PrivateZone></Config><ResourceRecordSetCount>2</ResourceRecordSetCount></HostedZone>", route53ID(z), z.Name)
}

func (a *route53) zones(w http.ResponseWriter, _ *http.Request) {
	var list strings.Builder
	for _, z := range a.Zones() {
		list.WriteString(route53Zone(z))
	}
	a.write(w, http.StatusOK, "ListHostedZonesResponse", "<HostedZones>"+list.String()+"</HostedZones><IsTruncated>false</IsTruncated><MaxItems>100</MaxItems>")
}

func (a *route53) find(w http.ResponseWriter, r *http.Request) *dnssim.Zone {
	for _, z := range a.Zones() {
		if route53ID(z) == r.PathValue("id") {
			return z
		}
	}
	a.refuse(w, http.StatusNotFound, "NoSuchHostedZone", "No hosted zone found with ID: "+r.PathValue("id"))
	return nil
}

func (a *route53) zone(w http.ResponseWriter, r *http.Request) {
	if z := a.find(w, r); z != nil {
		var list strings.Builder
		for _, host := range hosts(z, false) {
			list.WriteString("<NameServer>" + host + "</NameServer>")
		}
		a.write(w, http.StatusOK, "GetHostedZoneResponse", route53Zone(z)+"<DelegationSet><NameServers>"+list.String()+"</NameServers></DelegationSet>")
	}
}

// list answers with one set: the first TXT set at or after the name that is asked
// for, which may be another name's.
func (a *route53) list(w http.ResponseWriter, r *http.Request) {
	z := a.find(w, r)
	if z == nil {
		return
	}
	sets := ""
	for _, name := range z.TXTNames() {
		if name < r.URL.Query().Get("name") {
			continue
		}
		values, ttl := z.TXT(name)
		set := route53Set{Name: name, Type: "TXT", TTL: ttl}
		for _, v := range values {
			set.ResourceRecords = append(set.ResourceRecords, route53Record{dnsproviders.Quoted(v)})
		}
		raw, _ := xml.Marshal(set) // made here: it can be written
		sets = strings.ReplaceAll(strings.ReplaceAll(string(raw), "route53Set>", "ResourceRecordSet>"), "<route53Set", "<ResourceRecordSet")
		break
	}
	a.write(w, http.StatusOK, "ListResourceRecordSetsResponse", "<ResourceRecordSets>"+sets+"</ResourceRecordSets><IsTruncated>false</IsTruncated><MaxItems>1</MaxItems>")
}

// change carries out a batch, all of it or none.
func (a *route53) change(w http.ResponseWriter, r *http.Request) {
	a.mu.Lock()
	defer a.mu.Unlock()
	z := a.find(w, r)
	if z == nil {
		return
	}
	var in struct {
		Changes []struct {
			Action string
			Set    route53Set `xml:"ResourceRecordSet"`
		} `xml:"ChangeBatch>Changes>Change"`
	}
	if err := xml.NewDecoder(r.Body).Decode(&in); err != nil {
		a.refuse(w, http.StatusBadRequest, "InvalidInput", "Invalid XML.")
		return
	}
	after := map[string]route53Set{}
	for _, c := range in.Changes {
		there, done := after[c.Set.Name]
		if !done {
			values, ttl := z.TXT(c.Set.Name)
			there = route53Set{Name: c.Set.Name, Type: "TXT", TTL: ttl}
			for _, v := range values {
				there.ResourceRecords = append(there.ResourceRecords, route53Record{dnsproviders.Quoted(v)})
			}
		}
		what := "[name='" + c.Set.Name + "', type='TXT']"
		switch {
		case c.Action == "CREATE" && len(there.ResourceRecords) > 0:
			a.refuseBatch(w, "Tried to create resource record set "+what+" but it already exists")
			return
		case c.Action == "DELETE" && len(there.ResourceRecords) == 0:
			a.refuseBatch(w, "Tried to delete resource record set "+what+" but it was not found")
			return
		case c.Action == "DELETE" && (there.TTL != c.Set.TTL || !slices.Equal(sorted(there.ResourceRecords), sorted(c.Set.ResourceRecords))):
			a.refuseBatch(w, "Tried to delete resource record set "+what+" but the values provided do not match the current values")
			return
		case c.Action == "DELETE":
			c.Set.ResourceRecords = nil
		}
		after[c.Set.Name] = c.Set
	}
	for name, set := range after {
		var values []string
		for _, record := range set.ResourceRecords {
			values = append(values, dnsproviders.Unquoted(record.Value))
		}
		z.SetTXT(name, set.TTL, values...)
	}
	a.changes++
	a.write(w, http.StatusOK, "ChangeResourceRecordSetsResponse", route53Change("C"+strconv.Itoa(a.changes), "PENDING"))
}

func (a *route53) refuseBatch(w http.ResponseWriter, message string) {
	a.write(w, http.StatusBadRequest, "InvalidChangeBatch", "<Messages><Message>"+escaped(message)+"</Message></Messages><RequestId>r</RequestId>")
}

func sorted(records []route53Record) []route53Record {
	return slices.SortedFunc(slices.Values(records), func(x, y route53Record) int { return strings.Compare(x.Value, y.Value) })
}

func route53Change(id, status string) string {
	return "<ChangeInfo><Id>/change/" + id + "</Id><Status>" + status + "</Status><SubmittedAt>2026-01-01T00:00:00Z</SubmittedAt></ChangeInfo>"
}

func (a *route53) state(w http.ResponseWriter, r *http.Request) {
	a.mu.Lock()
	defer a.mu.Unlock()
	id, status := r.PathValue("id"), "PENDING"
	if a.looks[id]++; a.looks[id] > 1 {
		status = "INSYNC"
	}
	a.write(w, http.StatusOK, "GetChangeResponse", route53Change(id, status))
}
