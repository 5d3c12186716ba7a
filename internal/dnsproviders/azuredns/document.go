package azuredns

import (
	"encoding/json"
	"time"
)

// maxString is the length of one string of a TXT record (RFC 1035 section 3.3).
const maxString = 255

type txtRecord struct {
	Value []string `json:"value"`
}

type properties struct {
	TTL        int64           `json:"TTL"`
	TXTRecords []txtRecord     `json:"TXTRecords"`
	Metadata   json.RawMessage `json:"metadata,omitempty"`
}

type wireSet struct {
	Properties properties `json:"properties"`
}

// document is the set as it is sent: a write replaces all of it.
func document(old recordSet, values []string, ttl time.Duration) wireSet {
	p := properties{TTL: max(1, int64(ttl/time.Second)), Metadata: json.RawMessage(old.meta)}
	if old.etag != "" {
		p.TTL = old.ttl
	}
	for _, value := range values {
		record := txtRecord{}
		for len(value) > maxString {
			record.Value, value = append(record.Value, value[:maxString]), value[maxString:]
		}
		record.Value = append(record.Value, value)
		p.TXTRecords = append(p.TXTRecords, record)
	}
	return wireSet{p}
}
