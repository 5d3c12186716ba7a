package storm

import (
	"bytes"
	"context"
	"crypto/x509"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"

	"certgate/localstack/apiclient"
	"certgate/localstack/armsim/gatewaydoc"
)

// lost looks for instances that are gone and for effects that are not there.
func (a *audit) lost(ctx context.Context) (findings []string, err error) {
	known := map[string]bool{}
	for _, i := range a.instances {
		known[i.ID] = true
	}
	for id, what := range a.load.acceptedAll() {
		if known[id] {
			continue
		}
		if _, err := a.load.api.Instance(ctx, id, ""); apiclient.CodeOf(err) == "InstanceNotFound" {
			findings = append(findings, fmt.Sprintf("instance %s (%s) was accepted and is not known", id, what))
		} else if err != nil {
			return nil, err
		} else {
			findings = append(findings, fmt.Sprintf("instance %s (%s) is not in the list of instances", id, what))
		}
	}
	for _, i := range a.instances {
		if !i.Completed() {
			continue
		}
		missing, err := a.missingEffect(ctx, i)
		if err != nil {
			return nil, err
		}
		if missing != "" {
			findings = append(findings, a.describe(i)+" completed, and "+missing)
		}
	}
	notServed, err := a.notServed(ctx)
	return append(findings, notServed...), err
}

// missingEffect says what one completed instance should have left for good.
func (a *audit) missingEffect(ctx context.Context, i apiclient.Instance) (string, error) {
	if !installs(i.Name) && i.Name != revokeFlow {
		return "", nil
	}
	leaf, err := leafOf(ctx, a.stack, i.Certificate().Name, i.Certificate().Version)
	if err != nil {
		return "", err
	}
	if leaf == nil {
		return fmt.Sprintf("the vault has no version %q of %q", i.Certificate().Version, i.Certificate().Name), nil
	}
	if i.Name == revokeFlow && !a.revoked(leaf) {
		return "its certificate is not revoked", nil
	}
	return "", nil
}

// revoked reports whether the CA counts a leaf (DER) as revoked.
func (a *audit) revoked(leaf []byte) bool {
	for _, c := range a.issued {
		if bytes.Equal(c.Certificate.Raw, leaf) {
			return c.Revoked
		}
	}
	return false
}

// notServed compares each hostname's listener and TLS handshake with what the last
// completed instance left. Instances of one hostname run one after the other.
func (a *audit) notServed(ctx context.Context) (findings []string, err error) {
	last, unsure := map[string]apiclient.Instance{}, map[string]bool{}
	for _, i := range a.instances {
		if !installs(i.Name) && i.Name != retireFlow {
			continue
		}
		for _, host := range i.Hostnames() {
			if i.Completed() {
				last[host], unsure[host] = i, false
			} else {
				unsure[host] = true // it may have got as far as to change the gateway
			}
		}
	}
	listeners, err := a.listeners()
	if err != nil {
		return nil, err
	}
	for _, host := range slices.Sorted(maps.Keys(last)) {
		i := last[host]
		switch {
		case i.Name == retireFlow && !unsure[host] && listeners[host] > 0:
			findings = append(findings, a.describe(i)+" completed, and its listener is on the gateway")
		case i.Name == retireFlow:
		default:
			problem, err := a.wrongLeaf(ctx, host, i, unsure[host])
			if err != nil {
				return nil, err
			}
			if problem != "" && listeners[host] == 0 {
				problem += "; the gateway has no listener for it"
			}
			if problem != "" {
				findings = append(findings, fmt.Sprintf("%s: %s", a.describe(i), problem))
			}
		}
	}
	return findings, nil
}

// wrongLeaf says how what the gateway serves differs from an instance's version,
// or, if a later instance did not complete, from the newest one too.
func (a *audit) wrongLeaf(ctx context.Context, host string, i apiclient.Instance, unsure bool) (string, error) {
	shown, err := served(ctx, a.stack, strings.Replace(host, "*", "any", 1))
	if err != nil {
		return "no TLS handshake: " + err.Error(), nil //nolint:nilerr // it is the finding
	}
	wanted := []string{i.Certificate().Version}
	if unsure {
		wanted = append(wanted, "") // the newest
	}
	for _, version := range wanted {
		leaf, err := leafOf(ctx, a.stack, i.Certificate().Name, version)
		if err != nil {
			return "", err
		}
		if bytes.Equal(leaf, shown) {
			return "", nil
		}
	}
	text := "another certificate"
	if c, err := x509.ParseCertificate(shown); err == nil {
		text = fmt.Sprintf("serial %x for %s", c.SerialNumber, strings.Join(c.DNSNames, ", "))
	}
	return fmt.Sprintf("the gateway shows %s and not version %s", text, i.Certificate().Version), nil
}

func (a *audit) gateway() (*gatewaydoc.Document, error) {
	raw, err := json.Marshal(a.document)
	if err != nil {
		return nil, err
	}
	return gatewaydoc.Parse(raw)
}

// listeners counts the HTTPS listeners of each hostname.
func (a *audit) listeners() (map[string]int, error) {
	doc, err := a.gateway()
	if err != nil {
		return nil, err
	}
	count := map[string]int{}
	for _, l := range doc.Properties.HTTPListeners {
		if l.Properties.HTTPS() {
			for _, host := range l.Properties.Hosts() {
				count[host]++
			}
		}
	}
	return count, nil
}

// duplicateListeners looks for what the gateway has twice, and for certificate
// entries that no listener uses.
func (a *audit) duplicateListeners(context.Context) (findings []string, err error) {
	doc, err := a.gateway()
	if err != nil {
		return nil, err
	}
	listeners, err := a.listeners()
	if err != nil {
		return nil, err
	}
	for host, n := range listeners {
		for range n - 1 {
			findings = append(findings, fmt.Sprintf("%d listeners for %s", n, host))
		}
	}
	rules, used, secrets := map[string]int{}, map[string]bool{}, map[string]int{}
	for _, r := range doc.Properties.Rules {
		rules[strings.ToLower(r.Properties.Listener.Name())]++
	}
	for _, l := range doc.Properties.HTTPListeners {
		used[strings.ToLower(l.Properties.SSLCertificate.Name())] = true
		for range rules[strings.ToLower(l.Name)] - 1 {
			findings = append(findings, fmt.Sprintf("%d rules for listener %s", rules[strings.ToLower(l.Name)], l.Name))
		}
	}
	for _, c := range doc.Properties.SSLCertificates {
		if secrets[strings.ToLower(c.Properties.KeyVaultSecretID)]++; secrets[strings.ToLower(c.Properties.KeyVaultSecretID)] > 1 {
			findings = append(findings, "two certificate entries for "+c.Properties.KeyVaultSecretID)
		}
		if !used[strings.ToLower(c.Name)] && !strings.HasPrefix(c.Name, former) {
			findings = append(findings, "certificate entry "+c.Name+" is used by no listener")
		}
	}
	return findings, nil
}
