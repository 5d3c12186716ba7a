package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"time"

	"certgate/internal/localstack"
)

// status is what the demo reads of an instance's status.
type status struct {
	RuntimeStatus   string    `json:"runtimeStatus"`
	LastUpdatedTime time.Time `json:"lastUpdatedTime"`
	CustomStatus    struct {
		Status  string `json:"status"`
		Message string `json:"message"`
		Error   string `json:"error"`
	} `json:"customStatus"`
	Output *struct {
		SecretID string `json:"secretId"`
	} `json:"output"`
	Children []struct {
		Hostname   string `json:"hostname"`
		InstanceID string `json:"instanceId"`
	} `json:"children"` // with showOutput
}

// request starts the certificate of a hostname, or of many under one instance.
// It returns the address of the status and when to look at it first.
func request(ctx context.Context, api string, hostnames ...string) (statusURL string, first time.Duration, err error) {
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
	return start(ctx, api, call, bytes.NewReader(body))
}

// start makes a call that starts an instance.
func start(ctx context.Context, api, call string, body io.Reader) (statusURL string, first time.Duration, err error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, api+"/api/"+call, body)
	if err != nil {
		return "", 0, err
	}
	req.Header.Set("Content-Type", "application/json")
	signIn(req)
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

// follow reads the status until the instance has ended, when and as often as the
// replies' Retry-After asks for.
func follow(ctx context.Context, statusURL string, again time.Duration, changed func(status)) (status, error) {
	var last status
	for again > 0 {
		select {
		case <-ctx.Done():
			return last, fmt.Errorf("gave up waiting: it is in %s: %s", last.CustomStatus.Status, last.CustomStatus.Message)
		case <-time.After(again):
		}
		now, pause, err := look(ctx, statusURL)
		if err != nil {
			return last, err
		}
		if now.CustomStatus != last.CustomStatus {
			changed(now)
		}
		last, again = now, pause
	}
	return last, nil
}

// signIn says who this program is; the API believes it on the local stack only.
func signIn(req *http.Request) {
	req.Header.Set(localstack.PrincipalHeader, localstack.Principal("demo", "operator"))
}

func look(ctx context.Context, statusURL string) (s status, again time.Duration, err error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, statusURL, nil)
	if err != nil {
		return s, 0, err
	}
	signIn(req)
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return s, 0, err
	}
	defer resp.Body.Close()
	if err := json.NewDecoder(resp.Body).Decode(&s); err != nil {
		return s, 0, fmt.Errorf("status %d: %w", resp.StatusCode, err)
	}
	if resp.StatusCode == http.StatusOK {
		return s, 0, nil
	}
	return s, retryAfter(resp), nil
}
