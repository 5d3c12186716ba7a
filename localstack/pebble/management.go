package pebble

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	"net/http"
	"time"
)

// Roots are the CA's issuing roots. They are new after each start. There is more
// than one only with PEBBLE_ALTERNATE_ROOTS.
func (p *Pebble) Roots(ctx context.Context) (*x509.CertPool, error) {
	pool := x509.NewCertPool()
	for n := 0; ; n++ {
		text, err := p.get(ctx, p.rootURL(n))
		if status := new(statusError); n > 0 && errors.As(err, &status) && status.code == http.StatusNotFound {
			return pool, nil
		}
		if err != nil {
			return nil, fmt.Errorf("read root %d of pebble: %w", n, err)
		}
		if !pool.AppendCertsFromPEM(text) {
			return nil, fmt.Errorf("root %d of pebble is not a certificate", n)
		}
	}
}

func (p *Pebble) rootURL(n int) string {
	return fmt.Sprintf("https://%s/roots/%d", loopback(p.ports.Management), n)
}

// SuggestRenewal makes the CA's renewal information (RFC 9773 section 4.2) for a
// certificate it has issued, given as DER, a window from start to end.
func (p *Pebble) SuggestRenewal(ctx context.Context, leaf []byte, start, end time.Time) error {
	type window struct {
		Start time.Time `json:"start"`
		End   time.Time `json:"end"`
	}
	answer, err := json.Marshal(map[string]window{"suggestedWindow": {start.UTC(), end.UTC()}})
	if err != nil {
		return err
	}
	url := "https://" + loopback(p.ports.Management) + "/set-renewal-info/"
	err = post(ctx, p.client, url, map[string]string{
		"Certificate": string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: leaf})),
		"ARIResponse": string(answer),
	})
	if err != nil {
		return fmt.Errorf("suggest a renewal through pebble: %w", err)
	}
	return nil
}

// newClient never uses a proxy and never waits for ever: both servers are on
// loopback, and a Pebble that hangs must not hang the caller.
func newClient(roots *x509.CertPool) *http.Client {
	return &http.Client{
		Timeout:   5 * time.Second,
		Transport: &http.Transport{TLSClientConfig: &tls.Config{RootCAs: roots, MinVersion: tls.VersionTLS12}},
	}
}

type statusError struct {
	code int
	text string
}

func (e *statusError) Error() string {
	return fmt.Sprintf("status %d: %s", e.code, bytes.TrimSpace([]byte(e.text)))
}

func (p *Pebble) get(ctx context.Context, url string) ([]byte, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return nil, err
	}
	return do(p.client, req)
}

func post(ctx context.Context, client *http.Client, url string, body any) error {
	text, err := json.Marshal(body)
	if err != nil {
		return err
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, url, bytes.NewReader(text))
	if err != nil {
		return err
	}
	req.Header.Set("Content-Type", "application/json")
	_, err = do(client, req)
	return err
}

func do(client *http.Client, req *http.Request) ([]byte, error) {
	resp, err := client.Do(req)
	if err != nil {
		return nil, err
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(io.LimitReader(resp.Body, 1<<20))
	if err != nil {
		return nil, err
	}
	if resp.StatusCode != http.StatusOK {
		return nil, &statusError{code: resp.StatusCode, text: string(text)}
	}
	return text, nil
}
