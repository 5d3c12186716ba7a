package main

import (
	"log/slog"
	"slices"
	"strings"
	"testing"

	"certgate/internal/dnsproviders/catalog"
	"certgate/internal/settings"
)

func TestTheSettingsKnowEveryDNSProvider(t *testing.T) {
	t.Parallel()
	i := slices.IndexFunc(settings.All(), func(s settings.Setting) bool { return s.Name == "Dns__<name>__Provider" })
	if got := settings.All()[i].Choices; !slices.Equal(got, catalog.Names()) {
		t.Errorf("the setting has %v, the program %v", got, catalog.Names())
	}
}

// A mistake in an account that needs no secret of Key Vault shows at start, and never the
// credentials.
func TestADNSAccountThatCannotBeUsedIsToldOfAtStart(t *testing.T) {
	t.Parallel()
	for says, account := range map[string]settings.DNSAccount{
		"DNS account main: azuredns must be told its zones":         {Name: "main", Provider: "azuredns"},
		"DNS account main: cloudflare: the secret is missing":       {Name: "main", Provider: "cloudflare"},
		"DNS account main: route53: the secret has no secretAccess": {Name: "main", Provider: "route53", Credentials: `{"accessKeyId":"hush"}`},
		"": {Name: "main", Provider: "route53", Secret: "certgate-dns-main"},
	} {
		s := sample(t)
		s.DNS.Accounts = []*settings.DNSAccount{&account}
		_, err := build(s, slog.New(slog.DiscardHandler))
		if says == "" && err != nil || says != "" && (err == nil || !strings.Contains(err.Error(), says) || strings.Contains(err.Error(), "hush")) {
			t.Errorf("%v, want %q", err, says)
		}
	}
}
