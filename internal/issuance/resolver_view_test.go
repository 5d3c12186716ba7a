package issuance_test

import (
	"strings"
	"testing"

	"certgate/internal/durable"
	"certgate/internal/issuance"
	"certgate/internal/issuance/issuancetest"
)

func TestTheStatusSaysWhoseViewOfDNSWasAsked(t *testing.T) {
	t.Parallel()
	const note = "The public DNS resolvers (1.1.1.1:53) do not answer, so the system's were asked."
	const view = "The system's DNS resolver has a private view of shop.example.com."
	w := issuancetest.NewWorld(t)
	w.Gateway.ResolverNote, w.Gateway.PrivateView = note, view
	id := w.Add("shop.example.com")
	w.Drain()
	if inst := w.Instance(id); inst.Status != durable.Completed || strings.Count(string(inst.Output), note) != 1 || strings.Contains(string(inst.Output), view) {
		t.Errorf("%s %s", inst.Status, inst.Output)
	}
	w.Gateway.Elsewhere = func(string) bool { return true }
	id = w.Add("www.example.com")
	w.Drain()
	inst := w.Instance(id)
	if inst.Status != durable.Failed || inst.Custom.Error != issuance.CodeHostnameNotResolving {
		t.Fatalf("%s %+v", inst.Status, inst.Custom)
	}
	for _, says := range []string{"has no address in DNS", note, view} {
		if !strings.Contains(inst.Custom.Message, says) {
			t.Errorf("%q does not say %q", inst.Custom.Message, says)
		}
	}
}
