// Package tracing turns what the engine does into spans of OpenTelemetry.
//
// The steps of an instance run minutes or days apart, in other processes and on
// other machines. Nothing is handed from one to the next: the trace id is the
// instance id (32 hexadecimal digits, as a trace id is), and the id of the span
// that they all hang under is a hash of it.
//
//	AddCertificateFunctions                    the instance, written when it ends
//	├─ GetApplicationGatewayPublicIpStep       one span for each run of a step
//	│   ├─ resourceManager GET                 one for each request that it sent
//	│   └─ tableStorage POST
//	├─ CheckDnsResolutionStep
//	…
//
// While an instance runs, tools show its steps below a parent that is missing yet.
//
// Spans carry names, times, results and the sentences that people read anyway.
// They never carry queries, headers or bodies of requests, where secrets are.
package tracing
