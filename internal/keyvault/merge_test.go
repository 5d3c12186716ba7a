package keyvault_test

import (
	"bytes"
	"errors"
	"testing"

	"github.com/google/go-cmp/cmp"

	"certgate/internal/issuance"
	"certgate/internal/issuance/managed"
	"certgate/internal/keyvault"
)

func TestMergingTwiceMakesOneVersion(t *testing.T) {
	t.Parallel()
	s := simulate(t)
	v := s.vault(t)
	first, chain := s.issue(t, v, shop)
	again, err := v.Merge(t.Context(), shop, chain)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(first, again); diff != "" || s.Calls(mergeRoute) != 1 {
		t.Errorf("%d merges (-first +again):\n%s", s.Calls(mergeRoute), diff)
	}
	pendingCSR(t, v, shop) // the next renewal has begun
	if again, err = v.Merge(t.Context(), shop, chain); err != nil || again.Version != first.Version {
		t.Errorf("during the next renewal: version %s, %v", again.Version, err)
	}
}

func TestAMergeWhoseAnswerWasLostSucceeds(t *testing.T) {
	t.Parallel()
	s := simulate(t)
	v := newVault(t, keyvault.Config{Transport: losing(s.transport, "POST", "/merge"), KeyType: managed.ECP256})
	cert, chain := s.issue(t, v, shop)
	if !bytes.Equal(cert.Leaf, chain[0]) || s.Calls(mergeRoute) != 2 {
		t.Errorf("%d merges, version %s", s.Calls(mergeRoute), cert.Version)
	}
}

func TestAChainForAKeyThatIsGoneIsOfNoUse(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		sentence string
		lose     func(*testing.T, *simulation)
	}{
		{"the operation was removed", func(t *testing.T, s *simulation) {
			if err := s.vault(t).DiscardPending(t.Context(), shop.Name, shop.Hostnames); err != nil {
				t.Fatal(err)
			}
		}},
		{"the operation was replaced", func(t *testing.T, s *simulation) {
			if err := s.vault(t).DiscardPending(t.Context(), shop.Name, shop.Hostnames); err != nil {
				t.Fatal(err)
			}
			pendingCSR(t, s.vault(t), shop)
		}},
		{"another certificate was merged", func(t *testing.T, s *simulation) {
			if _, err := s.vault(t).Merge(t.Context(), shop, s.ca.sign(t, pendingCSR(t, s.vault(t), shop))); err != nil {
				t.Fatal(err)
			}
		}},
	} {
		t.Run(c.sentence, func(t *testing.T) {
			t.Parallel()
			s := simulate(t)
			chain := s.ca.sign(t, pendingCSR(t, s.vault(t), shop))
			c.lose(t, s)
			merges := s.Calls(mergeRoute)
			_, err := s.vault(t).Merge(t.Context(), shop, chain)
			if failure := asFailure(t, err); failure.Code != issuance.CodeVaultRefused || !errors.Is(err, issuance.ErrGone) {
				t.Errorf("got %v", err)
			}
			if s.Calls(mergeRoute) != merges {
				t.Error("the vault was asked to merge it")
			}
		})
	}
}

func TestDiscardPendingRemovesOnlyWhatItMade(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		sentence string
		hostname string
		removed  bool
	}{
		{"its own", "shop.example.com", true},
		{"somebody else's", "shop-example.com", false},
	} {
		t.Run(c.sentence, func(t *testing.T) {
			t.Parallel()
			s := simulate(t)
			s.pendingOf(t, shop.Name, c.hostname, nil)
			for range 2 {
				if err := s.vault(t).DiscardPending(t.Context(), shop.Name, shop.Hostnames); err != nil {
					t.Fatal(err)
				}
			}
			_, err := s.azure.GetCertificateOperation(t.Context(), shop.Name, nil)
			if removed := err != nil; removed != c.removed {
				t.Errorf("removed: %v (%v)", removed, err)
			}
		})
	}
	t.Run("nothing of a finished certificate", func(t *testing.T) {
		t.Parallel()
		s := simulate(t)
		s.issue(t, s.vault(t), shop)
		if err := s.vault(t).DiscardPending(t.Context(), shop.Name, shop.Hostnames); err != nil {
			t.Fatal(err)
		}
		if _, err := s.vault(t).Certificate(t.Context(), shop.Name); err != nil || s.Calls(discardRoute) != 0 {
			t.Errorf("%d removals, %v", s.Calls(discardRoute), err)
		}
	})
}
