package delivery_test

import (
	"crypto/rand"
	"crypto/rsa"
	"testing"
	"time"

	"certgate/internal/delivery"
	"certgate/internal/durable"
)

func newFrontDoor(t *testing.T) *pushWorld {
	t.Helper()
	w := newWorldOf(t, frontDoor)
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	w.leafKey = key
	return w
}

// Front Door reads the first version when it is told, and later ones when it likes.
func TestFrontDoorIsToldOncePerVersionAndWaitedFor(t *testing.T) {
	t.Parallel()
	w := newFrontDoor(t)
	w.version("v1")
	w.runs(time.Hour)
	w.ends(w.all()[0], durable.Completed, `"version":"v1","result":"served"`)

	w.version("v2")
	w.runs(60 * time.Hour)
	w.ends(w.all()[0], durable.Running, "still serves an older certificate")
	w.shelf.Refresh()
	w.runs(time.Hour)
	w.ends(w.all()[0], durable.Completed, `"version":"v2","result":"served"`)
	if puts := w.shelf.Puts(); len(puts) != 2 || puts[1] != profile+"/secrets/shop-example-com" {
		t.Errorf("PUTs %q, want one of the secret for each version", puts)
	}

	// One that it has fetched already is not put at all.
	w.mu.Lock()
	w.old, w.chain = w.chain, w.manages("shop.example.com", "v3")
	w.mu.Unlock()
	w.shelf.Refresh()
	w.ended("RenewCertificateFunctions", "shop.example.com", "v3")
	w.runs(time.Hour)
	w.ends(w.all()[0], durable.Completed, `"version":"v3","result":"served"`)
	if puts := w.shelf.Puts(); len(puts) != 2 {
		t.Errorf("PUTs %q, want none for what stands", puts)
	}
}

func TestFrontDoorThatStaysBehindIsToldToPeople(t *testing.T) {
	t.Parallel()
	w := newFrontDoor(t)
	w.version("v1")
	w.runs(time.Hour)
	w.version("v2")
	w.runs(81 * time.Hour)
	if inst := w.all()[0]; inst.Status != durable.Failed || inst.Custom.Error != delivery.CodeNotDelivered {
		t.Errorf("the delivery is %s %+v", inst.Status, inst.Custom)
	}
}

func TestFrontDoorRefusesAKeyThatIsNotRSA(t *testing.T) {
	t.Parallel()
	w := newWorldOf(t, frontDoor)
	w.version("v1")
	w.runs(time.Hour)
	if inst := w.only(durable.Failed, "must have an RSA key"); inst.Custom.Error != delivery.CodeTargetRefused {
		t.Errorf("failed with %s", inst.Custom.Error)
	}
}
