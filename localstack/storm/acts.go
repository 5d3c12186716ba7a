package storm

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"time"

	"certgate/internal/hostname"
	"certgate/localstack/apiclient"
	"certgate/localstack/pause"
)

// acts does to a certificate that is in service what the plan has, one thing after
// the other. It has so many places on the gateway. One that fails ends the list, but for the retirement, which makes room.
func (l *load) acts(ctx context.Context, host, name string, acts []Act, places int) error {
	at := "/api/certificates/" + url.PathEscape(name)
	for _, act := range acts {
		var err error
		switch act {
		case Renew:
			_, err = l.ask(ctx, host, apiclient.Call{Method: http.MethodPost, Path: at + "/renew"}, nil)
		case Suggested:
			err = l.awaitRenewal(ctx, host, at)
		case RevokeNewest:
			err = l.revoke(ctx, at, "keyCompromise", "")
		case RevokePrevious:
			err = l.replaceAndRevoke(ctx, host, at)
		case Retire:
			err = l.retire(ctx, at, places)
		case RetireRevoked:
			err = l.retire(ctx, at+"?revoke=true", places)
		}
		if err != nil {
			return fmt.Errorf("%s: %w", act, err)
		}
	}
	return nil
}

func (l *load) revoke(ctx context.Context, at, reason, version string) error {
	body, err := json.Marshal(map[string]string{"reason": reason, "version": version})
	if err != nil {
		return err
	}
	_, err = l.ask(ctx, "revoke "+at, apiclient.Call{Method: http.MethodPost, Path: at + "/revoke", Body: body}, nil)
	return err
}

// replaceAndRevoke is what the documentation advises when a key has to go.
func (l *load) replaceAndRevoke(ctx context.Context, host, at string) error {
	before, err := l.certificate(ctx, at)
	if err != nil {
		return err
	}
	renewed, err := l.ask(ctx, host, apiclient.Call{Method: http.MethodPost, Path: at + "/renew"}, nil)
	if err != nil || !renewed.Completed() {
		return err
	}
	return l.revoke(ctx, at, "superseded", before.Version)
}

// retire makes room for other hostnames when it is done.
func (l *load) retire(ctx context.Context, at string, places int) error {
	for range tries {
		last, err := l.ask(ctx, "retire "+at, apiclient.Call{Method: http.MethodDelete, Path: at}, nil)
		if err != nil {
			return err
		}
		if last.Completed() {
			l.room.Release(int64(places))
			return nil
		}
	}
	return nil // the audit judges why it failed; its place stays taken
}

// certificate is what the storm reads of a certificate's page.
type certificate struct {
	Version   string `json:"version"`
	Instances []struct {
		Name       string `json:"name"`
		InstanceID string `json:"instanceId"`
	} `json:"instances"`
}

func (l *load) certificate(ctx context.Context, at string) (c certificate, err error) {
	return c, l.api.Get(ctx, at, &c)
}

// suggest has the authority say of the newest certificate that it is to be
// renewed at once (RFC 9773).
func (l *load) suggest(ctx context.Context, host string) error {
	leaf, err := l.leaf(ctx, hostname.CertificateName(host))
	if err != nil || leaf == nil {
		return err
	}
	now := time.Now()
	return l.stack.Pebble.SuggestRenewal(ctx, leaf, now.Add(-2*time.Hour), now.Add(-time.Hour))
}

// adviceWithin is how long the timer's renewal is waited for. When the authority
// did not answer certgate, it is asked again only in an hour.
const adviceWithin = 15 * time.Second

// awaitRenewal lets the timer look, and waits for the renewal that it starts. Where
// the faults kept it from the advice, somebody asks for the renewal.
func (l *load) awaitRenewal(ctx context.Context, host, at string) error {
	for end := time.Now().Add(adviceWithin); time.Now().Before(end); {
		if err := l.api.Fire(ctx, "RenewDue"); err != nil {
			return err
		}
		if err := pause.For(ctx, 2*time.Second); err != nil {
			return err
		}
		page, err := l.certificate(ctx, at)
		if err != nil {
			return err
		}
		for _, i := range page.Instances {
			if i.Name == renewFlow {
				l.accept(i.InstanceID, "renewal of "+host+" on the authority's advice")
				l.mu.Lock()
				l.advised++
				l.mu.Unlock()
				_, err := l.follow(ctx, i.InstanceID, nil)
				return err
			}
		}
	}
	_, err := l.ask(ctx, host, apiclient.Call{Method: http.MethodPost, Path: at + "/renew"}, nil)
	return err
}

// The published names of flows.
const (
	addFlow    = "AddCertificateFunctions"
	manyFlow   = "AddMultipleCertificatesFunctions"
	importFlow = "ImportCertificateFunctions"
	renewFlow  = "RenewCertificateFunctions"
	revokeFlow = "RevokeCertificateFunctions"
	retireFlow = "RetireCertificateFunctions"
)

// issues tells the flows that order a certificate, installs those after which the
// gateway serves one.
func issues(flow string) bool { return flow == addFlow || flow == renewFlow }
func installs(flow string) bool {
	return slices.Contains([]string{addFlow, renewFlow, importFlow}, flow)
}
