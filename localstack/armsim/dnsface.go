package armsim

import (
	"bytes"
	"encoding/json"
	"net/http"
)

// member and ordered are a JSON object whose members keep their order.
type member struct {
	name  string
	value any
}

type ordered []member

// MarshalJSON writes the members as they stand.
func (o ordered) MarshalJSON() ([]byte, error) {
	out := bytes.NewBufferString("{")
	for i, m := range o {
		if i > 0 {
			out.WriteByte(',')
		}
		name, err := json.Marshal(m.name)
		if err != nil {
			return nil, err
		}
		value, err := json.Marshal(m.value)
		if err != nil {
			return nil, err
		}
		out.Write(name)
		out.WriteByte(':')
		out.Write(value)
	}
	return append(out.Bytes(), '}'), nil
}

// writeDNS writes a reply as Azure DNS does: headers of its own, and every slash
// in the body escaped.
func writeDNS(w http.ResponseWriter, method string, status int, body any) {
	h := w.Header()
	for _, name := range []string{"x-ms-ratelimit-remaining-subscription-global-reads", "x-ms-ratelimit-remaining-subscription-global-writes", "x-ms-ratelimit-remaining-subscription-writes"} {
		h.Del(name)
	}
	left := "11999"
	if method == http.MethodGet {
		left = "499"
	}
	h.Set("x-ms-ratelimit-remaining-subscription-resource-requests", left)
	h.Set("Cache-Control", "private")
	if body == nil {
		w.WriteHeader(status)
		return
	}
	h.Set("Content-Type", "application/json; charset=utf-8")
	w.WriteHeader(status)
	data, _ := json.Marshal(body)                              // made here: it can be written
	w.Write(bytes.ReplaceAll(data, []byte("/"), []byte(`\/`))) // the client is gone if this fails
}
