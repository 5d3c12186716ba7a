// Package hostname turns what people type into the hostnames that certgate
// works with, and hostnames into the names of things in Azure.
//
// A Name is in the one form that DNS, ACME, TLS and the stored state share:
// lower-case A-labels, no trailing dot, a name that a public certificate
// authority could issue for. Nothing else enters the product.
package hostname
