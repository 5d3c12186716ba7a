package cagate_test

import (
	"crypto/rand"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"
)

// limitedCA is an ACME server with limits, in virtual time: a bucket of new orders
// for the account that refills, and at will a limit of a domain. It takes any
// signature and sees no validation through that it is told to fail.
type limitedCA struct {
	*httptest.Server
	now func() time.Time

	mu       sync.Mutex
	tokens   int           // new orders left
	refill   time.Duration // between two tokens; 0 for no limit
	filledAt time.Time
	busy     string // domain that has all its certificates
	busyTill time.Time
	failing  bool                // validations fail
	orders   map[string]string   // id -> hostname
	answered map[string]bool     // id -> the challenge was answered
	asked    map[string][]string // hostname -> when a new order was asked for, and the status
}

func startLimitedCA(t *testing.T, now func() time.Time) *limitedCA {
	t.Helper()
	ca := &limitedCA{now: now, filledAt: now(), orders: map[string]string{}, answered: map[string]bool{}, asked: map[string][]string{}}
	ca.Server = httptest.NewUnstartedServer(ca)
	ca.Config.ErrorLog = log.New(io.Discard, "", 0)
	ca.StartTLS()
	t.Cleanup(ca.Close)
	return ca
}

func (ca *limitedCA) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	ca.mu.Lock()
	defer ca.mu.Unlock()
	w.Header().Set("Replay-Nonce", rand.Text())
	parts := strings.Split(strings.Trim(r.URL.Path, "/"), "/")
	id := parts[len(parts)-1]
	switch parts[0] {
	case "directory":
		fmt.Fprintf(w, `{"newNonce":"%[1]s/nonce","newAccount":"%[1]s/account","newOrder":"%[1]s/new-order","revokeCert":"%[1]s/revoke"}`, ca.URL)
	case "nonce":
	case "account":
		w.Header().Set("Location", ca.URL+"/account/1")
		w.WriteHeader(http.StatusCreated)
		fmt.Fprint(w, `{"status":"valid"}`)
	case "new-order":
		ca.newOrder(w, r)
	case "order":
		fmt.Fprint(w, ca.order(id))
	case "authz":
		state, problem := ca.validation(id), ""
		if state == "invalid" {
			problem = `,"error":{"type":"urn:ietf:params:acme:error:unauthorized","detail":"wrong answer"}`
		}
		fmt.Fprintf(w, `{"status":%q,"identifier":{"type":"dns","value":%q},"challenges":[{"type":"http-01","url":"%s/challenge/%s","status":%q,"token":"token-%s"%s}]}`,
			state, ca.orders[id], ca.URL, id, state, id, problem)
	case "challenge":
		ca.answered[id] = true
		fmt.Fprintf(w, `{"type":"http-01","url":"%s/challenge/%s","status":"processing","token":"token-%s"}`, ca.URL, id, id)
	default:
		w.WriteHeader(http.StatusNotFound)
	}
}

func (ca *limitedCA) validation(id string) string {
	switch {
	case !ca.failing:
		return "valid"
	case ca.answered[id]:
		return "invalid"
	}
	return "pending"
}

func (ca *limitedCA) order(id string) string {
	state := map[string]string{"valid": "ready", "invalid": "invalid", "pending": "pending"}[ca.validation(id)]
	return fmt.Sprintf(`{"status":%q,"finalize":"%[2]s/finalize/%[3]s","authorizations":["%[2]s/authz/%[3]s"],"identifiers":[{"type":"dns","value":%[4]q}]}`, state, ca.URL, id, ca.orders[id])
}

func (ca *limitedCA) newOrder(w http.ResponseWriter, r *http.Request) {
	var jws struct{ Payload string }
	_ = json.NewDecoder(r.Body).Decode(&jws)
	payload, _ := base64.RawURLEncoding.DecodeString(jws.Payload)
	var request struct{ Identifiers []struct{ Value string } }
	_ = json.Unmarshal(payload, &request)
	hostname, now := request.Identifiers[0].Value, ca.now()
	answer := func(status int) {
		ca.asked[hostname] = append(ca.asked[hostname], fmt.Sprintf("%d at %s", status, now.Format(time.TimeOnly)))
	}
	if ca.busyTill.After(now) && strings.HasSuffix(hostname, "."+ca.busy) {
		answer(429)
		limited(w, ca.busyTill.Sub(now), fmt.Sprintf(`too many certificates (50) already issued for %q in the last 168h0m0s`, ca.busy))
		return
	}
	if ca.refill > 0 {
		for !now.Before(ca.filledAt.Add(ca.refill)) {
			ca.filledAt = ca.filledAt.Add(ca.refill)
			ca.tokens++
		}
		if ca.tokens == 0 {
			answer(429)
			limited(w, ca.filledAt.Add(ca.refill).Sub(now), "too many new orders (300) from this account in the last 3h0m0s")
			return
		}
		ca.tokens--
	}
	answer(201)
	id := rand.Text()
	ca.orders[id] = hostname
	w.Header().Set("Location", ca.URL+"/order/"+id)
	w.WriteHeader(http.StatusCreated)
	fmt.Fprint(w, ca.order(id))
}

func limited(w http.ResponseWriter, left time.Duration, says string) {
	w.Header().Set("Retry-After", fmt.Sprint(int((left+time.Second-1)/time.Second)))
	w.Header().Set("Content-Type", "application/problem+json")
	w.WriteHeader(http.StatusTooManyRequests)
	_ = json.NewEncoder(w).Encode(map[string]string{"type": "urn:ietf:params:acme:error:rateLimited", "detail": says})
}

// requests lists what was answered to new orders: "status at time".
func (ca *limitedCA) requests(hostname string) []string {
	ca.mu.Lock()
	defer ca.mu.Unlock()
	return append([]string(nil), ca.asked[hostname]...)
}

// count counts the answers with the status, over all hostnames.
func (ca *limitedCA) count(status string) (n int) {
	ca.mu.Lock()
	defer ca.mu.Unlock()
	for _, answers := range ca.asked {
		for _, a := range answers {
			if strings.HasPrefix(a, status) {
				n++
			}
		}
	}
	return n
}
