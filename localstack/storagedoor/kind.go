package storagedoor

import (
	"net/http"
	"strings"
)

// Kind names what a request does: the service and a verb, such as "queue
// receive", "table batch" or "blob put". Requests that have no better name are
// "… other".
func Kind(service string, r *http.Request) string {
	// The first segment is the account, as it is for an emulator at an IP address.
	_, path, _ := strings.Cut(strings.TrimPrefix(r.URL.Path, "/"), "/")
	switch service {
	case Queue:
		return "queue " + queueVerb(r, path)
	case Table:
		return "table " + tableVerb(r, path)
	default:
		return "blob " + blobVerb(r, path)
	}
}

// queueVerb knows the paths "", "queue", "queue/messages" and "queue/messages/id".
func queueVerb(r *http.Request, path string) string {
	queue, rest, _ := strings.Cut(path, "/")
	messages, id, _ := strings.Cut(rest, "/")
	switch {
	case messages == "messages" && id == "":
		switch {
		case r.Method == http.MethodPost:
			return "put"
		case r.Method == http.MethodGet && r.URL.Query().Get("peekonly") == "true":
			return "peek"
		case r.Method == http.MethodGet:
			return "receive"
		case r.Method == http.MethodDelete:
			return "clear"
		}
	case messages == "messages":
		return byMethod(r, "update", "delete")
	case queue == "" && r.URL.Query().Get("comp") == "list":
		return "list"
	case queue != "" && r.URL.Query().Get("comp") == "":
		return byMethod(r, "create queue", "delete queue")
	case queue != "" && r.URL.Query().Get("comp") == "metadata" && r.Method != http.MethodPut:
		return "properties"
	}
	return "other"
}

// tableVerb knows "$batch", "Tables", "Tables('name')", "name", "name()" and
// "name(PartitionKey='…',RowKey='…')".
func tableVerb(r *http.Request, path string) string {
	name, key, _ := strings.Cut(path, "(")
	switch {
	case name == "$batch":
		return "batch"
	case name == "Tables":
		switch r.Method {
		case http.MethodPost:
			return "create table"
		case http.MethodDelete:
			return "delete table"
		case http.MethodGet:
			return "list"
		}
	case name == "" || r.URL.Query().Has("comp"):
		return "other"
	case r.Method == http.MethodPost:
		return "insert"
	case r.Method == http.MethodGet && (key == "" || key == ")"):
		return "query"
	case r.Method == http.MethodGet:
		return "get"
	case r.Method == http.MethodPatch || r.Method == "MERGE":
		return "merge"
	default:
		return byMethod(r, "update", "delete")
	}
	return "other"
}

func blobVerb(r *http.Request, path string) string {
	container, blob, _ := strings.Cut(path, "/")
	comp := r.URL.Query().Get("comp")
	switch {
	case comp == "list":
		return "list"
	case container != "" && blob == "" && comp == "":
		return byMethod(r, "create container", "delete container")
	case blob == "" || comp != "" && comp != "block" && comp != "blocklist":
		return "other"
	case comp == "block":
		return "put block"
	case r.Method == http.MethodGet:
		return "get"
	case r.Method == http.MethodHead:
		return "head"
	default:
		return byMethod(r, "put", "delete")
	}
}

func byMethod(r *http.Request, put, remove string) string {
	switch r.Method {
	case http.MethodPut:
		return put
	case http.MethodDelete:
		return remove
	}
	return "other"
}
