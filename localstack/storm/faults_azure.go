package storm

import (
	"net/http"
	"strings"
	"sync/atomic"

	"certgate/localstack/azurefault"
	"certgate/localstack/fault"
)

// azureFaults is the storm before Key Vault and Resource Manager.
type azureFaults struct {
	vault, arm Stream
	blows      *atomic.Bool
	away       *away
	killer     *killer
	// seen is told the Authorization of each call: those must turn up nowhere.
	seen func(authorization string)
	// writes is told of each write of the gateway before it happens.
	writes func()
	// ifMatchIgnored takes If-Match from the handler's writes of the gateway.
	ifMatchIgnored bool

	vaultCalls, armCalls atomic.Uint64
	hits                 atomic.Int64
}

func (f *azureFaults) hook(service string, r *http.Request) fault.Fault {
	if authorization := r.Header.Get("Authorization"); authorization != "" {
		f.seen(authorization)
	}
	if f.ifMatchIgnored && service == azurefault.ARM && r.Header.Get(intruder) == "" {
		r.Header.Del("If-Match")
	}
	if !f.blows.Load() || r.Header.Get(intruder) != "" {
		return fault.Fault{}
	}
	if away, out := f.away.fault(serviceOf(service)); out {
		return away
	}
	if service == azurefault.ARM && r.Method == http.MethodPut && ofGateway(r) {
		f.writes()
		if f.killer.due(Writing) {
			f.killer.soon(r) // the gateway is written, and the lease stands
			return fault.Fault{DropAnswer: true}
		}
	}
	if f.killer.at(BeforeCall, r) {
		return fault.Fault{Drop: true}
	}
	if f.killer.due(AfterCall) {
		f.killer.soon(r)
		return fault.Fault{DropAnswer: true}
	}
	stream, calls := f.vault, &f.vaultCalls
	if service == azurefault.ARM {
		stream, calls = f.arm, &f.armCalls
	}
	m := stream.At(calls.Add(1))
	if (m.Status == http.StatusPreconditionFailed || m.Status == http.StatusConflict) && !changes(service, r) {
		return fault.Fault{}
	}
	if m.Status == http.StatusPreconditionFailed && service == azurefault.ARM && !ofGateway(r) && !ofDNS(r) { // a target's resource has no condition
		return fault.Fault{}
	}
	if m.Status == http.StatusConflict && ofDNS(r) { // Azure DNS means by it that a person has something to mend
		return fault.Fault{}
	}
	if m != (Mishap{}) {
		f.hits.Add(1)
	}
	return fault.Fault{Delay: m.Delay, Drop: m.Lost, DropAnswer: m.AnswerLost, Status: m.Status, RetryAfter: m.RetryAfter}
}

func serviceOf(service string) Service {
	if service == azurefault.ARM {
		return ARM
	}
	return Vault
}

// ofGateway tells the calls for the gateway.
func ofGateway(r *http.Request) bool {
	return strings.Contains(strings.ToLower(r.URL.Path), "/applicationgateways/")
}

// ofDNS tells the calls to Azure DNS.
func ofDNS(r *http.Request) bool {
	return strings.Contains(strings.ToLower(r.URL.Path), "/microsoft.network/dnszones/")
}

// changes tells the calls that a service can answer with a conflict.
func changes(service string, r *http.Request) bool {
	if service == azurefault.ARM {
		return r.Method == http.MethodPut
	}
	return r.Method != http.MethodGet && strings.HasPrefix(r.URL.Path, "/certificates/")
}
