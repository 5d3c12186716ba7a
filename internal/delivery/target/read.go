package target

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"net/netip"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"certgate/internal/hostname"
)

const (
	// most bounds the targets: each is looked at for each of its certificates.
	most = 50
	// mostEndpoints bounds those of one target.
	mostEndpoints = 20

	shortest, longest = time.Minute, 7 * 24 * time.Hour
)

var (
	nameForm = regexp.MustCompile(`^[a-z][a-z0-9-]{0,39}$`)
	hostForm = regexp.MustCompile(`^[0-9a-z_]([0-9a-z_-]*[0-9a-z])?(\.[0-9a-z_]([0-9a-z_-]*[0-9a-z])?)*$`)
)

// Read reads the setting InstallTargets: a JSON object, name to target. The error says
// everything that is wrong, to go on with after the setting's name.
func Read(setting string) ([]Target, error) {
	var entries map[string]json.RawMessage
	if err := strict([]byte(setting), &entries); err != nil {
		return nil, errors.New(`is not a JSON object of targets by name ({"mail":{"kind":"endpoint","for":["mail.example.com"]}})`)
	}
	if len(entries) > most {
		return nil, fmt.Errorf("names %d targets, more than %d", len(entries), most)
	}
	var list []Target
	var faults []string
	for _, name := range slices.Sorted(maps.Keys(entries)) {
		t, err := one(name, entries[name])
		if err != nil {
			faults = append(faults, fmt.Sprintf("%q %v", name, err))
		}
		list = append(list, t)
	}
	if len(faults) > 0 {
		return nil, errors.New("has targets that cannot be used: " + strings.Join(faults, "; "))
	}
	return list, nil
}

// common are the members that targets of every kind may have.
type common struct {
	Kind          string   `json:"kind"`
	For           []string `json:"for"`
	Endpoints     []string `json:"endpoints"`
	WithinMinutes int      `json:"withinMinutes"`
	Chain         string   `json:"chain"`
}

func one(name string, raw json.RawMessage) (t Target, err error) {
	var c common
	own, err := split(raw, &c)
	if err != nil {
		return t, err
	}
	kind, ok := kindOf(c.Kind)
	switch {
	case !nameForm.MatchString(name):
		return t, errors.New("is no name for a target (up to 40 lower-case letters, digits and hyphens, a letter first)")
	case !ok && deadEnd(c.Kind) != "":
		return t, fmt.Errorf("has the kind %q, which %s", c.Kind, deadEnd(c.Kind))
	case !ok:
		return t, fmt.Errorf("has the kind %q, which is none of %s", c.Kind, strings.Join(Names(), ", "))
	}
	t = Target{Name: name, Kind: kind, Within: kind.Arrives, AnyChain: c.Chain == "any"}
	if c.WithinMinutes != 0 {
		t.Within = time.Duration(c.WithinMinutes) * time.Minute
	}
	switch {
	case t.Within < shortest || t.Within > longest:
		return t, fmt.Errorf("has withinMinutes that are not from %d to %d", int(shortest.Minutes()), int(longest.Minutes()))
	case c.Chain != "" && c.Chain != "any" && c.Chain != "complete":
		return t, fmt.Errorf("has the chain %q, which is neither complete nor any", c.Chain)
	case len(c.Endpoints) > mostEndpoints:
		return t, fmt.Errorf("has %d endpoints, more than %d", len(c.Endpoints), mostEndpoints)
	}
	if t.For, err = patterns(c.For); err != nil {
		return t, err
	}
	for _, text := range c.Endpoints {
		e, err := readEndpoint(text)
		if err != nil {
			return t, err
		}
		t.Endpoints = append(t.Endpoints, e)
	}
	if len(t.Endpoints) == 0 {
		t.Endpoints = []Endpoint{{Port: 443}}
	}
	return t, kind.Read(&t, own)
}

// split takes the common members out of a target and gives the rest of it.
func split(raw json.RawMessage, c *common) (own json.RawMessage, err error) {
	members := map[string]json.RawMessage{}
	if err := strict(raw, &members); err != nil {
		return nil, errors.New("is no JSON object")
	}
	mine := map[string]json.RawMessage{}
	for _, name := range []string{"kind", "for", "endpoints", "withinMinutes", "chain"} {
		if value, ok := members[name]; ok {
			mine[name] = value
			delete(members, name)
		}
	}
	own, ownErr := json.Marshal(members)
	all, err := json.Marshal(mine)
	if err := errors.Join(err, ownErr); err != nil {
		return nil, err
	}
	if err := strict(all, c); err != nil {
		return nil, wrongType(err)
	}
	return own, nil
}

func patterns(list []string) (out []string, err error) {
	for _, text := range list {
		if text == "*" {
			out = append(out, text)
			continue
		}
		name, err := hostname.ParsePattern(text)
		if err != nil {
			return nil, fmt.Errorf("is for %q, which is no hostname, no *.hostname and not *: %w", text, err)
		}
		out = append(out, name.String())
	}
	if len(out) == 0 {
		return nil, errors.New(`is for no hostname; "for" lists them, such as ["*.shop.example.com"], or ["*"] for all`)
	}
	return out, nil
}

// readEndpoint reads host, host:port or :port; an IPv6 address stands in brackets.
func readEndpoint(text string) (e Endpoint, err error) {
	wrong := fmt.Errorf("has the endpoint %q, which is not host, host:port or :port", text)
	if ap, err := netip.ParseAddrPort(text); err == nil {
		return Endpoint{Host: ap.Addr().String(), Port: ap.Port()}, nil
	}
	if ip, err := netip.ParseAddr(strings.Trim(text, "[]")); err == nil {
		return Endpoint{Host: ip.String(), Port: 443}, nil
	}
	host, port, given := strings.Cut(strings.ToLower(text), ":")
	e = Endpoint{Host: host, Port: 443}
	if given {
		n, err := strconv.ParseUint(port, 10, 16)
		if err != nil || n == 0 {
			return e, wrong
		}
		e.Port = uint16(n)
	}
	if host == "" && !given || host != "" && !hostForm.MatchString(host) {
		return e, wrong
	}
	return e, nil
}

// strict reads one JSON value into a struct that names all of its members.
func strict(raw []byte, into any) error {
	d := json.NewDecoder(bytes.NewReader(raw))
	d.DisallowUnknownFields()
	if err := d.Decode(into); err != nil {
		return wrongType(err)
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return errors.New("has something behind its end")
	}
	return nil
}

// wrongType says it in the words of the setting.
func wrongType(err error) error {
	var typed *json.UnmarshalTypeError
	if errors.As(err, &typed) {
		return fmt.Errorf("has the member %q with a value of another type", typed.Field)
	}
	if name, ok := strings.CutPrefix(err.Error(), "json: unknown field "); ok {
		return fmt.Errorf("has the member %s, which this kind does not know", name)
	}
	return err
}
