// Package dnstest holds adapters of DNS providers to the contract of
// dnsproviders.Account, each against a stand-in of its provider.
package dnstest

import (
	"net/http"
	"sync"
	"testing"

	"certgate/internal/dnsproviders"
)

// Stand is an adapter before the stand-in of its provider. What a provider cannot
// do is nil, and its part of the contract is left out.
type Stand struct {
	// Open makes a new instance, as a new process does.
	Open func() dnsproviders.Account
	// Zone is a zone of the account.
	Zone string
	// Name is the name that is changed; "" is one deep in the zone.
	Name string
	// Values are the TXT values that the provider holds at a name.
	Values func(name string) []string
	// Put adds somebody else's value.
	Put func(name, value string)
	// LoseZone removes the zone from the account.
	LoseZone func()
	// Fails lets every request from now on be answered with a status of HTTP; 0
	// lets them through again.
	Fails func(status int)
	// BeforeChange runs f once, just before the next change reaches the provider.
	BeforeChange func(f func())
	// Settles says that the provider tells when its name servers have a change;
	// the stand-in says so at the second look or later.
	Settles bool
	// Configured says that the adapter knows its zones from the settings.
	Configured bool
	// Unlimited says that the provider has no answer that asks for a pause.
	Unlimited bool
	// KeepsAll says that the provider can only add: what it is told to remove
	// stays until something else takes its place.
	KeepsAll bool
}

// Door stands before a stand-in that speaks HTTP and lets it fail.
type Door struct {
	Next http.Handler
	// IsRead says which requests change nothing; nil means GET.
	IsRead func(r *http.Request) bool

	mu     sync.Mutex
	status int
	before func()
}

// Fails is Stand.Fails.
func (d *Door) Fails(status int) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.status = status
}

// BeforeChange is Stand.BeforeChange.
func (d *Door) BeforeChange(f func()) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.before = f
}

func (d *Door) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	reads := r.Method == http.MethodGet
	if d.IsRead != nil {
		reads = d.IsRead(r)
	}
	d.mu.Lock()
	status, before := d.status, d.before
	if reads {
		before = nil
	} else {
		d.before = nil
	}
	d.mu.Unlock()
	if before != nil {
		before()
	}
	if status != 0 {
		if status == http.StatusTooManyRequests {
			w.Header().Set("Retry-After", "7")
		}
		http.Error(w, `{"message":"refused on purpose"}`, status)
		return
	}
	d.Next.ServeHTTP(w, r)
}

// Exercise runs the whole contract; each part has a stand of its own.
func Exercise(t *testing.T, stand func(t *testing.T) Stand) {
	for _, part := range []struct {
		name    string
		run     func(t *testing.T, s Stand)
		removes bool
	}{
		{"TheZoneIsListed", zoneIsListed, false},
		{"TwoValuesOfOneNameStandTogether", twoValuesStand, true},
		{"WhatOthersWroteStays", foreignValueStays, true},
		{"AskingTwiceChangesNothing", ensureTwice, false},
		{"RemovingTwiceIsFine", removeTwice, true},
		{"AnotherProcessRemoves", removeElsewhere, true},
		{"TheNameOfTheZoneItself", apex, true},
		{"OthersWriteAtTheSameTime", conflict, true},
		{"LimitsAreWaitedFor", limited, false},
		{"MissingRightsAreNamed", denied, false},
		{"TroubleOfTheProviderPasses", trouble, false},
		{"AZoneThatIsGoneIsNamed", zoneGone, false},
		{"ACallEndsWithItsContext", cancelled, false},
		{"TheChangeSettles", settles, false},
	} {
		t.Run(part.name, func(t *testing.T) {
			t.Parallel()
			s := stand(t)
			if s.KeepsAll && part.removes {
				t.Skip("the provider cannot remove")
			}
			part.run(t, s)
		})
	}
}
