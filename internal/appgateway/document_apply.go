package appgateway

import (
	"bytes"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/tidwall/gjson"

	"certgate/internal/durable"
	"certgate/internal/hostname"
	"certgate/internal/issuance"
)

// Settings say where the traffic of new listeners goes.
type Settings struct {
	// BackendPool and HTTPSettings name entries of the gateway. Empty means the
	// only one that there is.
	BackendPool  string
	HTTPSettings string
	HTTPSPort    int // 0 means 443
	// HTTP, if not nil, lets certgate manage port 80 as well.
	HTTP *HTTPSide
}

// Apply edits a gateway document so that every wanted listener stands: its
// certificate entry with the versionless secret id, its HTTPS listener and its
// rule. Every member that this does not concern keeps its bytes. A document that
// needs nothing comes back as it is, with changed = false; so applying twice is
// applying once.
//
// Listener.Refresh changes a tag of the gateway, unless the tag says already what
// it would say.
//
// A hostname that already has a listener on the port, made by hand, keeps that
// listener; only its certificate changes, and only if it serves no other
// hostname. A want that cannot be met changes nothing and is named in refused,
// by Listener.Name, with a *durable.Failure. An error is about the gateway as a
// whole: *durable.Failure or *durable.Later.
func Apply(doc []byte, wants []issuance.Listener, s Settings) (edited []byte, changed bool, refused map[string]error, err error) {
	d, err := parse(doc)
	if err != nil {
		return nil, false, nil, err
	}
	if err := d.writable(); err != nil {
		return nil, false, nil, err
	}
	if s.HTTPSPort == 0 {
		s.HTTPSPort = 443
	}
	refused = map[string]error{}
	seen := map[string]string{}
	for _, l := range wants {
		host := strings.ToLower(l.Hostname)
		if other, ok := seen[host]; ok && other != l.Name {
			refused[l.Name] = refuse("Two certificates, %s and %s, were to be installed for %s at the same time.", other, l.Name, l.Hostname)
			continue
		}
		seen[host] = l.Name
		if err := d.try(func() error { return d.want(l, s) }); err != nil {
			refused[l.Name] = err
		}
	}
	if edited, err = d.render(); err != nil {
		return nil, false, nil, err
	}
	if edited, err = refresh(edited, wants, refused); err != nil {
		return nil, false, nil, err
	}
	return edited, !bytes.Equal(edited, doc), refused, nil
}

// startingPause is the wait for a gateway that is just starting.
const startingPause = 30 * time.Second

// writable says why the gateway must not be written at all.
func (d *document) writable() error {
	name := lastSegment(d.id)
	if tier := gjson.Get(d.raw, "properties.sku.tier").String(); tier == "Standard" || tier == "WAF" {
		return &durable.Failure{Code: issuance.CodeGatewayV1, Message: fmt.Sprintf(
			"The Application Gateway %s has the v1 SKU %s, which cannot read certificates from Key Vault. Use a v2 gateway (Standard_v2 or WAF_v2).", name, tier)}
	}
	// Any write starts a stopped gateway, and with it the bill.
	switch state := gjson.Get(d.raw, "properties.operationalState").String(); state {
	case "Running", "": // the service always sends it
		return nil
	case "Starting":
		return &durable.Later{After: startingPause, Reason: fmt.Sprintf("The Application Gateway %s is starting.", name)}
	default:
		return &durable.Failure{Code: issuance.CodeGatewayStopped, Message: fmt.Sprintf(
			"The Application Gateway %s is not running (%s). It is not started by accident: start it, then ask again.", name, strings.ToLower(state))}
	}
}

func (d *document) want(l issuance.Listener, s Settings) error {
	if err := d.wantCertificate(l); err != nil {
		return err
	}
	serving, err := d.wantListener(l, s)
	if err != nil {
		return err
	}
	list := d.lists[listeners]
	names := make([]string, 0, len(serving))
	for _, i := range serving {
		names = append(names, list.entries[i].name())
	}
	for _, name := range names {
		// By name: a rule may take the place of a redirect, whose listener goes.
		if err := d.wantRule(l, list.find(name), s); err != nil {
			return err
		}
	}
	return d.wantRedirect(l, list.find(names[0]), s)
}

type certificateEntry struct {
	Name       string `json:"name"`
	Properties struct {
		KeyVaultSecretID string `json:"keyVaultSecretId"`
	} `json:"properties"`
}

// wantCertificate adds the certificate entry, or puts it right: pinned to a
// version, it would never be renewed.
func (d *document) wantCertificate(l issuance.Listener) error {
	list, name := d.lists[certificates], hostname.GatewayCertificateName(l.Name)
	i := list.find(name)
	if i < 0 {
		if err := d.room(list, d.limits().certificates, "certificates"); err != nil {
			return err
		}
		e := certificateEntry{Name: name}
		e.Properties.KeyVaultSecretID = l.SecretID
		list.add(encode(e))
		return nil
	}
	secret := list.entries[i].get("properties.keyVaultSecretId").String()
	if SameSecret(secret, l.SecretID) {
		return nil
	}
	pinned := strings.HasPrefix(strings.ToLower(secret), strings.ToLower(strings.TrimRight(l.SecretID, "/"))+"/")
	if !pinned {
		for _, user := range d.lists[listeners].entries {
			if refersTo(user.get("properties.sslCertificate.id").String(), certificates, name) && !servesOnly(user, l.Hostname) {
				return refuse("The gateway's certificate %s is another one and the listener %s uses it for other hostnames. Rename that certificate on the gateway, or give the listener one of its own.", name, user.name())
			}
		}
	}
	return list.set(i, "properties.keyVaultSecretId", encode(l.SecretID))
}

// hostsOf lists the hostnames of a listener, lower-case; none for a basic listener.
func hostsOf(listener entry) []string {
	var hosts []string
	if h := listener.get("properties.hostName").String(); h != "" {
		hosts = append(hosts, strings.ToLower(h))
	}
	listener.get("properties.hostNames").ForEach(func(_, h gjson.Result) bool {
		if h.String() != "" {
			hosts = append(hosts, strings.ToLower(h.String()))
		}
		return true
	})
	return hosts
}

func servesOnly(listener entry, host string) bool {
	hosts := hostsOf(listener)
	return len(hosts) == 1 && hosts[0] == strings.ToLower(host)
}

func serves(listener entry, host string) bool {
	return slices.Contains(hostsOf(listener), strings.ToLower(host))
}

func refuse(sentence string, args ...any) error {
	return &durable.Failure{Code: issuance.CodeGatewayRefused, Message: fmt.Sprintf(sentence, args...)}
}

// encode makes JSON of values that always have one.
func encode(v any) string {
	raw, err := json.Marshal(v)
	if err != nil {
		panic("appgateway: encode: " + err.Error())
	}
	return string(raw)
}
