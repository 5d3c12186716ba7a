package vaultsim_test

import (
	"testing"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore/to"
	"github.com/Azure/azure-sdk-for-go/sdk/security/keyvault/azcertificates"
	"github.com/Azure/azure-sdk-for-go/sdk/security/keyvault/azsecrets"

	"certgate/localstack/vaultsim"
)

func TestDeletionRecoveryAndPurgeAreConsistentOnlyInTheEnd(t *testing.T) {
	t.Parallel()
	clock := newClock()
	s := setup(t, vaultsim.Options{SettleAfter: minute, Now: clock.now})
	issued := s.issue(t, "c", "c.example")
	create := func() error {
		_, err := s.certs.CreateCertificate(t.Context(), "c", azcertificates.CreateCertificateParameters{CertificatePolicy: ecPolicy("c.example")}, nil)
		return err
	}
	getDeleted := func() error { _, err := s.certs.GetDeletedCertificate(t.Context(), "c", nil); return err }
	get := func() error { _, err := s.certs.GetCertificate(t.Context(), "c", "", nil); return err }

	deleted, err := s.certs.DeleteCertificate(t.Context(), "c", nil)
	if err != nil {
		t.Fatal(err)
	}
	if deleted.ID.Version() != issued.ID.Version() || deleted.DeletedDate == nil || deleted.ScheduledPurgeDate == nil || deleted.RecoveryID == nil {
		t.Errorf("deleted certificate is %+v", deleted.DeletedCertificate)
	}
	wantRefusal(t, get(), 404, "CertificateNotFound", "")
	wantRefusal(t, getDeleted(), 404, "CertificateNotFound", "")
	wantRefusal(t, create(), 409, "Conflict", "ObjectIsBeingDeleted")
	_, err = s.certs.PurgeDeletedCertificate(t.Context(), "c", nil)
	wantRefusal(t, err, 409, "Conflict", "ObjectIsBeingDeleted")

	clock.add(minute)
	if err := getDeleted(); err != nil {
		t.Fatal(err)
	}
	wantRefusal(t, create(), 409, "Conflict", "ObjectIsDeletedButRecoverable")
	_, err = s.secrets.GetSecret(t.Context(), "c", "", nil)
	wantRefusal(t, err, 404, "SecretNotFound", "")

	if _, err := s.certs.RecoverDeletedCertificate(t.Context(), "c", nil); err != nil {
		t.Fatal(err)
	}
	wantRefusal(t, get(), 404, "CertificateNotFound", "")
	wantRefusal(t, create(), 409, "Conflict", "ObjectIsBeingRecovered")
	clock.add(minute)
	if err := get(); err != nil {
		t.Fatal(err)
	}

	if _, err := s.certs.DeleteCertificate(t.Context(), "c", nil); err != nil {
		t.Fatal(err)
	}
	clock.add(minute)
	if _, err := s.certs.PurgeDeletedCertificate(t.Context(), "c", nil); err != nil {
		t.Fatal(err)
	}
	wantRefusal(t, create(), 409, "Conflict", "ObjectIsBeingPurged")
	clock.add(minute)
	if err := create(); err != nil {
		t.Errorf("the name is not free after the purge: %v", err)
	}
}

func TestPlainSecretsHaveVersionsAndAreDeletedSoftly(t *testing.T) {
	t.Parallel()
	s := setup(t, vaultsim.Options{})
	ctx := t.Context()
	first, err := s.secrets.SetSecret(ctx, "key", azsecrets.SetSecretParameters{Value: to.Ptr("one"), Tags: map[string]*string{"a": to.Ptr("1")}}, nil)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := s.secrets.SetSecret(ctx, "key", azsecrets.SetSecretParameters{Value: to.Ptr("two"), ContentType: to.Ptr("text/plain")}, nil); err != nil {
		t.Fatal(err)
	}
	newest, err := s.secrets.GetSecret(ctx, "key", "", nil)
	if err != nil || *newest.Value != "two" || len(newest.Tags) != 0 {
		t.Errorf("newest is %+v, %v", newest.Secret, err)
	}
	old, err := s.secrets.GetSecret(ctx, "key", first.ID.Version(), nil)
	if err != nil || *old.Value != "one" {
		t.Errorf("first is %+v, %v", old.Secret, err)
	}
	versions, err := s.secrets.NewListSecretPropertiesVersionsPager("key", nil).NextPage(ctx)
	if err != nil || len(versions.Value) != 2 {
		t.Errorf("%d versions, %v", len(versions.Value), err)
	}
	if _, err := s.secrets.DeleteSecret(ctx, "key", nil); err != nil {
		t.Fatal(err)
	}
	_, err = s.secrets.SetSecret(ctx, "key", azsecrets.SetSecretParameters{Value: to.Ptr("three")}, nil)
	wantRefusal(t, err, 409, "Conflict", "ObjectIsDeletedButRecoverable")
	if _, err := s.secrets.RecoverDeletedSecret(ctx, "key", nil); err != nil {
		t.Fatal(err)
	}
	if back, err := s.secrets.GetSecret(ctx, "key", "", nil); err != nil || *back.Value != "two" {
		t.Errorf("after recovery: %+v, %v", back.Secret, err)
	}
}
