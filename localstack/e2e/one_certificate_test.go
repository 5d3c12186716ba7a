// Package e2e drives the real handler process through the local Functions host,
// with the real storage emulator and the real test CA.
package e2e

import (
	"encoding/json"
	"slices"
	"testing"
	"time"

	"certgate/localstack"
	"certgate/localstack/apiclient"
	"certgate/localstack/funchost"
	"certgate/localstack/localstacktest"
)

const patience = 3 * time.Minute

// retryAtOnce gives a message back to the queue at once when the handler dies,
// in place of host.json's 30 seconds.
const retryAtOnce = "AzureFunctionsJobHost__extensions__queues__visibilityTimeout=00:00:00"

// issuedOnce asserts what a user would look at: one order, one version, one
// listener, served, and nothing left behind.
func issuedOnce(t *testing.T, w *localstacktest.World, hostname, name string) {
	t.Helper()
	if n := w.Orders(); n != 1 {
		t.Errorf("%d orders, want 1", n)
	}
	if n := w.Versions(name); n != 1 {
		t.Errorf("%d versions in the vault, want 1", n)
	}
	if hosts := w.Listeners(); !slices.Equal(hosts, []string{hostname}) {
		t.Errorf("listeners %q, want one for %s", hosts, hostname)
	}
	if _, err := w.Served(hostname); err != nil {
		t.Errorf("not served: %v", err)
	}
	nothingLeft(t, w, name)
}

func nothingLeft(t *testing.T, w *localstacktest.World, name string) {
	t.Helper()
	if files := w.ValidationFiles(); len(files) > 0 {
		t.Errorf("validation files left: %q", files)
	}
	if w.Pending(name) {
		t.Errorf("the vault has a pending operation for %s", name)
	}
}

func completes(t *testing.T, w *localstacktest.World, id string) apiclient.Instance {
	t.Helper()
	s := w.Finish(id, patience)
	if s.RuntimeStatus != "Completed" || s.CustomStatus.Message != "Certbot function successfully completed." {
		t.Fatalf("ended %s %+v", s.RuntimeStatus, s.CustomStatus)
	}
	return s
}

func TestACertificateIsIssuedOnceWhenEveryMessageComesTwice(t *testing.T) {
	t.Parallel()
	w := localstacktest.Start(t, localstack.Options{Duplicate: funchost.DeliverTwice})
	completes(t, w, w.Request("shop.example.test"))
	issuedOnce(t, w, "shop.example.test", "shop-example-test")
}

func TestACertificateIsIssuedOnceWhenTheCARefusesHalfOfTheNonces(t *testing.T) {
	t.Parallel()
	w := localstacktest.Start(t, localstack.Options{Duplicate: funchost.DeliverTwice, NonceReject: 50})
	completes(t, w, w.Request("shop.example.test"))
	issuedOnce(t, w, "shop.example.test", "shop-example-test")
}

func TestAskingAgainForAServedHostnameOrdersNothingAndRenewingDoes(t *testing.T) {
	t.Parallel()
	w := localstacktest.Start(t, localstack.Options{})
	completes(t, w, w.Request("shop.example.test"))
	first, err := w.Served("shop.example.test")
	if err != nil {
		t.Fatal(err)
	}
	changes := w.ARM.Puts()
	completes(t, w, w.Request("shop.example.test"))
	issuedOnce(t, w, "shop.example.test", "shop-example-test")
	if n := w.ARM.Puts() - changes; n != 0 {
		t.Errorf("%d changes of the gateway that had the certificate", n)
	}
	status, body := w.Call("POST", "/api/certificates/shop-example-test/renew", "")
	var renewal struct{ ID string }
	if err := json.Unmarshal(body, &renewal); err != nil || status != 202 {
		t.Fatalf("renew: %d %s", status, body)
	}
	completes(t, w, renewal.ID)
	second, err := w.Served("shop.example.test")
	if err != nil {
		t.Fatal(err)
	}
	if first == second || w.Versions("shop-example-test") != 2 {
		t.Errorf("the gateway serves %s, then %s, of %d versions", first, second, w.Versions("shop-example-test"))
	}
}
