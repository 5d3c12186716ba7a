package webapi

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"

	"certgate/internal/azureerror"
	"certgate/internal/dnsproviders"
	"certgate/internal/durable"
)

// Service is an API that is called through its provider's own SDK.
type Service struct {
	Name  string // as it begins a sentence
	Needs string // what the credentials must be allowed
	// Limited recognises the body of a refusal that asks for a pause, where the API
	// says so with 400 or 403; nil where it does not.
	Limited func(body []byte) bool
}

// HTTP is the client to give to the SDK. Answers that mean the same with every
// provider (credentials, limits, trouble of its own) come out of it as the errors
// of dnsproviders.Account; the SDK sees the others. base is what to send with; nil
// is the usual one. Redirects are not followed.
func (s Service) HTTP(base *http.Client) *http.Client {
	transport := http.RoundTripper(usual)
	if base != nil && base.Transport != nil {
		transport = base.Transport
	}
	return &http.Client{Transport: classifying{s, transport}, Timeout: tryTimeout, CheckRedirect: direct.CheckRedirect}
}

type aboutKey struct{}

type about struct{ zone, name string }

// About says whom the calls with this context are about, for what people read.
func About(ctx context.Context, zone, name string) context.Context {
	return context.WithValue(ctx, aboutKey{}, about{zone, name})
}

type classifying struct {
	Service
	next http.RoundTripper
}

func (c classifying) RoundTrip(r *http.Request) (*http.Response, error) {
	resp, err := c.next.RoundTrip(r)
	if err != nil || resp.StatusCode < http.StatusBadRequest {
		return resp, err
	}
	raw, err := io.ReadAll(io.LimitReader(resp.Body, maxBody))
	resp.Body.Close()
	if err != nil {
		return nil, err
	}
	resp.Body = io.NopCloser(bytes.NewReader(raw))
	status := resp.StatusCode
	if c.Limited != nil && c.Limited(raw) {
		status = http.StatusTooManyRequests
	}
	switch {
	case status == http.StatusUnauthorized, status == http.StatusForbidden, status == http.StatusTooManyRequests,
		status == http.StatusRequestTimeout, status >= http.StatusInternalServerError:
		return nil, c.answer(r.Context(), status, resp.Header, sentenceOf(raw))
	}
	return resp, nil
}

func (s Service) answer(ctx context.Context, status int, header http.Header, sentence string) error {
	whom, _ := ctx.Value(aboutKey{}).(about)
	return dnsproviders.Answer{Service: s.Name, Needs: s.Needs, Zone: whom.zone, Name: whom.name, Status: status, Header: header,
		Sentence: sentence, Err: fmt.Errorf("%s: HTTP %d %s", s.Name, status, sentence)}.Explain()
}

// Explain turns an SDK's error into what callers act on. status is that of an
// answer, 0 if there was none; sentence is the service's.
func (s Service) Explain(ctx context.Context, verb string, status int, sentence string, err error) error {
	var (
		failure   *durable.Failure
		later     *durable.RetryLater
		transient *durable.Transient
	)
	switch {
	case err == nil:
		return nil
	case errors.As(err, &failure):
		return failure
	case errors.As(err, &later):
		return later
	case errors.As(err, &transient):
		return transient
	case status >= http.StatusBadRequest:
		return s.answer(ctx, status, nil, sentence)
	}
	return azureerror.Unanswered(s.Name, verb, err)
}
