// Package apiclient calls certgate's API as a person with the role operator does,
// for programs that run it on the local stack: it starts instances, follows their
// statuses as often as the replies ask for, and fires timers by hand.
package apiclient

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"
	"time"

	"certgate/localstack"
)

// Request starts the certificate of a hostname, or of many under one instance.
// It returns the address of the status and when to look at it first.
func Request(ctx context.Context, api string, hostnames ...string) (statusURL string, first time.Duration, err error) {
	call, wanted := "AddCertificateFunctions_HttpStart", []map[string]string{}
	if len(hostnames) > 1 {
		call = "AddMultipleCertificatesFunctions_HttpStart"
	}
	for _, hostname := range hostnames {
		wanted = append(wanted, map[string]string{"hostname": hostname})
	}
	body, err := json.Marshal(map[string]any{"hostnames": wanted})
	if err != nil {
		return "", 0, err
	}
	return Start(ctx, api, call, bytes.NewReader(body))
}

// Start makes a call that starts an instance.
func Start(ctx context.Context, api, call string, body io.Reader) (statusURL string, first time.Duration, err error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, api+"/api/"+call, body)
	if err != nil {
		return "", 0, err
	}
	req.Header.Set("Content-Type", "application/json")
	SignIn(req)
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return "", 0, err
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	if err != nil {
		return "", 0, err
	}
	if resp.StatusCode != http.StatusAccepted {
		return "", 0, fmt.Errorf("%s: %d %s", call, resp.StatusCode, text)
	}
	return resp.Header.Get("Location"), retryAfter(resp), nil
}

// retryAfter is what the reply asks for, at least a second.
func retryAfter(resp *http.Response) time.Duration {
	seconds, err := strconv.Atoi(resp.Header.Get("Retry-After"))
	if err != nil || seconds < 1 {
		seconds = 1
	}
	return time.Duration(seconds) * time.Second
}

// SignIn says who calls; the API believes it on the local stack only.
func SignIn(req *http.Request) {
	req.Header.Set(localstack.PrincipalHeader, localstack.Principal("demo", "operator"))
}

// Fire runs a timer function at once, as the portal's "Run" does. It returns when
// the host has taken the call, not when the function is done.
func Fire(ctx context.Context, api, function string) error {
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, api+"/admin/functions/"+function, strings.NewReader("{}"))
	if err != nil {
		return err
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return err
	}
	resp.Body.Close()
	if resp.StatusCode != http.StatusAccepted {
		return fmt.Errorf("run %s: status %d", function, resp.StatusCode)
	}
	return nil
}
