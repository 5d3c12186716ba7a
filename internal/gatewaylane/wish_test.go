package gatewaylane_test

import (
	"crypto/sha256"
	"encoding/hex"
	"testing"

	"certgate/internal/durable"
	"certgate/internal/issuance"
)

// An upgrade or a way back may end the handler between a wish and its turn's row. The
// repeat must find the wish, or the lane whose first message was lost stays without one.
func TestAWishHasTheIDThatTheFirstReleaseGaveIt(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	const first = `{"listener":{"name":"shop-example-test","hostname":"shop.example.test","secretId":"https://vault.test/secrets/shop-example-test"},"message":{"instance":"abc","step":"","seq":7}}`
	listener := issuance.Listener{
		Name: "shop-example-test", Hostname: "shop.example.test", SecretID: "https://vault.test/secrets/shop-example-test", KeyType: "RSA-2048",
	}
	if _, _, err := w.lane.Want(t.Context(), durable.Turn{Instance: "abc", Seq: 7, Now: w.clock.Now()}, listener); err != nil {
		t.Fatal(err)
	}
	sum := sha256.Sum256([]byte(first))
	want := "abc-7-" + hex.EncodeToString(sum[:4])
	items, _, err := w.store.Inbox(t.Context(), w.lane.Claim())
	if err != nil || len(items) != 1 || items[0].ID != want {
		t.Errorf("mail %+v (%v), want one item %s", items, err, want)
	}
}
