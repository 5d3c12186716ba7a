package api

import (
	"net/http"
	"net/url"
	"strings"
)

// started is the published reply of a call that starts an instance.
type started struct {
	ID                    string `json:"id"`
	StatusQueryGetURI     string `json:"statusQueryGetUri"`
	SendEventPostURI      string `json:"sendEventPostUri"`
	TerminatePostURI      string `json:"terminatePostUri"`
	PurgeHistoryDeleteURI string `json:"purgeHistoryDeleteUri"`
}

// retryAfter is what a caller is asked to wait between two looks at the status,
// in seconds, as the Durable Functions HTTP API does.
const retryAfter = "10"

func (s *server) writeStarted(w http.ResponseWriter, r *http.Request, id string) {
	status := s.addresses.instance(r, id)
	w.Header().Set("Location", status)
	w.Header().Set("Retry-After", retryAfter)
	writeJSON(w, http.StatusAccepted, started{
		ID:                    id,
		StatusQueryGetURI:     status,
		SendEventPostURI:      status + "/raiseEvent/{eventName}",
		TerminatePostURI:      status + "/terminate?reason={text}",
		PurgeHistoryDeleteURI: status,
	})
}

// Addresses say where a reply points: a caller follows it with its credentials, so
// it is the installation that says where it stands, and not the caller.
type Addresses struct {
	// Public is scheme and host of the installation as callers reach it, without a
	// trailing slash; "" if nobody has said.
	Public string
	// OriginalURL: the platform is in front and writes x-ms-original-url, so that a
	// caller's own never arrives.
	OriginalURL bool
}

func (a Addresses) instance(r *http.Request, id string) string {
	return a.base(r) + "/api/instances/" + url.PathEscape(id)
}

// base is the address that the caller used, as far as it is known. Static Web Apps
// passes it in x-ms-original-url; the Functions host sets X-Forwarded-Proto and
// -Host.
func (a Addresses) base(r *http.Request) string {
	if a.Public != "" {
		return a.Public
	}
	if u, err := url.Parse(r.Header.Get("x-ms-original-url")); a.OriginalURL && err == nil && u.Host != "" && (u.Scheme == "https" || u.Scheme == "http") {
		return u.Scheme + "://" + u.Host
	}
	scheme, host := r.Header.Get("X-Forwarded-Proto"), r.Header.Get("X-Forwarded-Host")
	if scheme != "https" {
		scheme = "http"
	}
	if host == "" || strings.ContainsAny(host, "/ ,") {
		host = r.Host
	}
	return scheme + "://" + host
}
