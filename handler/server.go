package main

import (
	"net/http"
	"time"
)

// Limits of one connection. The only client is the Functions host, which passes
// on as slowly as people send: without limits, callers who never finish would
// hold memory for good.
const (
	headerTimeout = 10 * time.Second
	// readTimeout is for a request with its body, 1 MiB at most: a caller with less
	// than 18 KB/s is cut off.
	readTimeout = time.Minute
	// writeTimeout, from the end of the headers on, is for the work and the reply.
	// The host has given up long before: functionTimeout is 5 minutes, and what it
	// proxies may be silent for 4.
	writeTimeout = 10 * time.Minute
	idleTimeout  = 5 * time.Minute
	// maxHeader is twice what the host takes, 32 KiB (Kestrel's
	// MaxRequestHeadersTotalSize): beyond, net/http answers 431 itself.
	maxHeader = 64 << 10
)

// newServer is the HTTP server of the process.
func newServer(h http.Handler) *http.Server {
	return &http.Server{
		Handler:           h,
		ReadHeaderTimeout: headerTimeout,
		ReadTimeout:       readTimeout,
		WriteTimeout:      writeTimeout,
		IdleTimeout:       idleTimeout,
		MaxHeaderBytes:    maxHeader,
	}
}
