package main

import (
	"net/http"
	"strings"
	"testing"

	"certgate/internal/principal"
)

// The host passes a path on as it was called. Whatever its letters, it reaches the route
// of that name, anonymous or not as that route is, and never a trigger.
func TestACallReachesItsRouteThroughTheProgramInAnyLetterCase(t *testing.T) {
	t.Parallel()
	o := newOutside(t, nil)
	body := `{"hostnames":[{"hostname":"shop.example.com"}]}`
	for call, want := range map[string]int{
		"POST /API/AddCertificateFunctions_HttpStart": 202, "POST /api/ADDCERTIFICATEFUNCTIONS_HTTPSTART": 202, "POST /Api/addcertificatefunctions_httpstart": 202,
		"GET /API/INSTANCES": 200, "GET /aPi/Me": 200, "HEAD /API/health": 200, "POST /API/HEALTH": 405, "GET /API/NoSuchRoute": 404,
	} {
		for _, signedIn := range []bool{true, false} {
			method, path, _ := strings.Cut(call, " ")
			req, err := http.NewRequest(method, "http://"+o.addr+path, strings.NewReader(body))
			if err != nil {
				t.Fatal(err)
			}
			req.Header.Set("Content-Type", "application/json")
			req.Header.Set("x-ms-invocation-id", "1") // as the host marks what comes from outside
			status := want
			if signedIn {
				req.Header.Set(principal.Header, operator)
			} else if !strings.HasPrefix(call, "HEAD") {
				status = http.StatusUnauthorized
			}
			resp, err := caller.Do(req)
			if err != nil {
				t.Fatal(err)
			}
			resp.Body.Close()
			if resp.StatusCode != status {
				t.Errorf("%s, signed in %t: %d, want %d", call, signedIn, resp.StatusCode, status)
			}
		}
	}
	if n := len(o.instances()); n != 1 {
		t.Errorf("%d instances for one hostname, asked for in three spellings", n)
	}
	if strings.Contains(o.log.String(), "outside request to a trigger") {
		t.Error("a call of the API was taken for one of a trigger")
	}
}
