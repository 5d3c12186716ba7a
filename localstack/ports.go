package localstack

import (
	"fmt"

	"certgate/localstack/process"
)

// Ports are those that people and tools on this machine meet.
type Ports struct {
	Site               int
	API                int // the Functions host
	GatewayHTTP        int
	GatewayHTTPS       int
	ACME               int // the CA's directory
	DNS                int
	DNSManage          int // where the DNS server is told other answers
	Blob, Queue, Table int // storage, through the door
	caManagement       int
	appDNS             int // the door before DNS: see Stack.DNS
}

// UsualPorts are those of `make run`.
func UsualPorts() Ports {
	return Ports{Site: 4280, API: 7071, GatewayHTTP: 8080, GatewayHTTPS: 8443, ACME: 14000, DNS: 8053, Blob: 10000, Queue: 10001, Table: 10002}
}

// settle keeps each port that is wanted and free, and moves the others.
func (p Ports) settle() (Ports, error) {
	all := []*int{&p.Site, &p.API, &p.GatewayHTTP, &p.GatewayHTTPS, &p.ACME, &p.DNS, &p.Blob, &p.Queue, &p.Table, &p.caManagement, &p.DNSManage, &p.appDNS}
	free, err := process.FreePorts(len(all))
	if err != nil {
		return p, fmt.Errorf("find free ports: %w", err)
	}
	taken := map[int]bool{}
	for i, port := range all {
		if *port == 0 || taken[*port] || !process.PortFree(*port) {
			*port = free[i]
		}
		taken[*port] = true
	}
	return p, nil
}

// Moved names the wanted ports that were in use: wanted -> taken.
func (p Ports) Moved(wanted Ports) map[int]int {
	moved := map[int]int{}
	for _, pair := range [][2]int{
		{wanted.Site, p.Site}, {wanted.API, p.API}, {wanted.GatewayHTTP, p.GatewayHTTP}, {wanted.GatewayHTTPS, p.GatewayHTTPS}, {wanted.ACME, p.ACME},
		{wanted.DNS, p.DNS}, {wanted.Blob, p.Blob}, {wanted.Queue, p.Queue}, {wanted.Table, p.Table},
	} {
		if pair[0] != 0 && pair[0] != pair[1] {
			moved[pair[0]] = pair[1]
		}
	}
	return moved
}
