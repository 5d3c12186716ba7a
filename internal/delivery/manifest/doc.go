// Package manifest writes what a Kubernetes cluster needs to serve a certificate of the
// vault: objects for the ways that Azure offers to bring it into a Secret, and the Ingress
// or Gateway that serves it. It does no I/O, and nothing in a manifest is secret.
package manifest
