package inventory_test

import (
	"strings"
	"testing"
	"time"

	"certgate/internal/inventory"
)

// scene is a listener with a certificate of 90 days in the vault.
type scene struct {
	found   inventory.Found
	facts   inventory.VaultFacts
	managed bool
	age     time.Duration // of the certificate, when it is judged
	none    bool          // TLS knows no such listener
	old     bool          // TLS shows the version before
	shows   string        // TLS shows a certificate for this name
	newer   bool          // the vault has a newer one than was uploaded
	noID    bool
}

func (s scene) row(t *testing.T) *inventory.Stored {
	t.Helper()
	leaf := issue(t, noon, noon.Add(90*aDay), nil, "shop.example.com")
	now := noon.Add(s.age)
	f := s.found
	if f.Kind == "" {
		f.Kind = inventory.KindListener
	}
	if f.Name == "" {
		f.Name, f.Entry, f.Hostnames, f.Public, f.Port = "shop", "shop-entry", []string{"shop.example.com"}, true, 443
	}
	if f.SecretID == "" && f.PublicData == nil && !f.HSM {
		f.SecretID = "https://V.vault.azure.net:443/secrets/shop/"
	}
	if f.PublicData != nil {
		f.PublicData = []string{bag(t, leaf.cert)}
	}
	row := inventory.NewRow(f, !s.noID, "https://v.vault.azure.net")
	if f.PublicData == nil {
		facts := s.facts
		if facts.Created.IsZero() {
			facts.Created = noon
		}
		if facts.Trouble == inventory.NoTrouble || facts.Trouble == inventory.Disabled {
			facts.Leaf = leaf.cert.Raw
		}
		row.Learn(facts, nil)
	}
	if s.newer {
		row.Successor, row.SuccessorName = noon.Add(200*aDay), "shop-example-com"
	}
	if s.managed {
		row.ManagedCertificate = "shop"
	}
	chain := [][]byte{leaf.cert.Raw}
	switch {
	case s.none:
		chain = nil
	case s.old:
		chain[0] = issue(t, noon.Add(-10*aDay), noon.Add(80*aDay), nil, "shop.example.com").cert.Raw
	case s.shows != "":
		chain[0] = issue(t, noon, noon.Add(90*aDay), nil, s.shows).cert.Raw
	}
	if f.Kind == inventory.KindListener && f.Public && !s.managed {
		for hostname := range row.LookAt() {
			row.Served = row.See(row.Served, hostname, chain, now)
		}
	}
	row.Judge(now)
	row.Alarm = row.AlarmNow(now)
	return row
}

var acmebot = map[string]string{"Acmebot": `{"endpoint":"acme-v02.api.letsencrypt.org"}`}

