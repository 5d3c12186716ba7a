package apiclient

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"time"

	"certgate/localstack/pause"
)

// Status is what these programs read of an instance's status.
type Status struct {
	RuntimeStatus   string    `json:"runtimeStatus"`
	CreatedTime     time.Time `json:"createdTime"`
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

// Issued reports whether the instance has ended with a certificate.
func (s Status) Issued() bool { return s.RuntimeStatus == "Completed" && s.Output != nil }

// Look reads a status once. again is when to look next, 0 if the instance has
// ended.
func Look(ctx context.Context, statusURL string) (s Status, again time.Duration, err error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, statusURL, nil)
	if err != nil {
		return s, 0, err
	}
	SignIn(req)
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

// Follow reads the status until the instance has ended, when and as often as the
// replies' Retry-After asks for.
func Follow(ctx context.Context, statusURL string, again time.Duration, changed func(Status)) (Status, error) {
	var last Status
	for again > 0 {
		if pause.For(ctx, again) != nil {
			return last, fmt.Errorf("gave up waiting: it is in %s: %s", last.CustomStatus.Status, last.CustomStatus.Message)
		}
		now, pause, err := Look(ctx, statusURL)
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

// Children reads the statuses of the instances below a parent, in the order of
// hostnames. One that cannot be read is the zero Status, and in the error.
func Children(ctx context.Context, parentURL string, hostnames []string) ([]Status, error) {
	statuses := make([]Status, len(hostnames))
	parent, _, err := Look(ctx, parentURL+"?showOutput=true")
	if err != nil {
		return statuses, fmt.Errorf("read the parent: %w", err)
	}
	ids := map[string]string{}
	for _, c := range parent.Children {
		ids[c.Hostname] = c.InstanceID
	}
	base := parentURL[:strings.LastIndexByte(parentURL, '/')+1]
	for i, hostname := range hostnames {
		var problem error
		if statuses[i], _, problem = Look(ctx, base+ids[hostname]); problem != nil && err == nil {
			err = fmt.Errorf("read the instance of %s: %w", hostname, problem)
		}
	}
	return statuses, err
}

// LastUpdate is when the last of the instances ended.
func LastUpdate(statuses []Status) time.Time {
	var last time.Time
	for _, s := range statuses {
		if s.LastUpdatedTime.After(last) {
			last = s.LastUpdatedTime
		}
	}
	return last
}
