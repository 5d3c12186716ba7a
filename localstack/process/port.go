package process

import (
	"errors"
	"fmt"
	"net"
	"strconv"
	"syscall"
)

// FreePort is FreePorts for one port.
func FreePort() (int, error) {
	ports, err := FreePorts(1)
	if err != nil {
		return 0, err
	}
	return ports[0], nil
}

// FreePorts returns n different ports of 127.0.0.1 that are not in use, neither for
// TCP nor for UDP (a DNS server needs both). They come from a block that only
// this process hands out, below the ports that systems give to outgoing
// connections, so that none is taken before it is used; a program that does
// not know of blocks still may: OnFreePorts deals with that.
func FreePorts(n int) ([]int, error) { return own.take(n) }

// KeepPorts keeps FreePorts from handing out ports whose owner listens on them,
// stops, and will listen on them again. Call the result when it does.
func KeepPorts(ports ...int) (giveBack func()) { return own.keep(ports) }

// PortFree reports whether a child could listen on this port of 127.0.0.1, for
// TCP and for UDP.
func PortFree(port int) bool {
	address := net.JoinHostPort("127.0.0.1", strconv.Itoa(port))
	stream, err := net.Listen("tcp4", address)
	if err != nil {
		return false
	}
	defer stream.Close()
	datagram, err := net.ListenPacket("udp4", address)
	if err != nil {
		return false
	}
	datagram.Close()
	return true
}

// PortInUseError says that another program listens on a port that a child needs.
type PortInUseError struct{ Port int }

func (e *PortInUseError) Error() string {
	return fmt.Sprintf("port %d of 127.0.0.1 is in use", e.Port)
}

// PortLost reports whether something could not start because somebody else
// listens on a port that was free shortly before.
func PortLost(err error) bool {
	return errors.As(err, new(*PortInUseError)) || errors.Is(err, syscall.EADDRINUSE)
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
		if !PortLost(err) && !errors.As(err, new(*ExitError)) {
			return err
		}
	}
	return err
}
