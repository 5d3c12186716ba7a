package gatewaydoc

import (
	"fmt"
	"strings"
	"time"

	"github.com/tidwall/gjson"

	"certgate/internal/durable"
	"certgate/internal/issuance"
	"certgate/internal/secretid"
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

func (s Settings) httpsPort() int {
	if s.HTTPSPort == 0 {
		return 443
	}
	return s.HTTPSPort
}

// Want edits the document so that the listener stands: its certificate entry with
// the versionless secret id, an HTTPS listener and a rule for each hostname. A document that has
// all of it stays as it is, with changed = false; so twice is once.
//
// Listener.Refresh changes a tag of the gateway, unless the tag says already what
// it would say.
//
// A hostname that already has a listener on the port, made by hand, keeps that
// listener; only its certificate changes, and only if it serves no other
// hostname. A want that cannot be met changes nothing and is a *durable.Failure.
// Ask Writable before: Want says nothing about the gateway as a whole.
func (d *Document) Want(l issuance.Listener, s Settings) (changed bool, err error) {
	hosts := hostsOf(l)
	for _, host := range hosts {
		if other, ok := d.wanted[strings.ToLower(host)]; ok && other != l.Name {
			return false, refuse("Two certificates, %s and %s, were to be installed for %s at the same time.", other, l.Name, host)
		}
	}
	for _, host := range hosts {
		d.wanted[strings.ToLower(host)] = l.Name
	}
	if changed, err = d.try(func() error { return d.want(l, s) }); err != nil {
		return false, err
	}
	return d.wish(l) || changed, nil
}

// startingPause is the wait for a gateway that is just starting.
const startingPause = 30 * time.Second

// Writable says why the gateway must not be written at all: a *durable.Failure, or
// a *durable.RetryLater for one that starts.
func (d *Document) Writable() error {
	name := lastSegment(d.id)
	if tier := gjson.Get(d.raw, "properties.sku.tier").String(); tier == "Standard" || tier == "WAF" {
		return &durable.Failure{Code: issuance.CodeGatewayV1, Message: fmt.Sprintf(
			"The Application Gateway %s has the v1 SKU %s, which cannot read certificates from Key Vault. Use a v2 gateway (Standard_v2 or WAF_v2).", name, tier)}
	}
	for _, c := range d.lists[certificates].entries {
		if c.unreadable() {
			return refuse("The gateway's certificate %s is of a kind that this release of certgate does not know: it shows neither a key vault, nor an HSM, nor data. Writing the gateway could take the certificate away, so it is not written. Update certgate.", c.name)
		}
	}
	// Any write starts a stopped gateway, and with it the bill.
	switch state := gjson.Get(d.raw, "properties.operationalState").String(); state {
	case "Running", "": // the service always sends it
		return nil
	case "Starting":
		return &durable.RetryLater{After: startingPause, Reason: fmt.Sprintf("The Application Gateway %s is starting.", name)}
	default:
		return &durable.Failure{Code: issuance.CodeGatewayStopped, Message: fmt.Sprintf(
			"The Application Gateway %s is not running (%s). It is not started by accident: start it, then ask again.", name, strings.ToLower(state))}
	}
}

func (d *Document) want(l issuance.Listener, s Settings) error {
	sites := d.sites(l)
	if err := d.wantCertificate(sites[0]); err != nil {
		return err
	}
	for _, one := range sites {
		if err := d.wantSite(one, s); err != nil {
			return err
		}
	}
	if !l.Exact {
		return nil
	}
	for _, base := range d.others(l) {
		if err := d.retireSite(base, sites[0].entry); err != nil {
			return err
		}
	}
	return d.holdsForAll(sites[0])
}

// holdsForAll refuses to take a hostname out of a certificate whose listener somebody
// else made.
func (d *Document) holdsForAll(l site) error {
	for _, user := range d.lists[listeners].entries {
		if refersTo(user.certificate, certificates, l.entry) && !l.coversAll(user.hosts) {
			return refuse("The listener %s serves %s with the certificate %s, which is to lose that hostname. Give the listener another certificate, or remove it, then ask again.", user.name, strings.Join(user.hosts, ", "), l.entry)
		}
	}
	return nil
}

// wantSite makes the listeners of one hostname, their rules and the redirect to them.
func (d *Document) wantSite(l site, s Settings) error {
	serving, err := d.wantListener(l, s)
	if err != nil {
		return err
	}
	list := d.lists[listeners]
	names := make([]string, 0, len(serving))
	for _, i := range serving {
		if err := d.takesKey(l.Listener, list.entries[i]); err != nil {
			return err
		}
		names = append(names, list.entries[i].name)
	}
	for i, name := range names {
		// By name: a rule may take the place of a redirect, whose listener goes.
		if err := d.wantRule(l, list.find(name), i+1, s); err != nil {
			return err
		}
	}
	if s.HTTP == nil {
		return nil
	}
	return d.port80(*s.HTTP).wantRedirect(l, list.find(names[0]))
}

type certificateEntry struct {
	Name       string `json:"name"`
	Properties struct {
		KeyVaultSecretID string `json:"keyVaultSecretId"`
	} `json:"properties"`
}

// wantCertificate adds the certificate entry, or puts it right: pinned to a
// version, it would never be renewed.
func (d *Document) wantCertificate(l site) error {
	list, name := d.lists[certificates], l.entry
	i := list.find(name)
	if i < 0 {
		if err := d.room(certificates, d.limits().certificates, "certificates"); err != nil {
			return err
		}
		e := certificateEntry{Name: name}
		e.Properties.KeyVaultSecretID = l.SecretID
		d.add(certificates, e)
		return nil
	}
	secret := list.entries[i].secret()
	if secretid.Equal(secret, l.SecretID) {
		return nil
	}
	for _, user := range d.lists[layer4Listeners].entries {
		if refersTo(user.certificate, certificates, name) {
			return refuse("The gateway's certificate %s is another one and the %s listener %s uses it. Rename that certificate on the gateway, or give the listener one of its own.", name, strings.ToUpper(user.protocol), user.name)
		}
	}
	if pinned := secretid.Same(secret, l.SecretID); !pinned {
		for _, user := range d.lists[listeners].entries {
			if refersTo(user.certificate, certificates, name) && !l.coversAll(user.hosts) {
				return refuse("The gateway's certificate %s is another one and the listener %s uses it for other hostnames. Rename that certificate on the gateway, or give the listener one of its own.", name, user.name)
			}
		}
	}
	return d.set(certificates, i, "properties.keyVaultSecretId", encode(l.SecretID))
}

func refuse(sentence string, args ...any) error {
	return &durable.Failure{Code: issuance.CodeGatewayRefused, Message: fmt.Sprintf(sentence, args...)}
}