func TestTheStateIsTheFirstThatApplies(t *testing.T) {
	t.Parallel()
	upload := inventory.Found{PublicData: []string{""}}
	pinned := inventory.Found{SecretID: "https://v.vault.azure.net/secrets/shop/0123456789abcdef0123456789abcdef"}
	withNames := func(f inventory.Found) inventory.Found {
		f.Name, f.Entry, f.Hostnames, f.Public, f.Port = "shop", "shop-entry", []string{"shop.example.com"}, true, 443
		return f
	}
	for _, c := range []struct {
		name  string
		scene scene
		want  inventory.State
		alarm inventory.Alarm
		says  string
		fix   string
	}{
		{"in time by acmebot", scene{facts: inventory.VaultFacts{Tags: acmebot}}, inventory.Elsewhere, "", "Acmebot renews it, last on 2030-03-04.", ""},
		{"acmebot is late", scene{facts: inventory.VaultFacts{Tags: acmebot}, age: 73 * aDay}, inventory.Late, inventory.AlarmLate, "Acmebot should have renewed it by", "ask certgate"},
		{"nobody renews it", scene{facts: inventory.VaultFacts{Issuer: "Unknown"}}, inventory.Unattended, "", "Nobody is known to renew it", "Ask certgate"},
		{"nobody renews it and it ends in a month", scene{facts: inventory.VaultFacts{Issuer: "Unknown"}, age: 61 * aDay}, inventory.Unattended, inventory.AlarmExpiring, "it expires on", ""},
		{"nobody renews it and it ends in days", scene{facts: inventory.VaultFacts{Issuer: "Unknown"}, age: 86 * aDay}, inventory.Unattended, inventory.AlarmSoon, "it expires on", ""},
		{"expired", scene{facts: inventory.VaultFacts{Tags: acmebot}, age: 91 * aDay}, inventory.Expired, inventory.AlarmExpired, "Clients refuse the certificate of shop.example.com since", ""},
		{"uploaded", scene{found: withNames(upload)}, inventory.Unattended, "", "It was uploaded", ""},
		{"uploaded and near its end", scene{found: withNames(upload), age: 70 * aDay}, inventory.Unattended, inventory.AlarmExpiring, "It was uploaded", ""},
		{"uploaded while the vault has a newer one", scene{found: withNames(upload), newer: true}, inventory.Blocked, inventory.AlarmBlocked, "Key Vault has a newer certificate", "Refer to the secret shop-example-com"},
		{"pinned", scene{found: withNames(pinned), facts: inventory.VaultFacts{Tags: acmebot}}, inventory.Blocked, inventory.AlarmBlocked, "names the version 0123456789abcdef0123456789abcdef", "https://v.vault.azure.net/secrets/shop, without a version"},
		{"pinned, and near its end", scene{found: withNames(pinned), facts: inventory.VaultFacts{Tags: acmebot}, old: true, age: 60 * aDay}, inventory.Blocked, inventory.AlarmExpiring, "names the version", ""},
		{"pinned, though certgate renews it", scene{found: withNames(pinned), managed: true}, inventory.Blocked, inventory.AlarmBlocked, "names the version", ""},
		{"certgate's own", scene{managed: true}, inventory.IsManaged, "", "/api/certificates/shop", ""},
		{"certgate's own has expired: the watchdog tells", scene{managed: true, age: 91 * aDay}, inventory.IsManaged, "", "", ""},
		{"the gateway does not read the vault", scene{facts: inventory.VaultFacts{Tags: acmebot}, old: true, age: 13 * time.Hour}, inventory.Blocked, inventory.AlarmBlocked, "the gateway serves an older one", "Secrets User"},
		{"the gateway has not read the vault yet", scene{facts: inventory.VaultFacts{Tags: acmebot}, old: true, age: 3 * time.Hour}, inventory.Elsewhere, "", "", ""},
		{"disabled", scene{facts: inventory.VaultFacts{Trouble: inventory.Disabled, Tags: acmebot}}, inventory.Dead, inventory.AlarmDead, "It is disabled", "Enable"},
		{"deleted", scene{facts: inventory.VaultFacts{Trouble: inventory.Deleted}, none: true}, inventory.Dead, inventory.AlarmDead, "It is deleted", "Recover"},
		{"gone", scene{facts: inventory.VaultFacts{Trouble: inventory.Gone}, none: true}, inventory.Dead, inventory.AlarmDead, "It is not there", "remove the entry shop-entry"},
		{"no identity", scene{noID: true}, inventory.Dead, inventory.AlarmDead, "cannot read", "user-assigned identity"},
		{"unrecognized_name", scene{facts: inventory.VaultFacts{Tags: acmebot}, none: true}, inventory.Dead, inventory.AlarmDead, "knows no such hostname", ""},
		{"another name is served", scene{facts: inventory.VaultFacts{Tags: acmebot}, shows: "old.example.com"}, inventory.WrongName, inventory.AlarmWrong, "with a certificate for old.example.com", "order of the rules"},
		{"its wildcard is served", scene{facts: inventory.VaultFacts{Tags: acmebot}, shows: "*.example.com"}, inventory.Elsewhere, "", "", ""},
		{"a vault that certgate may not read", scene{found: withNames(inventory.Found{SecretID: "https://w.vault.azure.net/secrets/shop"}), facts: inventory.VaultFacts{Trouble: inventory.NoAccess}}, inventory.NotKnown, "", "may not read the Key Vault w", "Key Vault Reader on w"},
		{"the same, and it ends in days", scene{found: withNames(inventory.Found{SecretID: "https://w.vault.azure.net/secrets/shop"}), facts: inventory.VaultFacts{Trouble: inventory.NoAccess}, age: 89 * aDay}, inventory.NotKnown, inventory.AlarmSoon, "", ""},
		{"an App Service Certificate", scene{facts: inventory.VaultFacts{Trouble: inventory.SecretOnly}}, inventory.Elsewhere, "", "App Service renews it", ""},
		{"managed HSM, not served", scene{found: inventory.Found{Name: "l", HSM: true}}, inventory.NotKnown, "", "HSM", ""},
		{"an unused entry", scene{found: inventory.Found{Kind: inventory.KindEntry, Name: "old", Entry: "old"}}, inventory.Watched, "", "No listener uses it", ""},
		{"an unused entry whose secret is deleted", scene{found: inventory.Found{Kind: inventory.KindEntry, Name: "old", Entry: "old"}, facts: inventory.VaultFacts{Trouble: inventory.Deleted}}, inventory.Dead, inventory.AlarmDead, "takes no change because of it", "Remove the entry old"},
		{"a client CA", scene{found: inventory.Found{Kind: inventory.KindClientCA, Name: "ca", PublicData: []string{""}}}, inventory.Watched, "", "Nothing renews it by itself", ""},
		{"a client CA that ends", scene{found: inventory.Found{Kind: inventory.KindClientCA, Name: "ca", PublicData: []string{""}}, age: 61 * aDay}, inventory.Watched, inventory.AlarmExpiring, "", ""},
		{"a client CA that has ended", scene{found: inventory.Found{Kind: inventory.KindClientCA, Name: "ca", PublicData: []string{""}}, age: 91 * aDay}, inventory.Expired, inventory.AlarmExpired, "locked out", "Upload its successor"},
		{"a backend CA that has ended", scene{found: inventory.Found{Kind: inventory.KindBackendCA, Name: "ca", PublicData: []string{""}}, age: 91 * aDay}, inventory.Expired, inventory.AlarmExpired, "refuse backends", ""},
	} {
		row := c.scene.row(t)
		if row.State != c.want || row.Alarm != c.alarm || !strings.Contains(row.Reason, c.says) || !strings.Contains(row.Fix, c.fix) {
			t.Errorf("%s: %s (alarm %q) %q -> %q; want %s (%q) %q -> %q", c.name, row.State, row.Alarm, row.Reason, row.Fix, c.want, c.alarm, c.says, c.fix)
		}
	}
}

