package managed

import (
	"strings"
	"time"
)

// Former is what a listener had before certgate gave it its certificate: the way back.
type Former struct {
	Listener string `json:"listener"`
	// Gateway is its name in the settings; "" for the default one.
	Gateway string `json:"gateway,omitempty"`
	Entry   string `json:"entry"` // the certificate on the gateway
	// SecretID is as the entry has it; "" of an uploaded certificate.
	SecretID string `json:"secretId,omitempty"`
	// RenewedBy is who renewed it, as GET /api/listeners writes it.
	RenewedBy string    `json:"renewedBy"`
	NotAfter  time.Time `json:"notAfter,omitzero"`
	At        time.Time `json:"at"` // when it was seen
}

// keepWay carries the way back over to the record of a later version. What was seen
// first counts: a repeat may see certgate's own certificate.
func (r *Record) keepWay(old *Record) {
	if old.Retired {
		return
	}
	r.keepGateways(old)
	for _, f := range r.Former {
		if old.formerOf(f.Gateway, f.Listener) == nil {
			old.Former = append(old.Former, f)
		}
	}
	r.Former = old.Former
	if r.Adopted == nil {
		r.Adopted = old.Adopted
	}
}

func (r *Record) formerOf(gateway, listener string) *Former {
	for i := range r.Former {
		if r.Former[i].Gateway == gateway && strings.EqualFold(r.Former[i].Listener, listener) {
			return &r.Former[i]
		}
	}
	return nil
}
