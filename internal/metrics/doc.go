// Package metrics is certgate in figures: what GET /api/metrics shows and what is
// pushed over OTLP, one set of instruments for both.
//
// The app may run on several machines, its processes are ended without notice and
// a load balancer decides which of them a scrape meets. So the figures are of two
// kinds, and the help text of each says which it is:
//
//   - stored state: certificates, instances, queue. Read from storage, so that
//     every process says the same, restarts or not. Alerts rest on these.
//   - this process: how long steps took, how often they waited or were tried again.
//     Counted in memory since the process started, so they are complete only when
//     every process pushes its own (OTLP), not when one of them is scraped.
//
// Storage is looked at once a minute in each process that is asked, however often
// that is, and the number of requests does not follow the number of callers:
//
//	1 for each 1,000 certificates, 10 at most
//	4 for what is under way, 1 more for each 1,000 instances in one partition
//	4 for each 1,000 instances that were started in the last day, 12 at most
//	2 for the queues, 1 more if there is poison
//	1 for the limits of the certificate authority, which orders share
package metrics
