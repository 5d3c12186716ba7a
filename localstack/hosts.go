package localstack

import (
	"context"
	"fmt"
	"strconv"

	"certgate/localstack/frontend"
	"certgate/localstack/funchost"
	"certgate/localstack/loopback"
)

// Hosts says how many Functions hosts run the app on the one storage, each with a
// handler of its own: see ParseHosts. "" is one.
type Hosts string

// flex is the shape of Flex Consumption.
const flex Hosts = "flex"

// mostHosts is more than a machine of two processors runs well.
const mostHosts = 8

// ParseHosts reads what people write: a number of whole hosts, or "flex" for hosts as
// Flex Consumption has them: HTTP on one, each other function on one of its own.
func ParseHosts(text string) (Hosts, error) {
	if h := Hosts(text); h == "" || h == flex {
		return h, nil
	}
	if n, err := strconv.Atoi(text); err != nil || n < 1 || n > mostHosts {
		return "", fmt.Errorf("%q is no number of Functions hosts: write 1 to %d, or flex", text, mostHosts)
	}
	return Hosts(text), nil
}

// groups has the functions of each host; nil stands for all of them. The first host
// has those of HTTP.
func (h Hosts) groups(app funchost.Config) ([][]string, error) {
	if h, err := ParseHosts(string(h)); err != nil || h == "" {
		return [][]string{nil}, err
	}
	if h == flex {
		// The settings are not known yet; the names of the functions are.
		app.Env = append(app.Env, "AzureWebJobsStorage=UseDevelopmentStorage=true")
		return funchost.FlexGroups(app)
	}
	n, err := strconv.Atoi(string(h))
	return make([][]string, n), err
}

// Hosts are the app's Functions hosts, Host the first of them.
func (s *Stack) Hosts() (all []*funchost.Host) {
	for _, h := range s.hosts {
		all = append(all, h.Host)
	}
	return all
}

// HostOf is the number of the host from which, or from whose handler, a request has
// come to storage, vault, Resource Manager or authority.
func HostOf(ctx context.Context) int { return loopback.Of(ctx) }

// otherAddresses are those at which hosts beyond the first find the services.
func (s *Stack) otherAddresses() (all []string) {
	for number := 1; number < len(s.groups); number++ {
		all = append(all, loopback.Address(number))
	}
	return all
}

// startFrontEnd gives the app one address, as the platform does.
func (s *Stack) startFrontEnd() error {
	var backends []frontend.Backend
	for i, h := range s.hosts {
		backends = append(backends, frontend.Backend{Addr: h.Addr, HTTP: i == 0 || h.functions == nil, Functions: h.functions})
	}
	front, err := frontend.Start(s.Ports.API, backends)
	if err != nil {
		return err
	}
	s.onClose(func() { front.Close() })
	return nil
}
