package e2e

import (
	"context"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"certgate/localstack"
	"certgate/localstack/apiclient"
	"certgate/localstack/faultca"
	"certgate/localstack/localstacktest"
	"certgate/localstack/vaultsim"
)

// Each case is one hostname on one stack, and what is wrong with it.
func TestWhatCannotBeIssuedFailsWithItsCodeAndLeavesNothingBehind(t *testing.T) {
	t.Parallel()
	w := localstacktest.Start(t, localstack.Options{})
	for _, c := range []struct {
		hostname string
		breaks   func(t *testing.T, hostname string)
		code     string
		says     string
	}{
		{"elsewhere.example.test", func(t *testing.T, h string) { must(t, w.Pebble.DNS().AddA(t.Context(), h, "192.0.2.7")) },
			"HostnameNotResolvingToApplicationGateway", "192.0.2.7"},
		{"v6-elsewhere.example.test", func(t *testing.T, h string) { must(t, w.Pebble.DNS().AddAAAA(t.Context(), h, "2001:db8::7")) },
			"HostnameNotResolvingToApplicationGateway", "2001:db8::7"},
		{"forbidden.example.test", func(t *testing.T, h string) {
			must(t, w.Pebble.DNS().AddCAA(t.Context(), h, "issue", "other-ca.example"))
		}, "CaaRecordForbidsCertificateAuthority", "other-ca.example"},
		{"unreachable.example.test", func(_ *testing.T, h string) {
			w.OverrideChallenge(answerFor(h, http.StatusNotFound, "no such file"))
		}, "HostnameOwnershipValidationFileNotFound", "404"},
		{"wrong.example.test", func(_ *testing.T, h string) {
			w.OverrideChallenge(answerFor(h, http.StatusOK, "a parked domain"))
		}, "HostnameOwnershipValidationFileNotValid", "other content"},
		{"refused.example.test", func(*testing.T, string) {
			w.DenyVault(func(method, path string) (vaultsim.Refusal, bool) {
				return vaultsim.Forbidden(), strings.HasSuffix(path, "/create")
			})
		}, "KeyVaultAccessDenied", "Key Vault Certificates Officer"},
		{"ca-sees-other.example.test", func(_ *testing.T, h string) {
			// certgate's own look finds the file, the CA's looks do not.
			var looks atomic.Int32
			w.OverrideChallenge(func(rw http.ResponseWriter, r *http.Request) bool {
				host, _, _ := strings.Cut(r.Host, ":")
				return host == h && looks.Add(1) > 1 && answerFor(h, http.StatusForbidden, "go away")(rw, r)
			})
		}, "HostnameOwnershipNotVerified", "403"},
	} {
		t.Run(c.code+" "+c.hostname, func(t *testing.T) {
			c.breaks(t, c.hostname)
			defer func() { w.OverrideChallenge(nil); w.DenyVault(nil) }()
			s := w.Finish(w.Request(c.hostname), patience)
			if s.RuntimeStatus != "Failed" || s.CustomStatus.Error != c.code || !strings.Contains(s.CustomStatus.Message, c.says) {
				t.Errorf("ended %s %+v, want %s with %q", s.RuntimeStatus, s.CustomStatus, c.code, c.says)
			}
			nothingLeft(t, w, strings.ReplaceAll(c.hostname, ".", "-"))
			if slices.Contains(w.Listeners(), c.hostname) {
				t.Error("a listener is left behind")
			}
		})
	}
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// answerFor answers the validation file of one hostname.
func answerFor(hostname string, status int, body string) func(http.ResponseWriter, *http.Request) bool {
	return func(w http.ResponseWriter, r *http.Request) bool {
		if host, _, _ := strings.Cut(r.Host, ":"); host != hostname {
			return false
		}
		w.WriteHeader(status)
		fmt.Fprint(w, body)
		return true
	}
}

func TestARateLimitedOrderWaitsSaysSoAndCompletes(t *testing.T) {
	t.Parallel()
	w := localstacktest.Start(t, localstack.Options{})
	w.CA.Arm(faultca.Limited(faultca.NewOrder, 1, 4*time.Second))
	id := w.Request("shop.example.test")
	waiting := w.Until(id, patience, func(s apiclient.Instance) bool {
		return s.Ended() || strings.Contains(s.CustomStatus.Message, "limits")
	})
	if waiting.CustomStatus.Status != "GetAcmeOrderStep" || !strings.Contains(waiting.CustomStatus.Message, "continuing at 20") {
		t.Errorf("while it waits: %+v", waiting.CustomStatus)
	}
	completes(t, w, id)
	issuedOnce(t, w, "shop.example.test", "shop-example-test")
}

func TestATerminatedInstanceLeavesNothingBehind(t *testing.T) {
	t.Parallel()
	w := localstacktest.Start(t, localstack.Options{})
	w.OverrideChallenge(answerFor("shop.example.test", http.StatusNotFound, "not yet"))
	id := w.Request("shop.example.test")
	w.Until(id, patience, func(s apiclient.Instance) bool {
		return s.CustomStatus.Status == "AnswerAcmeHttp01ChallengeStep" && len(w.ValidationFiles()) == 1
	})
	if code, raw := w.Call(http.MethodPost, "/api/instances/"+id+"/terminate?reason=changed+my+mind", ""); code != http.StatusAccepted {
		t.Fatalf("terminate: %d %s", code, raw)
	}
	if s := w.Finish(id, patience); s.RuntimeStatus != "Terminated" || !strings.HasPrefix(s.CustomStatus.Message, "changed my mind") {
		t.Errorf("ended %s %+v", s.RuntimeStatus, s.CustomStatus)
	}
	nothingLeft(t, w, "shop-example-test")
}

func TestTriggersCannotBeReachedFromOutside(t *testing.T) {
	t.Parallel()
	w := localstacktest.Start(t, localstack.Options{})
	for _, path := range []string{"/RunStep", "/RunStepPoison", "/Rescue", "/api/RunStep", "/api/../RunStep"} {
		if code, raw := w.Call(http.MethodPost, path, `{"Data":{"message":"{}"},"Metadata":{}}`); code != http.StatusNotFound {
			t.Errorf("POST %s from outside: %d %s, want 404", path, code, raw)
		}
	}
}

func TestTheCAForgettingUsIsNoReasonToFail(t *testing.T) {
	t.Parallel()
	w := localstacktest.Start(t, localstack.Options{})
	completes(t, w, w.Request("first.example.test"))
	ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
	defer cancel()
	must(t, w.Pebble.Restart(ctx)) // accounts, orders, everything is gone
	completes(t, w, w.Request("second.example.test"))
	if _, err := w.Served("second.example.test"); err != nil {
		t.Errorf("not served: %v", err)
	}
}
