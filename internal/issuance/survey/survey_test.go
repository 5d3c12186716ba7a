package survey_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"certgate/internal/inventory"
	"certgate/internal/issuance/managed"
	"certgate/internal/secretid"
)

var acmebot = map[string]string{"Acmebot": `{"endpoint":"acme-v02.api.letsencrypt.org","dnsProvider":"Azure DNS"}`}

func TestASurveySaysWhoRenewsAndWhatIsServed(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.adds("bot.example.com", acmebot)
	w.adds("alone.example.com", nil)
	w.wants(1)
	if r := w.row("bot-example-com"); r.State != inventory.Elsewhere || r.RenewedBy.Who != inventory.Acmebot || r.Served.State != inventory.ServedSame || r.Certificate.Subject != "bot.example.com" {
		t.Errorf("%+v", r)
	}
	if r := w.row("alone-example-com"); r.State != inventory.Unattended || r.RenewedBy.Who != inventory.Nobody {
		t.Errorf("%+v", r)
	}
	// Somebody takes it off the gateway: its row goes.
	w.gateway.Found = w.gateway.Found[:1]
	w.wants(1)
	if rows, err := w.rows.ListRows(t.Context()); err != nil || len(rows) != 1 {
		t.Errorf("%d rows, %v", len(rows), err)
	}
}

func TestEachTroubleIsToldOnceAndOnceWhenItIsOver(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.adds("bot.example.com", acmebot)
	w.adds("alone.example.com", nil)
	pinned := w.adds("pinned.example.com", acmebot)
	w.gateway.Found[2].SecretID = pinned.SecretID + "/0123456789abcdef0123456789abcdef"
	w.wants(1, "blocked pinned.example.com")
	if m := w.told[0].Message; !strings.Contains(m, "Listener pinned-example-com: ") || !strings.Contains(m, "without a version") {
		t.Errorf("told %q", m)
	}
	w.wants(30)
	w.gateway.Found[2].SecretID = pinned.SecretID
	w.wants(1, "recovered pinned.example.com")

	w.clock.Advance(60 * aDay) // a third of the life is left
	w.renews("pinned.example.com", acmebot)
	w.wants(25, "expiring alone.example.com")
	w.clock.Advance(12 * aDay) // less than a fifth
	w.wants(25, "expiring bot.example.com")
	w.wants(48)
	w.renews("bot.example.com", acmebot)
	w.wants(2, "recovered bot.example.com")
	w.clock.Advance(10 * aDay)
	w.wants(2, "expiring alone.example.com") // again, at a twentieth
	w.clock.Advance(4 * aDay)
	w.wants(2, "expiring alone.example.com") // it has expired
	if m := w.told[0].Message; !strings.Contains(m, "Clients refuse the certificate of alone.example.com since") {
		t.Errorf("told %q", m)
	}
	w.renews("alone.example.com", nil)
	w.wants(2, "recovered alone.example.com")
}

func TestAListenerWithoutCertificateIsTold(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.adds("shop.example.com", acmebot)
	w.wants(1)
	w.mu.Lock()
	facts := w.vault["shop-example-com"]
	facts.Trouble = inventory.Disabled
	w.vault["shop-example-com"] = facts
	delete(w.served, "shop.example.com")
	w.mu.Unlock()
	w.wants(25, "notServed shop.example.com") // within the day
	facts.Trouble = inventory.NoTrouble
	w.renews("shop.example.com", acmebot)
	w.wants(1, "recovered shop.example.com")

	// An entry that nobody uses fails the next change of the gateway.
	w.gateway.Found = append(w.gateway.Found, inventory.Found{Kind: inventory.KindEntry, Name: "old", Collection: "sslCertificates", Entry: "old", SecretID: vault + "/secrets/deleted"})
	w.wants(1, "notServed")
	if m := w.told[0].Message; !strings.Contains(m, "The certificate entry old: ") || !strings.Contains(m, "Remove the entry old") {
		t.Errorf("told %q", m)
	}
}

// Sixty listeners with 45 secrets: one reading of the gateway, one question for each
// secret, the looks; and a walk in which nothing is due asks nobody.
func TestSixtyListenersCostOneReadingAndOneQuestionForEachSecret(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for i := range 45 {
		w.adds(fmt.Sprintf("h%02d.example.com", i), acmebot)
	}
	for i := range 15 { // these share an entry with others
		f := w.gateway.Found[i]
		f.Name, f.Hostnames, f.Port = f.Name+"-2", slices.Clone(f.Hostnames), 8443
		w.gateway.Found = append(w.gateway.Found, f)
	}
	w.wants(1)
	if w.documents != 1 || w.addresses != 1 || len(w.reads) != 45 || w.histories != 0 || w.looks != 60 || w.rows.Saves != 1 || w.rows.Reads != 1 {
		t.Errorf("%d documents, %d addresses, %d questions, %d histories, %d looks, %d saves, %d readings of rows", w.documents, w.addresses, len(w.reads), w.histories, w.looks, w.rows.Saves, w.rows.Reads)
	}
	w.wants(22)
	if w.documents != 23 || len(w.reads) != 45 || w.looks != 60 || w.rows.Saves != 1 {
		t.Errorf("a day of walks: %d documents, %d questions, %d looks, %d saves", w.documents, len(w.reads), w.looks, w.rows.Saves)
	}
	w.wants(2)
	if len(w.reads) != 90 || w.looks != 120 || w.rows.Saves != 2 {
		t.Errorf("the next day: %d questions, %d looks, %d saves", len(w.reads), w.looks, w.rows.Saves)
	}
}

