package renewal_test

import (
	"slices"
	"testing"
)

func TestARecordThatIsMadeAnewKnowsItsGateways(t *testing.T) {
	t.Parallel()
	w := newRenewalWorld(t)
	w.completed(w.Add(shop))
	w.Gateway.AlsoOn = "eu"
	if err := w.Records.DeleteRecord(t.Context(), shopName); err != nil { // a lost table
		t.Fatal(err)
	}
	if done := w.reconcile(); done.Adopted != 1 {
		t.Fatalf("it came to %+v", done)
	}
	if got := w.Record(shopName).Gateways; !slices.Equal(got, []string{"default", "eu"}) {
		t.Errorf("it is on %q", got)
	}
}
