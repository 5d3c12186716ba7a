package faultca

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"time"
)

// wantedOrder is what the rule needs of a newOrder request.
type wantedOrder struct {
	Replaces string `json:"replaces"`
}

// orderOf reads the payload of a signed request (RFC 8555 section 6.2, RFC 7515
// section 7.2.2). What cannot be read is for the CA to refuse.
func orderOf(at Endpoint, body []byte) wantedOrder {
	var jws struct {
		Payload string `json:"payload"`
	}
	var wanted wantedOrder
	if at != NewOrder || json.Unmarshal(body, &jws) != nil {
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

// replacements are the last replacement order of each ARI certificate id.
type replacements map[string]*replacement

// stands reports whether an order keeps others away: Boulder counts every status
// but invalid, and does not find an order any more once it has expired.
func (r *replacement) stands(now time.Time) bool {
	return r != nil && r.status != "invalid" && (r.expires.IsZero() || now.Before(r.expires) || r.status == "valid")
}

// refuses answers a replacement order that Boulder would not take: 409
// alreadyReplaced (RFC 9773 section 5), also while the other one is only pending.
func (p *Proxy) refuses(w http.ResponseWriter, wanted wantedOrder) bool {
	p.mu.Lock()
	refused := p.strict && wanted.Replaces != "" && p.replacements[wanted.Replaces].stands(p.now())
	p.mu.Unlock()
	if refused {
		Fault{Status: http.StatusConflict, Type: "alreadyReplaced",
			Detail: fmt.Sprintf("cannot indicate an order replaces certificate %q, which already has a replacement order", wanted.Replaces)}.answer(w)
	}
	return refused
}

// learn keeps what the CA says of replacement orders: when it makes one, and
// whenever a client reads or finalizes it.
func (p *Proxy) learn(at Endpoint, r *http.Request, wanted wantedOrder, a *answer) {
	if at != NewOrder && at != Order && at != Finalize || a.status >= 300 {
		return
	}
	var order struct {
		Status   string    `json:"status"`
		Expires  time.Time `json:"expires"`
		Replaces string    `json:"replaces"`
	}
	if json.Unmarshal(a.body.Bytes(), &order) != nil || order.Status == "" {
		return
	}
	id := order.Replaces
	if id == "" {
		id = wanted.Replaces
	}
	if id == "" {
		return
	}
	url := r.URL.Path
	if at == NewOrder {
		url = a.header.Get("Location")
	}
	orderID := url[strings.LastIndexByte(url, '/')+1:]
	p.mu.Lock()
	defer p.mu.Unlock()
	known := p.replacements[id]
	if at != NewOrder && known != nil && known.id != orderID && known.stands(p.now()) {
		return // an older order of the same certificate was read
	}
	p.replacements[id] = &replacement{id: orderID, status: order.Status, expires: order.Expires}
}
