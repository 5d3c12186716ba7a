package armsim

import (
	"maps"
	"net/http"
	"slices"
	"strings"

	"certgate/localstack/dnssim"
)

const (
	typeDNSZone = "Microsoft.Network/dnszones"
	typeTXT     = "Microsoft.Network/dnszones/TXT"
)

// maxTXTRecords is the service's limit of records in one set.
const maxTXTRecords = 20

// dnsZone is a public zone of Azure DNS. Its record sets are kept here, with what
// only the API knows of them; the records themselves stand in zone, which name
// servers show.
type dnsZone struct {
	id   string // as the service writes it
	etag string
	zone *dnssim.Zone
	sets map[string]*txtSet // by name within the zone, lower case
}

// txtSet is a TXT record set. One without records is there all the same.
type txtSet struct {
	name, etag string
	ttl        int64
	records    []any // each {"value": ["…"]}
	metadata   any   // nil if there is none
}

// AddDNSZone makes a zone of Azure DNS out of a zone of the simulated DNS, and
// returns its resource id. Its TXT records are changed through this server.
func (s *Server) AddDNSZone(group string, z *dnssim.Zone) string {
	id := "/subscriptions/" + s.options.Subscription + "/resourceGroups/" + group + "/providers/Microsoft.Network/dnszones/" + strings.TrimSuffix(z.Name, ".")
	s.mu.Lock()
	defer s.mu.Unlock()
	s.dnsZones[target{id: id}.key()] = &dnsZone{id: id, etag: newGUID(), zone: z, sets: map[string]*txtSet{}}
	return id
}

// RemoveDNSZone deletes a zone.
func (s *Server) RemoveDNSZone(id string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.dnsZones, target{id: id}.key())
}

// AddTXT adds a value at a name of a zone, as another tool does.
func (s *Server) AddTXT(id, relative, value string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	z := s.dnsZones[target{id: id}.key()]
	set := z.sets[relative]
	if set == nil {
		set = &txtSet{name: relative, ttl: 3600}
	}
	set.records = append(slices.Clone(set.records), object{"value": []any{value}})
	z.put(set)
}

func (z *dnsZone) put(set *txtSet) {
	set.etag = newGUID()
	z.sets[strings.ToLower(set.name)] = set
	z.show(set.name, set.ttl, set.records)
}

// show lets the name servers know.
func (z *dnsZone) show(name string, ttl int64, records []any) {
	values := []string{}
	for _, record := range records {
		parts, _ := record.(object)["value"].([]any)
		var value strings.Builder
		for _, part := range parts {
			text, _ := part.(string)
			value.WriteString(text)
		}
		values = append(values, value.String())
	}
	z.zone.SetTXT(z.fqdn(name), uint32(ttl), values...)
}

func (z *dnsZone) fqdn(name string) string {
	if name == "@" {
		return z.zone.Name
	}
	return strings.ToLower(name) + "." + z.zone.Name
}

func (z *dnsZone) document() ordered {
	hosts := []any{}
	for _, host := range z.zone.NameServers {
		hosts = append(hosts, host)
	}
	return ordered{{"id", z.id}, {"name", strings.TrimSuffix(z.zone.Name, ".")}, {"type", typeDNSZone}, {"etag", z.etag}, {"location", "global"}, {"tags", object{}},
		{"properties", ordered{{"maxNumberOfRecordSets", 10000}, {"maxNumberOfRecordsPerRecordSet", nil}, {"nameServers", hosts},
			{"numberOfRecordSets", 2 + len(z.sets)}, {"zoneType", "Public"}}}}
}

func (z *dnsZone) setDocument(set *txtSet) ordered {
	p := ordered{{"fqdn", z.fqdn(set.name)}, {"TTL", set.ttl}, {"TXTRecords", set.records}, {"targetResource", object{}}, {"provisioningState", "Succeeded"}}
	if set.metadata != nil {
		p = slices.Insert(p, 0, member{"metadata", set.metadata})
	}
	return ordered{{"id", z.id + "/TXT/" + set.name}, {"name", set.name}, {"type", typeTXT}, {"etag", set.etag}, {"properties", p}}
}

func (s *Server) getDNSZone(t target) (reply, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	z, err := s.dnsZone(t)
	if err != nil {
		return reply{}, err
	}
	return reply{status: http.StatusOK, ofDNS: true, header: http.Header{"Etag": {z.etag}}, body: z.document()}, nil
}

// listDNSZones lists the zones of a subscription, or of one of its groups.
func (s *Server) listDNSZones(t target) reply {
	s.mu.Lock()
	defer s.mu.Unlock()
	found := []any{}
	for _, key := range slices.Sorted(maps.Keys(s.dnsZones)) {
		if t.group == "" || strings.Contains(key, "/resourcegroups/"+strings.ToLower(t.group)+"/") {
			found = append(found, s.dnsZones[key].document())
		}
	}
	return reply{status: http.StatusOK, ofDNS: true, body: object{"value": found}}
}

// dnsZone is the zone of a target. mu is held.
func (s *Server) dnsZone(t target) (*dnsZone, error) {
	if z, ok := s.dnsZones[strings.ToLower(t.zoneID)]; ok {
		return z, nil
	}
	zone := t.zoneID[strings.LastIndexByte(t.zoneID, '/')+1:]
	if t.kind == kindTXT {
		return nil, Refusal{Status: http.StatusNotFound, Code: "ParentResourceNotFound",
			Message: "Failed to perform 'write' on resource(s) of type 'dnszones/TXT', because the parent resource '" + t.zoneID + "' could not be found."}
	}
	return nil, Refusal{Status: http.StatusNotFound, Code: "ResourceNotFound",
		Message: "The Resource '" + typeDNSZone + "/" + zone + "' under resource group '" + t.group + "' was not found. For more details please go to https://aka.ms/ARMResourceNotFoundFix"}
}
