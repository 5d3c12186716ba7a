// Package recordstest is the conformance suite of managed.Records: the memory
// and the Azure implementation both run it.
package managedtest

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"certgate/internal/issuance/managed"
)

// Exercise runs the suite; open makes an empty store.
func Exercise(t *testing.T, open func(t *testing.T) managed.Records) {
	t.Helper()
	for _, test := range append(writes, reads...) {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			test.run(fixture{T: t, Records: open(t)})
		})
	}
}

type conformance struct {
	name string
	run  func(f fixture)
}

// fixture is one test with its store.
type fixture struct {
	*testing.T
	managed.Records
}

var noon = time.Date(2030, time.March, 4, 12, 0, 0, 0, time.UTC)

// record is a record with every member set.
func record(name string) *managed.Record {
	return &managed.Record{
		Name: name, Hostnames: []string{name + ".example.com"}, Version: "v1", SecretID: "https://v.vault.azure.net/secrets/" + name,
		Thumbprint: "AB12", Before: "CD34", Issuer: "Test CA", KeyType: "RSA-2048", NotBefore: noon, NotAfter: noon.Add(90 * 24 * time.Hour),
		CertID: "aYhba4dGQEHhs3uEe6CuLN4ByNQ.AIdlQyE", Imported: true, Retired: true, Revoked: true,
		Window:  &managed.Window{Start: noon.Add(time.Hour), End: noon.Add(2 * time.Hour), ExplanationURL: "https://ca.example/why"},
		RenewAt: noon.Add(90 * time.Minute), NextCheck: noon.Add(30*time.Minute + time.Nanosecond), Failures: 3,
		Problem: &managed.Failure{Code: "Code", Message: "Message, \"quoted\", ünïcode.", At: noon},
		Served:  "current", ServedAt: noon.Add(time.Minute), Undelivered: []string{"edge", "mail"}, LastInstance: "0123456789abcdef0123456789abcdef",
	}
}

func (f fixture) save(r *managed.Record) *managed.Record {
	f.Helper()
	if err := f.SaveRecord(f.Context(), r); err != nil {
		f.Fatalf("save %s: %v", r.Name, err)
	}
	return r
}

func (f fixture) read(name string) *managed.Record {
	f.Helper()
	r, err := f.Record(f.Context(), name)
	if err != nil {
		f.Fatalf("read %s: %v", name, err)
	}
	return r
}

// due are the names due before noon plus d.
func (f fixture) due(d time.Duration, limit int) []string {
	f.Helper()
	names, err := f.DueRecords(f.Context(), noon.Add(d), limit)
	if err != nil {
		f.Fatalf("due: %v", err)
	}
	return names
}

// list reads every page and returns the names in order and the number of pages.
func (f fixture) list(filter managed.Filter) (names []string, pages int) {
	f.Helper()
	for {
		page, next, err := f.ListRecords(f.Context(), filter)
		if err != nil {
			f.Fatalf("list: %v", err)
		}
		pages++
		for _, r := range page {
			names = append(names, r.Name)
		}
		if next == "" {
			return names, pages
		}
		filter.Token = next
	}
}

func (f fixture) wantError(err, want error, what string) {
	f.Helper()
	if !errors.Is(err, want) {
		f.Errorf("%s gave %v, want %q", what, err, want)
	}
}

func (f fixture) wantSame(want, got any, what string) {
	f.Helper()
	if diff := cmp.Diff(want, got); diff != "" {
		f.Errorf("%s (-want +got):\n%s", what, diff)
	}
}

// named are n names in order: n0000, n0001, ...
func named(n int) []string {
	var names []string
	for i := range n {
		names = append(names, fmt.Sprintf("n%04d", i))
	}
	return names
}
