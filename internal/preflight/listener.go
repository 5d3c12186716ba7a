package preflight

import (
	"context"
	"errors"
	"strings"

	"certgate/internal/durable"
	"certgate/internal/hostname"
	"certgate/internal/issuance"
)

// ownListener tells what a listener for just this hostname takes over from the one
// that answers for it today, and where the two lead. The edit is made in a copy.
func ownListener() check {
	return check{
		name: "listener", title: "Listener of its own", group: groupHostname,
		fix: "Change the listener that the finding names, or make one for the hostname by hand.",
		run: func(_ context.Context, f *facts) verdict {
			doc, err := f.document()
			if err != nil {
				return f.look(nil)
			}
			name := hostname.CertificateName(f.hostname)
			l := issuance.Listener{Name: name, Hostname: f.hostname, SecretID: strings.TrimRight(f.config.VaultURL, "/") + "/secrets/" + name}
			if doc.Has(l, f.config.Settings) {
				return pass("The gateway has a listener for %s with its certificate.", f.hostname)
			}
			wanted := doc.Clone()
			if _, err := wanted.Want(l, f.config.Settings); err != nil {
				return refusedListener(err)
			}
			covering := doc.Covering(f.hostname, f.config.Settings)
			switch remarks := wanted.Remarks(l, f.config.Settings); {
			case len(remarks) > 0:
				return pass("%s What protects there is taken over.", strings.Join(remarks, " "))
			case covering != "":
				return pass("The listener %s answers for %s today. What protects there is taken over: firewall policy, SSL profile, error pages, rewrite set.", covering, f.hostname)
			}
			return pass("No other listener of the gateway answers for %s.", f.hostname)
		},
	}
}

// refusedListener leaves what other checks say to them.
func refusedListener(err error) verdict {
	var failure *durable.Failure
	if errors.As(err, &failure) {
		for code, other := range map[string]check{
			issuance.CodeGatewayLimit: gatewayRoom(), issuance.CodeGatewaySettings: gatewayBackend(), issuance.CodeGatewayNoPublicIP: gatewayAddress(),
		} {
			if failure.Code == code {
				return unknown("%s", failure.Message).after(other)
			}
		}
	}
	return because(err)
}
