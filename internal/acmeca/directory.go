package acmeca

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/go-acme/lego/v4/acme"

	"certgate/internal/durable"
	"certgate/internal/issuance"
)

const (
	directoryLifetime = time.Hour
	// directoryRetry is the pause after a refresh that did not work out.
	directoryRetry = time.Minute
)

// directory is the authority's list of resources (RFC 8555 section 7.1.1).
type directory struct {
	acme.Directory
	url string
	raw []byte
}

// directoryCache holds the last directory that could be read.
type directoryCache struct {
	reading mutex // one first read at a time

	mu        sync.Mutex
	current   *directory
	refreshAt time.Time
}

// get returns the directory in memory, if any, and whether the caller is the
// one to refresh it. Everybody else goes on with the old one meanwhile.
func (c *directoryCache) get(now time.Time) (d *directory, refresh bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.current == nil || now.Before(c.refreshAt) {
		return c.current, false
	}
	c.refreshAt = now.Add(directoryRetry)
	return c.current, true
}

func (c *directoryCache) put(d *directory, now time.Time) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.current, c.refreshAt = d, now.Add(directoryLifetime)
}

// directory returns the authority's directory, at most about an hour old. While
// a refresh fails the old one stays in use: if it is really out of date, the
// call that follows says so better.
func (ca *CA) directory(ctx context.Context) (*directory, error) {
	d, refresh := ca.directories.get(ca.now())
	if d != nil && !refresh {
		return d, nil
	}
	if d != nil {
		fresh, err := ca.readDirectory(ctx, d.url)
		if err != nil {
			ca.log.WarnContext(ctx, "refreshing the ACME directory", "url", d.url, "error", err)
			return d, nil
		}
		ca.directories.put(fresh, ca.now())
		return fresh, nil
	}
	if err := ca.directories.reading.lock(ctx); err != nil {
		return nil, unreachable("read ACME directory", err)
	}
	defer ca.directories.reading.unlock()
	if d, _ := ca.directories.get(ca.now()); d != nil {
		return d, nil
	}
	d, err := ca.findDirectory(ctx)
	if err != nil {
		return nil, err
	}
	ca.directories.put(d, ca.now())
	return d, nil
}

// findDirectory reads the directory for the first time. An endpoint with a path
// is a directory URL as it stands; below one without, the two usual places are
// tried.
func (ca *CA) findDirectory(ctx context.Context) (*directory, error) {
	candidates, err := directoryURLs(ca.endpoint)
	if err != nil {
		return nil, &durable.Failure{
			Code:    issuance.CodeOrderRefused,
			Message: fmt.Sprintf("The address of the certificate authority, %q, is not an https URL. Correct it in the settings.", ca.endpoint),
			Err:     err,
		}
	}
	var missed []string
	passing := false
	for _, candidate := range candidates {
		d, err := ca.readDirectory(ctx, candidate)
		var no *noDirectoryError
		if !errors.As(err, &no) {
			return d, err // found, or the host has a problem that another path would have too
		}
		missed = append(missed, fmt.Sprintf("%s (%s)", no.url, no.why))
		passing = passing || no.passing
	}
	message := fmt.Sprintf("No ACME directory was found at %s. Check the address of the certificate authority in the settings.", strings.Join(missed, " or "))
	if passing {
		return nil, &durable.Transient{Public: message, Err: issuance.ErrAway}
	}
	return nil, &durable.Failure{Code: issuance.CodeOrderRefused, Message: message}
}

// noDirectoryError says that a URL answers, but not with a directory. Passing
// is what a maintenance page looks like, as opposed to a wrong address.
type noDirectoryError struct {
	url, why string
	passing  bool
}

func (e *noDirectoryError) Error() string { return "no ACME directory at " + e.url + ": " + e.why }

func directoryURLs(endpoint string) ([]string, error) {
	u, err := url.Parse(endpoint)
	if err != nil {
		return nil, err
	}
	if u.Scheme != "https" || u.Host == "" {
		return nil, fmt.Errorf("scheme %q, host %q", u.Scheme, u.Host)
	}
	if u.Path != "" && u.Path != "/" {
		return []string{endpoint}, nil
	}
	base := "https://" + u.Host
	return []string{base + "/directory", base + "/dir"}, nil
}

// readDirectory reads one URL. A directory is a JSON object that names the
// resources that an order cannot do without.
func (ca *CA) readDirectory(ctx context.Context, at string) (*directory, error) {
	r, err := ca.get(ctx, at)
	if err != nil {
		return nil, unreachable("read ACME directory "+at, err)
	}
	if r.status != http.StatusOK {
		if r.status >= 500 || slices.Contains([]int{http.StatusTooManyRequests, http.StatusRequestTimeout, http.StatusTooEarly}, r.status) {
			return nil, ca.classify(operation{name: "read ACME directory " + at, refused: issuance.CodeOrderRefused}, r, nil)
		}
		return nil, &noDirectoryError{url: at, why: fmt.Sprintf("status %d", r.status)}
	}
	d := &directory{url: at, raw: r.body}
	if err := json.Unmarshal(r.body, &d.Directory); err != nil {
		return nil, &noDirectoryError{url: at, why: "the answer is not a directory", passing: true}
	}
	if err := d.resolve(r); err != nil {
		return nil, &noDirectoryError{url: at, why: "the answer cannot be used"}
	}
	for _, resource := range [][2]string{{"newNonce", d.NewNonceURL}, {"newAccount", d.NewAccountURL}, {"newOrder", d.NewOrderURL}} {
		if resource[1] == "" {
			return nil, &noDirectoryError{url: at, why: "the answer has no " + resource[0]}
		}
	}
	return d, nil
}

// resolve makes references absolute, for itself and for lego, which reads raw.
func (d *directory) resolve(r reply) error {
	changed := false
	for _, resource := range []*string{&d.NewNonceURL, &d.NewAccountURL, &d.NewOrderURL, &d.NewAuthzURL, &d.RevokeCertURL, &d.KeyChangeURL, &d.RenewalInfo} {
		absolute := r.absolute(*resource)
		changed = changed || absolute != *resource
		*resource = absolute
	}
	if !changed {
		return nil
	}
	raw, err := json.Marshal(d.Directory)
	if err != nil {
		return fmt.Errorf("encode ACME directory: %w", err)
	}
	d.raw = raw
	return nil
}
