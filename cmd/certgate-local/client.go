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
)

// status is what the demo reads of an instance's status.
type status struct {
	RuntimeStatus string `json:"runtimeStatus"`
	CustomStatus  struct {
		Status  string `json:"status"`
		Message string `json:"message"`
		Error   string `json:"error"`
	} `json:"customStatus"`
	Output *struct {
		SecretID string `json:"secretId"`
	} `json:"output"`
}

// request starts the certificate of a hostname and returns its status address.
func request(ctx context.Context, api, hostname string) (statusURL string, err error) {
	body, err := json.Marshal(map[string]any{"hostnames": []map[string]string{{"hostname": hostname}}})
	if err != nil {
		return "", err
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, api+"/api/AddCertificateFunctions_HttpStart", bytes.NewReader(body))
	if err != nil {
		return "", err
	}
	req.Header.Set("Content-Type", "application/json")
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return "", err
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	if err != nil {
		return "", err
	}
	if resp.StatusCode != http.StatusAccepted {
		return "", fmt.Errorf("%s: %d %s", hostname, resp.StatusCode, text)
	}
	return resp.Header.Get("Location"), nil
}

// follow reads the status until the instance has ended, as often as the reply's
// Retry-After asks for.
func follow(ctx context.Context, statusURL string, changed func(status)) (status, error) {
	var last status
	for {
		now, again, err := look(ctx, statusURL)
		if err != nil {
			return last, err
		}
		if now.CustomStatus != last.CustomStatus {
			changed(now)
		}
		last = now
		if again == 0 {
			return last, nil
		}
		select {
		case <-ctx.Done():
			return last, fmt.Errorf("gave up waiting: it is in %s: %s", last.CustomStatus.Status, last.CustomStatus.Message)
		case <-time.After(again):
		}
	}
}

func look(ctx context.Context, statusURL string) (s status, again time.Duration, err error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, statusURL, nil)
	if err != nil {
		return s, 0, err
	}
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
	seconds, err := strconv.Atoi(resp.Header.Get("Retry-After"))
	if err != nil || seconds < 1 {
		seconds = 1
	}
	return s, time.Duration(seconds) * time.Second, nil
}
