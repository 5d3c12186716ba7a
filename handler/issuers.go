package main

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"log/slog"
	"slices"
	"strings"

	"certgate/internal/acmeca"
	"certgate/internal/cagate"
	"certgate/internal/issuers"
	"certgate/internal/preflight"
	"certgate/internal/settings"
)

// newIssuers makes the certificate authorities of the settings, each with its account
// and its gate. It does no I/O.
func newIssuers(all []settings.Issuer, a adapters, observed observing, log *slog.Logger) (*issuers.Issuers, error) {
	members := make([]issuers.Member, 0, len(all))
	for _, i := range all {
		log := log.With("issuer", i.Name)
		suffix := accountSuffix(i, all)
		account, err := a.vault.Secret(accountSecret(i.Endpoint) + suffix)
		if err != nil {
			return nil, fmt.Errorf("secret of the ACME account of the issuer %s: %w", i.Name, err)
		}
		config := acmeca.Config{
			Endpoint: i.Endpoint, Email: i.AccountEmail, Profile: i.Profile, PreferredChain: i.PreferredChain, CAADomains: i.CAADomains,
			EABKeyID: i.EABKeyID, EABHMACKey: i.EABHMACKey.Reveal(),
			Accounts: account, Locks: a.store, Around: observed.around("certificateAuthority"), Log: log,
		}
		if i.Name != settings.DefaultIssuer {
			config.Lock = "acme-account-" + i.Name // who waits for one authority keeps nobody from the next
		}
		if i.EABSecret != "" {
			if config.EABSecret, err = a.vault.Secret(i.EABSecret); err != nil {
				return nil, fmt.Errorf("secret of the external account binding of the issuer %s: %w", i.Name, err)
			}
		}
		members = append(members, issuers.Member{
			Name: i.Name, Preferred: i.Preferred, CA: acmeca.New(config),
			Gate: cagate.New(cagate.Config{Documents: a.store, Authority: directoryKey(i.Endpoint) + suffix, Log: log}),
		})
	}
	return issuers.New(members...), nil
}

// accountSuffix tells the accounts of several issuers at one directory apart: the default
// issuer, or the first by name, has the account that a lone one would have.
func accountSuffix(i settings.Issuer, all []settings.Issuer) string {
	names := []string{}
	for _, other := range all {
		if directoryKey(other.Endpoint) == directoryKey(i.Endpoint) {
			names = append(names, other.Name)
		}
	}
	slices.Sort(names)
	if i.Name == settings.DefaultIssuer || i.Name == names[0] && !slices.Contains(names, settings.DefaultIssuer) {
		return ""
	}
	return "-" + i.Name
}

// accountSecret names the Key Vault secret of an ACME account: one for each directory,
// so that a change of the settings never mixes two accounts.
func accountSecret(endpoint string) string {
	sum := sha256.Sum256([]byte(directoryKey(endpoint)))
	return "certgate-acme-account-" + hex.EncodeToString(sum[:4])
}

func directoryKey(endpoint string) string { return strings.TrimRight(strings.ToLower(endpoint), "/") }

// preflightIssuers are the issuers as checks look at them.
func preflightIssuers(all *issuers.Issuers) (out []preflight.Issuer) {
	for _, m := range all.Members() {
		out = append(out, preflight.Issuer{Name: m.Name, Preferred: m.Preferred, Authority: m.CA})
	}
	return out
}
