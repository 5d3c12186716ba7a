package preflight_test

import (
	"testing"
	"time"

	"certgate/internal/issuance/managed"
)

// A gateway may take four hours to read a renewed certificate. What lives so shortly
// that it can expire before is told of, before or after the first one is issued.
func TestCertificatesThatLiveTooShortForTheGatewayAreToldOf(t *testing.T) {
	t.Parallel()
	w := newWorld(t, options{})
	found, _ := w.run("")
	w.want(found, "certificateLifetime", "ok", "No certificate has been issued yet")

	issued := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	has := func(name string, age, lives time.Duration, change func(*managed.Record)) {
		t.Helper()
		r := &managed.Record{Name: name, Hostnames: []string{name}, NotBefore: issued.Add(-age), NotAfter: issued.Add(-age + lives)}
		if change != nil {
			change(r)
		}
		if err := w.records.SaveRecord(t.Context(), r); err != nil {
			t.Fatal(err)
		}
	}
	has("months", 24*time.Hour, 90*24*time.Hour, nil)
	has("uploaded", 0, time.Hour, func(r *managed.Record) { r.Imported = true })
	has("retired", 0, time.Hour, func(r *managed.Record) { r.Retired = true })
	has("earlier", 48*time.Hour, time.Hour, nil)
	found, _ = w.run("")
	w.want(found, "certificateLifetime", "ok", "months", "2026-02-28 12:00 UTC")

	has("hours", 0, 9*time.Hour, nil)
	found, _ = w.run("")
	w.want(found, "certificateLifetime", "not", "hours", "2026-03-01 12:00 UTC", "540 minutes", "four hours", "600 are needed", "AcmeProfile")
}

func TestAProfileThatIsTooShortLivedIsToldOfBeforeTheFirstCertificate(t *testing.T) {
	t.Parallel()
	w := newWorld(t, options{ownCA: true, profile: "default", validity: 6 * time.Hour})
	found, _ := w.run("")
	w.want(found, "certificateProfile", "ok")
	w.want(found, "certificateLifetime", "not", "profile default", "360 minutes", "AcmeProfile")

	w = newWorld(t, options{ownCA: true, profile: "default", validity: 160 * time.Hour}) // as "shortlived" of Let's Encrypt
	found, _ = w.run("")
	w.want(found, "certificateLifetime", "ok")
}
