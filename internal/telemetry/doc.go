// Package telemetry sends traces and metrics to an OpenTelemetry collector over
// OTLP (HTTP, protobuf). Without an endpoint there is none of it: no exporter, no
// goroutine, no cost.
//
// Nothing waits for it. Spans go into a buffer (2,048, what is more is dropped) that
// is sent once a second; metrics are sent every 15 seconds. A collector that does
// not answer is tried again for a minute and then the batch is dropped, with a line
// in the log. The Functions host ends the handler with SIGKILL, so the last second
// of spans, and up to 15 seconds of counts, can be lost.
package telemetry
