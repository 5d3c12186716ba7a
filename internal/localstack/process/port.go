package process

import (
	"errors"
	"fmt"
	"net"
	"strconv"
)

// FreePort is FreePorts for one port.
func FreePort() (int, error) {
	ports, err := FreePorts(1)
	if err != nil {
		return 0, err
	}
	return ports[0], nil
}

// FreePorts returns n different ports of 127.0.0.1 that nobody uses, neither for
// TCP nor for UDP (a DNS server needs both). Another program may take one before
// the caller's child does: OnFreePorts deals with that.
func FreePorts(n int) ([]int, error) {
	ports := make([]int, 0, n)
	for len(ports) < n {
		stream, err := net.Listen("tcp4", "127.0.0.1:0")
		if err != nil {
			return nil, fmt.Errorf("find a free port: %w", err)
		}
		defer stream.Close() // all are held until the last is found: no port comes twice
		datagram, err := net.ListenPacket("udp4", stream.Addr().String())
		if err != nil {
			continue // taken for UDP only; held for TCP, so it does not come again
		}
		defer datagram.Close()
		ports = append(ports, stream.Addr().(*net.TCPAddr).Port)
	}
	return ports, nil
}

// PortFree reports whether a child could listen on this port of 127.0.0.1.
func PortFree(port int) bool {
	l, err := net.Listen("tcp4", net.JoinHostPort("127.0.0.1", strconv.Itoa(port)))
	if err != nil {
		return false
	}
	l.Close()
	return true
}

// PortInUseError says that somebody listens on a port that a child needs.
type PortInUseError struct{ Port int }

func (e *PortInUseError) Error() string {
	return fmt.Sprintf("port %d of 127.0.0.1 is in use", e.Port)
}

// freePortTries makes it all but impossible that every set of ports is lost to
// somebody else between being found and being used.
const freePortTries = 5

// OnFreePorts calls start with n free ports, and again with others if one of
// them was lost meanwhile: start then returns a *PortInUseError, or an
// *ExitError because the child ended by itself.
func OnFreePorts(n int, start func(ports []int) error) error {
	var err error
	for range freePortTries {
		var ports []int
		if ports, err = FreePorts(n); err != nil {
			return err
		}
		err = start(ports)
		if !errors.As(err, new(*PortInUseError)) && !errors.As(err, new(*ExitError)) {
			return err
		}
	}
	return err
}
