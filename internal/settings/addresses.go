package settings

import (
	"errors"
	"fmt"
	"net"
	"net/netip"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

var (
	// A container's name: 3 to 63 lower-case letters, digits and single hyphens,
	// or one of the two that the service makes itself.
	containerForm = regexp.MustCompile(`^(\$web|\$root|[a-z0-9](-?[a-z0-9]){2,62})$`)
	hostForm      = regexp.MustCompile(`^[0-9A-Za-z]([0-9A-Za-z.-]*[0-9A-Za-z])?$`)
)

// absolute parses a URL that is a place and nothing else. Its errors do not
// repeat the value.
func absolute(v string) (*url.URL, error) {
	u, err := url.Parse(v)
	switch {
	case err != nil || u.Host == "" || u.Hostname() == "":
		return nil, errors.New("is not a URL")
	case strings.Contains(u.Hostname(), "%"):
		// Such an address means something on one link of one machine, and url.Parse
		// lets any bytes into the zone that it does not read back.
		return nil, errors.New("has an IPv6 zone, which means nothing elsewhere")
	case u.User != nil:
		return nil, errors.New("has credentials in it, which do not belong there")
	case u.Fragment != "":
		return nil, errors.New("has a fragment (#…), which does not belong there")
	}
	return u, nil
}

func httpsURL(v string) (string, error) {
	u, err := absolute(v)
	if err != nil {
		return "", err
	}
	if u.Scheme != "https" {
		return "", errors.New("is not an https URL")
	}
	return v, nil
}

// bareURL is an https URL of a host alone.
func bareURL(v string) (string, error) {
	u, err := absolute(v)
	switch {
	case err != nil:
		return "", err
	case u.Scheme != "https":
		return "", errors.New("is not an https URL")
	case strings.Trim(u.Path, "/") != "":
		return "", errors.New("has a path, which does not belong there")
	case u.RawQuery != "":
		return "", errors.New("has a query, which does not belong there")
	}
	return "https://" + u.Host, nil
}

// publicURL is where callers reach the API: an https URL of a host alone, or http
// on this machine.
func publicURL(v string) (string, error) {
	if u, err := absolute(v); err == nil && u.Scheme == "http" && loopback(u.Hostname()) {
		https, err := bareURL("https" + strings.TrimPrefix(v, u.Scheme))
		return strings.Replace(https, "https", "http", 1), err
	}
	return bareURL(v)
}

// containerURL is the URL of a blob container, possibly with a SAS. Plain http
// passes for the emulator only, whose URLs have the account in the path.
func containerURL(v string) (Secret, error) {
	u, err := absolute(v)
	if err != nil {
		return "", err
	}
	if u.Scheme != "https" && (u.Scheme != "http" || !loopback(u.Hostname())) {
		return "", errors.New("is not an https URL (http is for an emulator on this machine)")
	}
	parts := strings.Split(strings.Trim(u.Path, "/"), "/")
	before := 0
	if loopback(u.Hostname()) {
		before = 1
	}
	switch {
	case parts[len(parts)-1] == "" || len(parts) <= before:
		return "", errors.New("names no container")
	case len(parts) > before+1:
		return "", errors.New("leads into a container, and not to the container itself")
	case !containerForm.MatchString(parts[before]):
		return "", errors.New("does not end in the name of a container (3 to 63 lower-case letters, digits and single hyphens)")
	case u.RawQuery != "" && !u.Query().Has("sig"):
		return "", errors.New("has a query that is not a shared access signature")
	}
	u.Path, u.RawPath = "/"+strings.Join(parts, "/"), ""
	return Secret(u.String()), nil
}

func port(v string) (int, error) {
	n, err := strconv.Atoi(v)
	if err != nil || n < 1 || n > 65535 {
		return 0, errors.New("is not a port from 1 to 65535")
	}
	return n, nil
}

// servers reads a comma list of DNS servers as host:port, port 53 by default.
func servers(v string) ([]string, error) {
	var list []string
	for item := range strings.SplitSeq(v, ",") {
		item = strings.TrimSpace(item)
		if item == "" {
			continue
		}
		server, err := dnsServer(item)
		if err != nil {
			return nil, err
		}
		if !slices.Contains(list, server) {
			list = append(list, server)
		}
	}
	if len(list) == 0 {
		return nil, errors.New("names no server")
	}
	return list, nil
}

func dnsServer(item string) (string, error) {
	if ip, err := netip.ParseAddr(strings.Trim(item, "[]")); err == nil {
		return net.JoinHostPort(ip.String(), "53"), nil
	}
	host, service, err := net.SplitHostPort(item)
	if err != nil {
		host, service = item, "53"
	}
	if _, err := port(service); err != nil {
		return "", fmt.Errorf("lists %q, whose port is not from 1 to 65535", item)
	}
	if _, err := netip.ParseAddr(host); err != nil && !hostForm.MatchString(host) {
		return "", fmt.Errorf("lists %q, and that is no DNS server (host or host:port)", item)
	}
	return net.JoinHostPort(host, service), nil
}

func loopback(host string) bool {
	ip, err := netip.ParseAddr(host)
	return strings.EqualFold(host, "localhost") || err == nil && ip.IsLoopback() && ip.Zone() == ""
}

func loopbackURL(v string) bool {
	u, err := url.Parse(v)
	return err == nil && loopback(u.Hostname())
}
