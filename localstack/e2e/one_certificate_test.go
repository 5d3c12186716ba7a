// Package e2e drives the real handler process through the local Functions host,
// with the real storage emulator and the real test CA.
package e2e

import (
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

func TestAskingAgainForAServedHostnameBringsTheNewCertificateToTheGateway(t *testing.T) {
	t.Parallel()
	w := localstacktest.Start(t, localstack.Options{})
	completes(t, w, w.Request("shop.example.test"))
	first, err := w.Served("shop.example.test")
	if err != nil {
		t.Fatal(err)
	}
	completes(t, w, w.Request("shop.example.test"))
	second, err := w.Served("shop.example.test")
	if err != nil {
		t.Fatal(err)
	}
	if first == second {
		t.Errorf("the gateway still serves %s", first)
	}
	if n := w.Versions("shop-example-test"); n != 2 {
		t.Errorf("%d versions, want 2", n)
	}
}
