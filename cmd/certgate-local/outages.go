package main

import (
	"fmt"
	"net"
	"net/http"
	"sync"

	"certgate/localstack"
	"certgate/localstack/azurefault"
	"certgate/localstack/fault"
)

// authority names the CA in outages; Key Vault and Resource Manager have the names of
// azurefault.
const authority = "ca"

// outages lets the command beside the stack stop services and start them again: POST
// /ca/stop, /vault/start and so on. A stopped service breaks every connection. Stopping
// what is stopped changes nothing.
type outages struct {
	mu   sync.Mutex
	down map[string]bool
}

// serveOutages puts them before the services of a stack, and answers its own address;
// end ends it.
func serveOutages(stack *localstack.Stack) (address string, end func(), err error) {
	o := &outages{down: map[string]bool{}}
	stack.CA.SetHook(func(string, *http.Request) fault.Fault { return o.of(authority) })
	stack.SetAzureFaults(func(service string, _ *http.Request) fault.Fault { return o.of(service) })
	mux := http.NewServeMux()
	for _, service := range []string{authority, azurefault.Vault, azurefault.ARM} {
		mux.HandleFunc("POST /"+service+"/stop", func(http.ResponseWriter, *http.Request) { o.set(service, true) })
		mux.HandleFunc("POST /"+service+"/start", func(http.ResponseWriter, *http.Request) { o.set(service, false) })
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", nil, fmt.Errorf("listen for outages: %w", err)
	}
	server := &http.Server{Handler: mux}
	go server.Serve(listener) // until end
	return "http://" + listener.Addr().String(), func() { server.Close() }, nil
}

func (o *outages) set(service string, down bool) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.down[service] = down
}

func (o *outages) of(service string) fault.Fault {
	o.mu.Lock()
	defer o.mu.Unlock()
	return fault.Fault{Drop: o.down[service]}
}
