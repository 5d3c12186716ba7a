package cagate_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"certgate/internal/durable"
	"certgate/internal/issuance"
)

func TestAfterThreeFailedValidationsAHostnameWaits(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.pump.Twice, w.pump.LoseDeletes = true, true
	w.ca.failing = true
	for try := range 3 {
		inst := w.finish(w.start("shop.example.com"))
		if inst.Custom.Error != issuance.CodeOwnershipRefused {
			t.Fatalf("try %d: %s: %s", try, inst.Custom.Error, inst.Custom.Message)
		}
		w.clock.Advance(5 * time.Minute)
	}
	asked := len(w.ca.requests("shop.example.com"))
	inst := w.waiting(w.start("shop.example.com"))
	if !strings.Contains(inst.Custom.Message, "could not verify shop.example.com 3 times within an hour") || !strings.Contains(inst.Custom.Message, "continuing at 2030-03-04T06:06:") {
		t.Errorf("the message is %q", inst.Custom.Message)
	}
	if n := len(w.ca.requests("shop.example.com")); n != asked {
		t.Errorf("%d orders after the third failure", n-asked)
	}
	if other := w.finish(w.start("www.example.com")); other.Custom.Error != issuance.CodeOwnershipRefused {
		t.Errorf("another hostname: %s", other.Custom.Message)
	}
	w.ca.failing = false
	done := w.finish(inst.ID)
	if done.Custom.Error != issuance.CodeVaultAccessDenied {
		t.Errorf("when the hour was over: %s: %s", done.Custom.Error, done.Custom.Message)
	}
	if now := w.clock.Now().Format(time.TimeOnly); now < "06:06:07" || now > "06:07:00" {
		t.Errorf("went on at %s, want an hour after the first failure", now)
	}
}

func TestAFailedValidationCountsOnceHoweverOftenItIsRead(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	request := issuance.OrderRequest{Hostnames: []string{"*.a.example.com"}}
	read := func(url string) {
		for _, gate := range w.gates {
			if _, err := gate.Authorizations(failedAuthorization{}).Authorization(t.Context(), url); err != nil {
				t.Fatal(err)
			}
		}
	}
	read("https://ca.example/authz/1")
	w.clock.Advance(time.Minute)
	read("https://ca.example/authz/1")
	read("https://ca.example/authz/2")
	if _, err := w.gates[0].Orders(orders{}).NewOrder(t.Context(), request); err != nil {
		t.Errorf("after two failures: %v", err)
	}
	read("https://ca.example/authz/3")
	var later *durable.RetryLater
	if _, err := w.gates[0].Orders(orders{}).NewOrder(t.Context(), request); !errors.As(err, &later) || later.After != 59*time.Minute || errors.As(err, new(*issuance.RateLimit)) {
		t.Errorf("after three failures: %v", err)
	}
	if w.traffic.writes != 3 {
		t.Errorf("%d writes, want one for each failure", w.traffic.writes)
	}
	w.clock.Advance(59 * time.Minute) // the first is an hour old
	if _, err := w.gates[0].Orders(orders{}).NewOrder(t.Context(), request); err != nil {
		t.Errorf("an hour after the first: %v", err)
	}
}
