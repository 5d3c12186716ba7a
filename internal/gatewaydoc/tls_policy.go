package gatewaydoc

import (
	"fmt"
	"slices"
	"strings"

	"github.com/tidwall/gjson"

	"certgate/internal/issuance"
)

// suites are what a TLS policy of the kind Custom needs for a kind of key, by the names
// of CertificateKeyType. Those of DHE are in no v2 gateway's use, whatever the policy.
var suites = map[string][]string{
	"EC":  {"TLS_ECDHE_ECDSA_"},
	"RSA": {"TLS_ECDHE_RSA_", "TLS_RSA_"},
}

// TakesKey refuses a certificate whose kind of key no cipher suite of a listener for its
// hostnames fits: every handshake would fail. The predefined policies have suites for both
// kinds, and CustomV2 has TLS 1.3, whose suites fit any key.
func (d *Document) TakesKey(l issuance.Listener, s Settings) error {
	for _, frontend := range d.publicNames() {
		for _, e := range d.lists[listeners].entries {
			if slices.ContainsFunc(hostsOf(l), e.serves) && d.on(e, frontend, s.httpsPort()) {
				if err := d.takesKey(l, e); err != nil {
					return err
				}
			}
		}
	}
	return nil
}

func (d *Document) takesKey(l issuance.Listener, listener *entry) error {
	kind, _, _ := strings.Cut(l.KeyType, "-")
	fitting := suites[kind]
	policy, whose := d.policyOf(listener)
	listed := policy.Get("cipherSuites").Array()
	if fitting == nil || len(listed) == 0 || !strings.EqualFold(policy.Get("policyType").String(), "Custom") {
		return nil
	}
	for _, suite := range listed {
		for _, prefix := range fitting {
			if strings.HasPrefix(suite.String(), prefix) {
				return nil
			}
		}
	}
	return refuse("The TLS policy of %s has no cipher suite for %s keys, so no client could connect to %s with a key of the kind %s. Add one, such as %sWITH_AES_256_GCM_SHA384, or use another kind of key (the setting CertificateKeyType).",
		whose, kind, l.Hostname, l.KeyType, fitting[0])
}

// policyOf is the TLS policy of a listener, and whose it is: that of its SSL profile, if
// it has one, else the gateway's.
func (d *Document) policyOf(listener *entry) (policy gjson.Result, whose string) {
	if profile := refOf(listener, "sslProfile"); profile != nil {
		for _, p := range gjson.Get(d.raw, "properties.sslProfiles").Array() {
			own := p.Get("properties.sslPolicy")
			if strings.EqualFold(p.Get("name").String(), lastSegment(profile.ID)) && own.IsObject() {
				return own, fmt.Sprintf("the SSL profile %s of the listener %s", p.Get("name").String(), listener.name)
			}
		}
	}
	return gjson.Get(d.raw, "properties.sslPolicy"), "the gateway"
}