// The history is asked for where only it can tell, and once for each version.
func TestTheHistoryIsAskedForOnceForEachVersion(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.adds("alone.example.com", nil)
	w.wants(60)
	if w.histories != 1 {
		t.Errorf("%d questions for the history", w.histories)
	}
	w.renews("alone.example.com", nil)
	w.wants(30)
	if w.histories != 2 {
		t.Errorf("%d questions for the history", w.histories)
	}
}

// A gateway with certgate's own listeners alone costs no vault, no look, no address.
func TestCertgatesOwnListenersCostNothing(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for i := range 20 {
		host := fmt.Sprintf("h%02d.example.com", i)
		f := w.adds(host, nil)
		err := w.records.SaveRecord(t.Context(), &managed.Record{Name: f.Name, Hostnames: f.Hostnames, SecretID: f.SecretID, Thumbprint: "AB", NotBefore: w.clock.Now(), NotAfter: w.clock.Now().Add(90 * aDay), Served: managed.ServedCurrent, ServedAt: w.clock.Now()})
		if err != nil {
			t.Fatal(err)
		}
	}
	w.wants(48)
	if len(w.reads)+w.looks+w.addresses+w.histories != 0 || w.rows.Saves > 3 {
		t.Errorf("%d questions, %d looks, %d addresses, %d saves", len(w.reads), w.looks, w.addresses, w.rows.Saves)
	}
	if r := w.row("h00-example-com"); r.State != inventory.IsManaged || r.RenewedBy.Who != inventory.Certgate || r.Served.State != inventory.ServedSame {
		t.Errorf("%+v", r)
	}
	w.clock.Advance(100 * aDay) // expired: the watchdog tells of that
	w.wants(1)
}

func TestAPassingFaultChangesNothing(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.adds("shop.example.com", acmebot)
	w.wants(1)
	w.mu.Lock()
	w.vault["shop-example-com"] = inventory.VaultFacts{Trouble: inventory.NoAnswer}
	w.silent = true
	w.mu.Unlock()
	w.clock.Advance(20 * time.Hour)
	w.wants(5)
	r := w.row("shop-example-com")
	if r.State != inventory.Elsewhere || r.RenewedBy.Who != inventory.Acmebot || r.Certificate == nil {
		t.Errorf("%s: %+v", r.Reason, r)
	}
}

// The row is stored after the alert: a crash between tells twice, never not at all.
func TestAnAlertThatIsNotTakenIsToldAgain(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	pinned := w.adds("pinned.example.com", acmebot)
	w.gateway.Found[0].SecretID = pinned.SecretID + "/0123"
	w.deaf = 2
	w.wants(1, "blocked pinned.example.com")

	w.gateway.Found[0].SecretID = pinned.SecretID
	w.rows.Fail = errors.New("storage is away")
	w.wants(1, "recovered pinned.example.com", "recovered pinned.example.com")
}

// When everything breaks at once, some are named and the rest is one sentence.
func TestAWalkNamesTwentyAndTellsOfTheRestInOneSentence(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for i := range 150 {
		f := w.adds(fmt.Sprintf("h%03d.example.com", i), acmebot)
		w.gateway.Found[i].SecretID = f.SecretID + "/0123"
	}
	told := w.walk(1)
	if len(told) != 21 || told[0] != "blocked" {
		t.Fatalf("%d: %q", len(told), told)
	}
	if m := w.told[20].Message; !strings.Contains(m, "130 more listeners") {
		t.Errorf("told %q", m)
	}
	if rows, _ := w.rows.ListRows(t.Context()); len(rows) != 150 {
		t.Errorf("%d rows", len(rows))
	}
	w.wants(1)
}

// An uploaded certificate is compared with what the vault has for its hostname.
func TestAnUploadBesideANewerCertificateOfTheVaultIsBlocked(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	f := w.adds("shop.example.com", acmebot)
	f.SecretID, f.PublicData = "", []string{der(w.leaf("shop.example.com", w.clock.Now().Add(-30*aDay), 90*aDay))}
	w.gateway.Found[0] = f
	w.wants(1, "blocked shop.example.com")
	if r := w.row("shop-example-com"); r.Source != inventory.SourceUploaded || !strings.Contains(r.Reason, "shop-example-com") {
		t.Errorf("%s %+v", r.Reason, r)
	}
	if id, _ := secretid.Parse(vault + "/secrets/shop-example-com"); !slices.Equal(w.reads, []string{id.Name}) {
		t.Errorf("asked for %q", w.reads)
	}
}
