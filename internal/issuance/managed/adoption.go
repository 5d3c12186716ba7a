package managed

import "time"

// Adoption is what a certificate was before certgate took it over as it is: the way back.
type Adoption struct {
	At time.Time `json:"at"`
	// Instance is the one that took it over.
	Instance string `json:"instance"`
	// Listener is the one that was named in the request.
	Listener string `json:"listener"`
	// Version is the one in the vault that was taken over; another account ordered it.
	Version string `json:"version"`
	// RenewedBy is who renewed it, as GET /api/listeners writes it.
	RenewedBy string `json:"renewedBy"`
	// Tags are those of that version.
	Tags map[string]string `json:"tags,omitempty"`
	// KeyType is that of its key, which later versions keep.
	KeyType string `json:"keyType,omitempty"`
	// Pinned is the version that the gateway's entry named before, "" for none.
	Pinned string `json:"pinned,omitempty"`
}

// Foreign reports whether another account than certgate's ordered the version in force:
// authorities take it for nobody's predecessor (RFC 9773 section 5).
func (r *Record) Foreign() bool { return r.Adopted != nil && r.Adopted.Version == r.Version }
