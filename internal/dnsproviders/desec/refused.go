package desec

import (
	"bytes"
	"net/http"

	"certgate/internal/dnsproviders/webapi"
)

// notCreated tells a set that somebody else has made meanwhile from a refusal.
func (a *Account) notCreated(call webapi.Call, raw []byte) error {
	status := http.StatusBadRequest
	if bytes.Contains(raw, []byte("Another RRset with the same subdomain and type exists")) {
		status = http.StatusConflict
	}
	return a.api.Explain(call, status, nil, raw)
}
