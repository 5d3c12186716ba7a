package apiclient

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"time"

	"certgate/localstack/pause"
)

// Instance is an instance as the API shows it.
type Instance struct {
	Name            string          `json:"name"`
	ID              string          `json:"instanceId"`
	RuntimeStatus   string          `json:"runtimeStatus"`
	CreatedTime     time.Time       `json:"createdTime"`
	LastUpdatedTime time.Time       `json:"lastUpdatedTime"`
	Input           json.RawMessage `json:"input"`
	CustomStatus    struct {
		Status  string `json:"status"`
		Message string `json:"message"`
		Error   string `json:"error"`
	} `json:"customStatus"`
	Output   json.RawMessage `json:"output"` // with showOutput
	Children []struct {
		Hostname   string `json:"hostname"`
		InstanceID string `json:"instanceId"`
	} `json:"children"` // with showOutput
	HistoryEvents []struct {
		EventType, Name, Message, Error string
	} `json:"historyEvents"` // with showHistory

	// Again is when the reply asks to look the next time, 0 if the instance has ended.
	Again time.Duration `json:"-"`
}

func (i Instance) Completed() bool  { return i.RuntimeStatus == "Completed" }
func (i Instance) Failed() bool     { return i.RuntimeStatus == "Failed" }
func (i Instance) Terminated() bool { return i.RuntimeStatus == "Terminated" }

// Ended reports whether nothing more will happen.
func (i Instance) Ended() bool { return i.Completed() || i.Failed() || i.Terminated() }

// Hostnames are those that the instance is about: the input is a hostname alone, or
// has them as a list.
func (i Instance) Hostnames() (all []string) {
	var one string
	if json.Unmarshal(i.Input, &one) == nil && one != "" {
		return []string{one}
	}
	var many struct {
		Hostnames []struct {
			Hostname string `json:"hostname"`
		} `json:"hostnames"`
	}
	_ = json.Unmarshal(i.Input, &many) // others are about no hostname
	for _, h := range many.Hostnames {
		all = append(all, h.Hostname)
	}
	return all
}

// Certificate is what an instance that installs has to show.
type Certificate struct {
	Name     string `json:"certificateName"`
	Version  string `json:"version"`
	SecretID string `json:"secretId"`
}

// Certificate is the zero one if there is none.
func (i Instance) Certificate() (c Certificate) {
	_ = json.Unmarshal(i.Output, &c) // other flows have another output
	return c
}

// Issued reports whether the instance has ended with a certificate.
func (i Instance) Issued() bool { return i.Completed() && i.Certificate().SecretID != "" }

// Instance reads the status of an instance; query is "", "showOutput=true" and the
// like. The output of one that has ended is always there.
func (c *Client) Instance(ctx context.Context, id, query string) (i Instance, err error) {
	reply, err := c.read(ctx, instancePath(id, query), "", &i)
	if err != nil {
		return i, fmt.Errorf("status of instance %s: %w", id, err)
	}
	if reply.Status != http.StatusOK {
		i.Again = reply.again()
	}
	return i, nil
}

// Follow reads the status until the instance has ended, when and as often as the
// replies' Retry-After asks for.
func (c *Client) Follow(ctx context.Context, id string, first time.Duration, changed func(Instance)) (Instance, error) {
	last := Instance{Again: first}
	for last.Again > 0 {
		if pause.For(ctx, last.Again) != nil {
			return last, fmt.Errorf("gave up waiting: it is in %s: %s", last.CustomStatus.Status, last.CustomStatus.Message)
		}
		now, err := c.Instance(ctx, id, "")
		if err != nil {
			return last, err
		}
		if now.CustomStatus != last.CustomStatus {
			changed(now)
		}
		last = now
	}
	return last, nil
}

// Children reads the statuses of the instances below a parent, in the order of
// hostnames. One that cannot be read is the zero Instance, and in the error.
func (c *Client) Children(ctx context.Context, parentID string, hostnames []string) ([]Instance, error) {
	each := make([]Instance, len(hostnames))
	parent, err := c.Instance(ctx, parentID, "showOutput=true")
	if err != nil {
		return each, err
	}
	ids := map[string]string{}
	for _, child := range parent.Children {
		ids[child.Hostname] = child.InstanceID
	}
	for i, hostname := range hostnames {
		var problem error
		if each[i], problem = c.Instance(ctx, ids[hostname], ""); problem != nil && err == nil {
			err = fmt.Errorf("%s: %w", hostname, problem)
		}
	}
	return each, err
}

// LastUpdate is when the last of the instances ended.
func LastUpdate(instances []Instance) time.Time {
	var last time.Time
	for _, i := range instances {
		if i.LastUpdatedTime.After(last) {
			last = i.LastUpdatedTime
		}
	}
	return last
}
