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

func writeStarted(w http.ResponseWriter, r *http.Request, id string) {
	status := instanceURL(r, id)
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

func instanceURL(r *http.Request, id string) string {
	return baseURL(r) + "/api/instances/" + url.PathEscape(id)
}

// baseURL is the address that the caller used. Static Web Apps passes it in
// x-ms-original-url; the Functions host sets X-Forwarded-Proto and -Host.
func baseURL(r *http.Request) string {
	if u, err := url.Parse(r.Header.Get("x-ms-original-url")); err == nil && u.Host != "" && (u.Scheme == "https" || u.Scheme == "http") {
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
