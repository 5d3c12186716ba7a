package target_test

import (
	"strings"
	"testing"
	"time"

	"certgate/internal/delivery/target"
)

// What does not suit a target is known before an order is spent.
func TestWhatATargetCannotServeIsSaid(t *testing.T) {
	t.Parallel()
	const front = `"kind":"frontdoor","profile":"/subscriptions/11111111-2222-3333-4444-555555555555/resourceGroups/web/providers/Microsoft.Cdn/profiles/edge"`
	const day = 24 * time.Hour
	for _, c := range []struct {
		options       string
		offer         target.Offer
		problem, note string
	}{
		{front, target.Offer{KeyType: "RSA-2048", Directory: "https://acme-v02.api.letsencrypt.org/directory", Lifetime: 90 * day}, "", ""},
		{front, target.Offer{KeyType: "EC-P256"}, "takes RSA keys only, and the certificate gets EC-P256", ""},
		{front, target.Offer{KeyType: "RSA-2048", Directory: "https://acme-staging-v02.api.letsencrypt.org/directory"}, "is for trials", ""},
		{front, target.Offer{KeyType: "RSA-2048", Profile: "tlsserver"}, "", "have no common name"},
		{front, target.Offer{KeyType: "RSA-2048", Profile: "shortlived"}, "may take 80 hours until it is served there, and the certificate lives only 160", ""},
		{front, target.Offer{KeyType: "RSA-2048", Lifetime: 10 * day}, "lives only 240", ""},
		{`"kind":"endpoint"`, target.Offer{KeyType: "EC-P256", Profile: "shortlived"}, "", ""},
		{`"kind":"endpoint"`, target.Offer{Lifetime: 3 * day}, "lives only 72", ""},
		{`"kind":"endpoint","withinMinutes":10080`, target.Offer{Lifetime: 20 * day}, "may take 168 hours", ""},
	} {
		list, err := target.Read(`{"edge":{"for":["*"],` + c.options + `}}`)
		if err != nil {
			t.Fatal(err)
		}
		problem, note := list[0].Fits(c.offer)
		if (problem == "") != (c.problem == "") || !strings.Contains(problem, c.problem) || (note == "") != (c.note == "") || !strings.Contains(note, c.note) {
			t.Errorf("%s and %+v: problem %q, note %q; want %q, %q", c.options, c.offer, problem, note, c.problem, c.note)
		}
	}
}
