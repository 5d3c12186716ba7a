package faultca

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"certgate/localstack/fault"
)

// wantedOrder is what the rule needs of a newOrder request.
type wantedOrder struct {
	Replaces string `json:"replaces"`
}

// maxRequest bounds a request's body; the largest is a CSR or a certificate.
const maxRequest = 1 << 20

// orderOf reads the payload of a signed request (RFC 8555 section 6.2, RFC 7515
// section 7.2.2) and leaves the request readable. What cannot be read is for the CA
// to refuse.
func orderOf(r *http.Request) (wanted wantedOrder) {
	var jws struct {
		Payload string `json:"payload"`
	}
	body, err := io.ReadAll(io.LimitReader(r.Body, maxRequest))
	r.Body = io.NopCloser(bytes.NewReader(body))
	if err != nil || json.Unmarshal(body, &jws) != nil {
		return wanted
	}
	payload, err := base64.RawURLEncoding.DecodeString(jws.Payload)
	if err != nil || json.Unmarshal(payload, &wanted) != nil {
		return wantedOrder{}
	}
	return wanted
}

// replacement is an order that was made to replace a certificate.
type replacement struct {
	id      string // the last part of its URL
	status  string // as the CA said last
	expires time.Time
}

// stands reports whether an order keeps others away: Boulder counts every status
// but invalid, and does not find an order any more once it has expired.
func (r *replacement) stands(now time.Time) bool {
	return r != nil && r.status != "invalid" && (r.expires.IsZero() || now.Before(r.expires) || r.status == "valid")
}

// replacements know the last replacement order of each ARI certificate id.
type replacements struct {
	strict atomic.Bool // Boulder's rule holds
	mu     sync.Mutex
	last   map[string]*replacement
}

// guard refuses a replacement order that Boulder would not take, while the rule
// holds: 409 alreadyReplaced (RFC 9773 section 5), also while the other one is only
// pending. It learns of orders in any case.
func (r *replacements) guard(ca http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
		at := EndpointOf(req)
		if at != NewOrder && at != Order && at != Finalize {
			ca.ServeHTTP(w, req)
			return
		}
		var wanted wantedOrder
		if at == NewOrder {
			wanted = orderOf(req)
		}
		if r.strict.Load() && r.stands(wanted.Replaces) {
			refuse(w, Service, fault.Fault{Status: http.StatusConflict, Code: "alreadyReplaced",
				Detail: fmt.Sprintf("cannot indicate an order replaces certificate %q, which already has a replacement order", wanted.Replaces)})
			return
		}
		answer := &kept{ResponseWriter: w, status: http.StatusOK}
		ca.ServeHTTP(answer, req)
		if answer.status < 300 {
			r.learn(at, req, wanted, w.Header().Get("Location"), answer.body.Bytes())
		}
		w.WriteHeader(answer.status)
		_, _ = w.Write(answer.body.Bytes()) // the client is gone if this fails
	})
}

func (r *replacements) stands(id string) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return id != "" && r.last[id].stands(time.Now())
}

// learn keeps what the CA says of replacement orders: when it makes one, and
// whenever a client reads or finalizes it.
func (r *replacements) learn(at Endpoint, req *http.Request, wanted wantedOrder, location string, body []byte) {
	var order struct {
		Status   string    `json:"status"`
		Expires  time.Time `json:"expires"`
		Replaces string    `json:"replaces"`
	}
	if json.Unmarshal(body, &order) != nil || order.Status == "" {
		return
	}
	id := order.Replaces
	if id == "" {
		id = wanted.Replaces
	}
	if id == "" {
		return
	}
	url := req.URL.Path
	if at == NewOrder {
		url = location
	}
	orderID := url[strings.LastIndexByte(url, '/')+1:]
	r.mu.Lock()
	defer r.mu.Unlock()
	known := r.last[id]
	if at != NewOrder && known != nil && known.id != orderID && known.stands(time.Now()) {
		return // an older order of the same certificate was read
	}
	r.last[id] = &replacement{id: orderID, status: order.Status, expires: order.Expires}
}

// kept is an answer that the client gets when it has been learned from: its next
// request may come at once.
type kept struct {
	http.ResponseWriter
	status int
	body   bytes.Buffer
}

func (k *kept) Write(b []byte) (int, error) { return k.body.Write(b) }

func (k *kept) WriteHeader(status int) {
	if status >= 200 { // 1xx ones are only said on the way
		k.status = status
	}
}
