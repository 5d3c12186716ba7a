// Package dnssim is a small public DNS for the local stack and for tests: zones
// that a DNS provider's simulated API changes, authoritative name servers that
// answer from them over UDP and TCP, and a recursive resolver.
//
//	provider's API ──▶ Zone ──▶ Server (lag, silence, refusals) ◀── who validates
//	                             ▲
//	                             └── Recursor (negative cache, DNSSEC refusals)
//
// A name server may lag behind its zone, may be silent or refuse; zones have
// wildcards, aliases and children. A zone that is not delegated is held by the
// provider and is not in public DNS, as happens to zones that were moved away.
// Each server has its own loopback address; all listen on one port, which stands
// for 53.
package dnssim
