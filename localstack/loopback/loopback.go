// Package loopback tells clients on this machine apart by the address that they
// call. All of 127.0.0.0/8 leads to it (on Linux; elsewhere the addresses have to be
// made), so a service can listen at one address for each client.
package loopback

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"strconv"
)

// Address is that of the nth client, the first being 127.0.0.1.
func Address(n int) string { return "127.0.0." + strconv.Itoa(n+1) }

// Of is the number of the client whose request it is: 0 for one that calls 127.0.0.1.
func Of(ctx context.Context) int {
	at, ok := ctx.Value(http.LocalAddrContextKey).(*net.TCPAddr)
	if !ok || at.IP.To4() == nil {
		return 0
	}
	return max(0, int(at.IP.To4()[3])-1)
}

// ListenAt listens at the addresses on the port of a listener.
func ListenAt(addresses []string, as net.Listener) (all []net.Listener, err error) {
	port := strconv.Itoa(as.Addr().(*net.TCPAddr).Port)
	for _, address := range addresses {
		l, err := net.Listen("tcp4", net.JoinHostPort(address, port))
		if err != nil {
			for _, before := range all {
				before.Close()
			}
			return nil, fmt.Errorf("listen at %s as well: %w", address, err)
		}
		all = append(all, l)
	}
	return all, nil
}
