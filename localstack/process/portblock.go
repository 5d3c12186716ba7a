package process

import (
	"fmt"
	"net"
	"strconv"
	"sync"
)

// Blocks lie below 32768, where Linux begins to give ports to outgoing
// connections (ip_local_port_range); macOS and Windows begin at 49152.
const (
	firstBlock = 20000
	blockSize  = 400
	blocks     = 30
)

// portBlock hands out the ports of one block in turn, so that a port that was
// handed out and is not yet listened on comes again as late as possible.
type portBlock struct {
	mu    sync.Mutex
	claim net.Listener // on the first port: the block belongs to the process that holds it
	first int
	next  int
	away  map[int]int // ports that are kept for owners who do not listen just now: port to keepers
}

// own is this process's block; the claim ends with the process.
var own = portBlock{away: map[int]int{}}

func (b *portBlock) take(n int) ([]int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if err := b.claimOnce(); err != nil {
		return nil, err
	}
	ports := make([]int, 0, n)
	for range blockSize - 1 {
		if len(ports) == n {
			return ports, nil
		}
		b.next = b.next%(blockSize-1) + 1
		if port := b.first + b.next; b.away[port] == 0 && PortFree(port) {
			ports = append(ports, port)
		}
	}
	if len(ports) < n {
		return nil, fmt.Errorf("find %d free ports: only %d between %d and %d are free", n, len(ports), b.first+1, b.first+blockSize-1)
	}
	return ports, nil
}

// keep takes ports off the list until they are given back.
func (b *portBlock) keep(ports []int) (giveBack func()) {
	count := func(by int) {
		b.mu.Lock()
		defer b.mu.Unlock()
		for _, port := range ports {
			b.away[port] += by
		}
	}
	count(1)
	return sync.OnceFunc(func() { count(-1) })
}

// claimOnce takes the first block that is free.
func (b *portBlock) claimOnce() error {
	if b.claim != nil {
		return nil
	}
	for i := range blocks {
		first := firstBlock + i*blockSize
		if claim, err := net.Listen("tcp4", net.JoinHostPort("127.0.0.1", strconv.Itoa(first))); err == nil {
			b.claim, b.first = claim, first
			return nil
		}
	}
	return fmt.Errorf("find free ports: all %d blocks of ports from %d on are in use", blocks, firstBlock)
}
