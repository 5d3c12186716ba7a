package armsim

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"

	"github.com/miekg/dns"
)

// flat is a refusal of Azure DNS itself: its body has no "error" around it.
func flat(status int, code, format string, args ...any) Refusal {
	return Refusal{Status: status, Code: code, Message: fmt.Sprintf(format, args...), flat: true}
}

// txt answers a call for one TXT record set.
func (s *Server) txt(r *http.Request, t target) (reply, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	z, err := s.dnsZone(t)
	if err != nil {
		return reply{}, err
	}
	set := z.sets[strings.ToLower(t.name)]
	if r.Method == http.MethodGet {
		if set == nil {
			return reply{}, flat(http.StatusNotFound, "NotFound", "The resource record '%s' does not exist in resource group '%s' of subscription '%s'.", t.name, t.group, s.options.Subscription)
		}
		return reply{status: http.StatusOK, ofDNS: true, header: http.Header{"Etag": {set.etag}}, body: z.setDocument(set)}, nil
	}
	if err := precedes(t.name, set, r.Header); err != nil {
		return reply{}, err
	}
	if r.Method == http.MethodDelete {
		if set == nil {
			return reply{status: http.StatusNoContent, ofDNS: true}, nil
		}
		delete(z.sets, strings.ToLower(t.name))
		z.show(set.name, set.ttl, nil)
		return reply{status: http.StatusOK, ofDNS: true}, nil
	}
	return s.putTXT(r, t, z, set)
}

// precedes holds a write against what is there. The service takes an ETag bare, as
// it gives it.
func precedes(name string, set *txtSet, h http.Header) error {
	if h.Get("If-None-Match") == "*" && set != nil {
		return flat(http.StatusPreconditionFailed, "PreconditionFailed", "The Record set %s exists already and hence cannot be created again.", name)
	}
	if match := h.Get("If-Match"); match != "" && match != "*" && (set == nil || match != set.etag) {
		return flat(http.StatusPreconditionFailed, "PreconditionFailed", "The Record set %s has been modified (etag mismatch).", name)
	}
	return nil
}

func (s *Server) putTXT(r *http.Request, t target, z *dnsZone, old *txtSet) (reply, error) {
	var in struct {
		Properties struct {
			TTL        int64
			TXTRecords []struct{ Value []string }
			Metadata   map[string]any
		}
	}
	data, err := io.ReadAll(http.MaxBytesReader(nil, r.Body, maxBody))
	if err == nil {
		err = json.Unmarshal(data, &in)
	}
	if err != nil {
		return reply{}, flat(http.StatusBadRequest, "BadRequest", "The request body is not valid: %v.", err)
	}
	if z.zone.HasOther(z.fqdn(t.name), dns.TypeCNAME) {
		return reply{}, flat(http.StatusConflict, "Conflict", "The record could not be created because a CNAME record with the same name already exists in this zone.")
	}
	if len(in.Properties.TXTRecords) > maxTXTRecords {
		return reply{}, flat(http.StatusBadRequest, "BadRequest", "The record set has %d records, the maximum allowed is %d.", len(in.Properties.TXTRecords), maxTXTRecords)
	}
	set := &txtSet{name: t.name, ttl: in.Properties.TTL, records: []any{}}
	if in.Properties.Metadata != nil {
		set.metadata = in.Properties.Metadata
	}
	for _, record := range in.Properties.TXTRecords {
		parts := []any{}
		for _, part := range record.Value {
			parts = append(parts, part)
		}
		set.records = append(set.records, object{"value": parts})
	}
	status := http.StatusCreated
	if old != nil {
		status, set.name = http.StatusOK, old.name
	}
	z.put(set)
	return reply{status: status, ofDNS: true, header: http.Header{"Etag": {set.etag}}, body: z.setDocument(set)}, nil
}
