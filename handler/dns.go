package main

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"certgate/internal/appgateway"
	"certgate/internal/challengedns"
	"certgate/internal/dnsproviders"
	"certgate/internal/dnsproviders/catalog"
	"certgate/internal/durable"
	"certgate/internal/issuance"
	"certgate/internal/settings"
)

// challengeDNS makes the way of dns-01; nil without accounts. An account whose
// credentials are in the vault is opened when it is first needed, any other now, so that
// a mistake in the settings shows at start. It does no I/O.
func challengeDNS(s settings.DNS, a adapters, tools catalog.Tools) (*challengedns.DNS, error) {
	if len(s.Accounts) == 0 {
		return nil, nil
	}
	config := challengedns.Config{Resolver: a.resolver, Check: s.Check, DelegationZone: s.DelegationZone}
	for _, account := range s.Accounts {
		open, err := opens(account, a, tools)
		if err != nil {
			return nil, fmt.Errorf("DNS account %s: %w", account.Name, err)
		}
		config.Accounts = append(config.Accounts, challengedns.Account{
			Name: account.Name, Open: open, TTL: account.TTL, Settle: account.Settle, Limit: account.Timeout, Lacks: lacks(account, a.gateways[0].Permissions),
		})
	}
	return challengedns.New(config), nil
}

// txtRights are what the app's identity needs on a zone of Azure DNS.
var txtRights = []string{"Microsoft.Network/dnsZones/TXT/read", "Microsoft.Network/dnsZones/TXT/write", "Microsoft.Network/dnsZones/TXT/delete"}

// lacks asks Resource Manager what the app's identity may not do on a zone; nil for
// other providers, who do not tell.
func lacks(account *settings.DNSAccount, permissions func(ctx context.Context, scope string) (appgateway.Permissions, error)) func(context.Context, dnsproviders.Zone) ([]string, error) {
	if account.Provider != "azuredns" {
		return nil
	}
	return func(ctx context.Context, z dnsproviders.Zone) ([]string, error) {
		granted, err := permissions(ctx, z.ID)
		if err != nil { // whose sentence is about the gateway
			return nil, &durable.Failure{Code: issuance.CodeDNSAccessDenied, Err: fmt.Errorf("permissions on %s: %w", z.ID, err),
				Message: "Azure Resource Manager does not tell what the app's identity may do on the zone."}
		}
		return slices.DeleteFunc(slices.Clone(txtRights), granted.Allow), nil
	}
}

func opens(account *settings.DNSAccount, a adapters, tools catalog.Tools) (func(context.Context) (dnsproviders.Account, error), error) {
	entry := catalog.Entry{Provider: account.Provider, Secret: account.Credentials.Reveal(), Zones: account.Zones}
	if account.Secret == "" {
		opened, err := catalog.Open(entry, tools)
		return func(context.Context) (dnsproviders.Account, error) { return opened, nil }, err
	}
	secret, err := a.vault.Secret(account.Secret)
	if err != nil {
		return nil, err
	}
	return func(ctx context.Context) (dnsproviders.Account, error) {
		credentials, err := secret.Load(ctx)
		if errors.Is(err, issuance.ErrGone) {
			return nil, unusable(account, "is not in Key Vault, or empty", err)
		}
		if err != nil {
			return nil, err
		}
		entry := entry
		entry.Secret = string(credentials)
		opened, err := catalog.Open(entry, tools)
		if err != nil {
			return nil, unusable(account, "cannot be used: "+err.Error(), err)
		}
		return opened, nil
	}, nil
}

func unusable(account *settings.DNSAccount, why string, err error) error {
	return &durable.Failure{Code: issuance.CodeDNSAccessDenied, Err: err, Message: fmt.Sprintf(
		"The secret %s with the credentials of the DNS account %s %s. Store the credentials there as docs/dns.md has them.", account.Secret, account.Name, why)}
}

// dnsAccounts are the names of the accounts.
func dnsAccounts(s settings.DNS) (names []string) {
	for _, account := range s.Accounts {
		names = append(names, account.Name)
	}
	return names
}
