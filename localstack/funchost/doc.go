// Package funchost is a local Azure Functions host for custom handlers. It
// reads host.json and every <Name>/function.json, starts the handler as the
// platform does, forwards HTTP, pumps storage queues and fires timers, so that
// the handler cannot tell it from the real one:
//
//	       HTTP /api/… ──▶ router ──▶ proxy ─────────┐
//	queue, 10 min lease ──▶ queueListener ─▶ invoker ─┼─▶ supervisor ─▶ handler process
//	      timer, admin ──▶ timer ─────────▶ invoker ─┘   (start, probe, restart, SIGKILL)
//
// The rules are those of Azure/azure-functions-host 4.1037 and of version 5.3
// of the storage queue extension. What differs, on purpose:
//
//   - Anything this host cannot do is refused when Run starts, and so is a
//     faulty function.json. The platform logs the latter and goes on without
//     that function.
//   - HTTP functions are proxied (customHandler.enableProxyingHttpRequest) or
//     refused; input and output bindings beside the trigger are refused.
//   - A reply without a JSON body fails the invocation at once, loudly. The
//     platform hangs until functionTimeout: see Config.HangOnEmptyReply.
//   - Timers without a storage connection keep their status in memory.
//   - A schedule that restricts both day of month and day of week fires when
//     either fits; NCRONTAB wants both.
package funchost