// A basic listener answers for any name: what another one shows in its place says nothing.
func TestABasicListenerIsSeenByTheNamesOfItsCertificateAlone(t *testing.T) {
	t.Parallel()
	basic := inventory.Found{Name: "any", Entry: "any", Public: true, Port: 8443}
	row := scene{found: basic, facts: inventory.VaultFacts{Tags: acmebot}}.row(t)
	if row.Served.State != inventory.ServedSame || row.State != inventory.Elsewhere {
		t.Errorf("%s, %+v", row.State, row.Served)
	}
	row = scene{found: basic, facts: inventory.VaultFacts{Tags: acmebot}, shows: "old.example.com"}.row(t)
	if row.Served.State != inventory.ServedUnknown || row.State != inventory.Elsewhere {
		t.Errorf("%s, %+v", row.State, row.Served)
	}
}

func TestALookIsDueDailyHourlyInTroubleAndAtEachChange(t *testing.T) {
	t.Parallel()
	fine := scene{facts: inventory.VaultFacts{Tags: acmebot}}
	row := fine.row(t)
	if row.DueFor(fine.row(t), noon.Add(23*time.Hour)) {
		t.Error("what is fine is looked at before the day is over")
	}
	if !row.DueFor(row, noon.Add(24*time.Hour)) {
		t.Error("a day has gone by without a look")
	}
	pinned := scene{found: inventory.Found{Name: "shop", SecretID: "https://v.vault.azure.net/secrets/shop/0123"}}
	if !row.DueFor(pinned.row(t), noon.Add(time.Hour)) {
		t.Error("a changed reference is not looked at")
	}
	if late := (scene{facts: inventory.VaultFacts{Tags: acmebot}, age: 73 * aDay}).row(t); !late.DueFor(late, noon.Add(73*aDay+time.Hour)) {
		t.Error("trouble is not looked at in each walk")
	}
	near := scene{facts: inventory.VaultFacts{Trouble: inventory.SecretOnly}, age: 82 * aDay}.row(t)
	if near.State.Needs() {
		t.Fatalf("%s", near.State)
	}
}
