package gatewaydoc

import (
	"net/netip"
	"net/url"
	"strconv"
	"strings"

	"github.com/tidwall/gjson"
)

// challengeBackendName is the name of the pool, the settings and the probe of
// the container.
const challengeBackendName = "certgate-challenge"

type poolEntry struct {
	Name       string `json:"name"`
	Properties struct {
		Addresses []poolAddress `json:"backendAddresses"`
	} `json:"properties"`
}

type poolAddress struct {
	FQDN      string `json:"fqdn,omitempty"`
	IPAddress string `json:"ipAddress,omitempty"`
}

type probeEntry struct {
	Name       string          `json:"name"`
	Properties probeProperties `json:"properties"`
}

type probeProperties struct {
	Protocol  string     `json:"protocol"`
	Path      string     `json:"path"`
	PickHost  bool       `json:"pickHostNameFromBackendHttpSettings"`
	Interval  int        `json:"interval"` // seconds, as the two below
	Timeout   int        `json:"timeout"`
	Threshold int        `json:"unhealthyThreshold"`
	Match     probeMatch `json:"match"`
}

type probeMatch struct {
	StatusCodes []string `json:"statusCodes"`
}

type settingsEntry struct {
	Name       string             `json:"name"`
	Properties settingsProperties `json:"properties"`
}

type settingsProperties struct {
	Port     int       `json:"port"`
	Protocol string    `json:"protocol"`
	Affinity string    `json:"cookieBasedAffinity"`
	PickHost bool      `json:"pickHostNameFromBackendAddress"`
	Path     string    `json:"path"`
	Timeout  int       `json:"requestTimeout"` // seconds
	Probe    reference `json:"probe"`
}

// backend is a pool with the settings to talk to it.
type backend struct{ pool, settings reference }

// challengeBackend makes the container a backend, or puts that right.
//
// The storage service wants its own name as Host, hence pickHostName…. The path
// takes the place of what the path rule has matched, so the token follows it.
// The service answers 404 for the file that the probe asks for: it is up, and
// anybody may read. An account that refuses anonymous reads answers 409 and
// counts as ill, which it is for this purpose.
func (d port80) challengeBackend() (backend, error) {
	u, err := url.Parse(d.side.FilesURL)
	if err != nil || u.Hostname() == "" {
		return backend{}, refuse("The address of the validation files in the settings is not a URL. Correct BlobContainerUrl or ChallengeWebsiteUrl.")
	}
	folder := strings.TrimSuffix(u.EscapedPath(), "/") + strings.TrimSuffix(challengePattern, "*")
	protocol, number := "Https", 443
	if u.Scheme == "http" {
		protocol, number = "Http", 80
	}
	if n, err := strconv.Atoi(u.Port()); err == nil {
		number = n
	}
	pool := poolEntry{Name: challengeBackendName}
	address := poolAddress{FQDN: u.Hostname()}
	if _, err := netip.ParseAddr(u.Hostname()); err == nil {
		address = poolAddress{IPAddress: u.Hostname()}
	}
	pool.Properties.Addresses = []poolAddress{address}
	entries := []struct {
		collection string
		entry      any
	}{
		{pools, pool},
		{probes, probeEntry{Name: challengeBackendName, Properties: probeProperties{
			Protocol: protocol, Path: folder + "certgate.probe", PickHost: true, Interval: 30, Timeout: 30, Threshold: 3,
			Match: probeMatch{StatusCodes: []string{"200-399", "404"}},
		}}},
		{settings, settingsEntry{Name: challengeBackendName, Properties: settingsProperties{
			Port: number, Protocol: protocol, Affinity: "Disabled", PickHost: true, Path: folder, Timeout: 20, Probe: d.ref(probes, challengeBackendName),
		}}},
	}
	for _, e := range entries {
		if err := d.makeRight(e.collection, e.entry); err != nil {
			return backend{}, err
		}
	}
	return backend{d.ref(pools, challengeBackendName), d.ref(settings, challengeBackendName)}, nil
}

// makeRight adds an entry of ours, or gives the one of its name the members that
// it should have. Members that others added stay.
func (d port80) makeRight(collection string, entry any) error {
	list, want := d.lists[collection], encode(entry)
	i := list.find(gjson.Get(want, "name").String())
	if i < 0 {
		var err error
		switch limit := d.limits(); collection { // for probes and path maps no limit is documented
		case pools:
			err = d.room(pools, limit.pools, "backend pools")
		case settings:
			err = d.room(settings, limit.settings, "backend settings")
		case redirects:
			err = d.room(redirects, limit.redirects, "redirects")
		}
		if err != nil {
			return err
		}
		d.add(collection, entry)
		return nil
	}
	var err error
	gjson.Get(want, "properties").ForEach(func(member, value gjson.Result) bool {
		path := "properties." + member.String()
		if !sameValue(list.entries[i].get(path), value) {
			err = d.set(collection, i, path, value.Raw)
		}
		return err == nil
	})
	return err
}

// sameValue compares what matters: the members of an object that want has, the
// elements of an array, texts without regard to case (ids and names have none).
func sameValue(have, want gjson.Result) bool {
	switch {
	case want.IsObject():
		same := have.IsObject()
		want.ForEach(func(member, value gjson.Result) bool {
			same = same && sameValue(have.Get(gjson.Escape(member.String())), value)
			return same
		})
		return same
	case want.IsArray():
		a, b := have.Array(), want.Array()
		same := have.IsArray() && len(a) == len(b)
		for i := 0; same && i < len(b); i++ {
			same = sameValue(a[i], b[i])
		}
		return same
	case want.Type == gjson.String:
		return have.Type == gjson.String && strings.EqualFold(have.String(), want.String())
	}
	return have.Exists() && have.Raw == want.Raw
}
