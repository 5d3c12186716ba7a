package keyvault_test

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"

	"certgate/internal/durable"
	"certgate/internal/issuance"
	"certgate/internal/keyvault"
)

var shop = issuance.CertificateRequest{Name: "shop-example-com", Hostnames: []string{"shop.example.com"}}

const createShop = "POST /certificates/shop-example-com/create"

func refusing(status int, code, inner, message string) answer {
	return answer{status: status, body: fmt.Sprintf(`{"error":{"code":%q,"message":%q,"innererror":{"code":%q}}}`, code, message, inner)}
}

func TestRefusalsThatAPersonMustMendNameTheFix(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		sentence string
		answer   answer
		code     string
		mentions []string
	}{
		{"the role is missing", refusing(403, "Forbidden", "ForbiddenByRbac", "Caller is not authorized.\r\nCaller: appid=1234"),
			issuance.CodeVaultAccessDenied, []string{`"Key Vault Certificates Officer"`, "platform"}},
		{"the firewall is closed", refusing(403, "Forbidden", "ForbiddenByFirewall", "Client address is not authorized."),
			issuance.CodeVaultAccessDenied, []string{"firewall", "networking"}},
		{"the vault has access policies", refusing(403, "Forbidden", "AccessDenied", "The user has no certificates create permission."),
			issuance.CodeVaultAccessDenied, []string{"access policies"}},
		{"the identity is of another tenant", refusing(401, "Unauthorized", "", "AKV10032: Invalid issuer."),
			issuance.CodeVaultAccessDenied, []string{"tenant"}},
		{"the policy is wrong", refusing(400, "BadParameter", "", "Property policy has invalid value\r\n"),
			issuance.CodeVaultRefused, []string{"shop-example-com: Property policy has invalid value"}},
		{"the name is soft-deleted", refusing(409, "Conflict", "ObjectIsDeletedButRecoverable", "Certificate is in a deleted but recoverable state."),
			issuance.CodeNameSoftDeleted, []string{
				"az keyvault certificate recover --vault-name platform --name shop-example-com",
				"az keyvault certificate purge --vault-name platform --name shop-example-com"}},
	} {
		t.Run(c.sentence, func(t *testing.T) {
			t.Parallel()
			v := newVault(t, keyvault.Config{Transport: redirect(t, &script{answers: map[string][]answer{createShop: {c.answer}}})})
			_, err := v.PendingCSR(once(t), shop)
			failure := asFailure(t, err)
			if failure.Code != c.code {
				t.Errorf("code %s", failure.Code)
			}
			for _, part := range c.mentions {
				if !strings.Contains(failure.Message, part) {
					t.Errorf("%q does not mention %q", failure.Message, part)
				}
			}
			for _, private := range []string{"appid=", "6faacd56", "RESPONSE", "-----"} {
				if strings.Contains(failure.Message, private) {
					t.Errorf("%q is not for people", failure.Message)
				}
			}
			if log := failure.Error(); !strings.Contains(log, "create certificate shop-example-com") || !strings.Contains(log, "request 6faacd56") {
				t.Errorf("the log misses what support asks for: %s", log)
			}
		})
	}
}

func TestTheAccountSecretNeedsAnotherRole(t *testing.T) {
	t.Parallel()
	denied := refusing(403, "Forbidden", "ForbiddenByRbac", "Caller is not authorized.")
	v := newVault(t, keyvault.Config{Transport: redirect(t, &script{answers: map[string][]answer{"GET /secrets/acme-account/": {denied}}})})
	secret, err := v.Secret("acme-account")
	if err != nil {
		t.Fatal(err)
	}
	_, err = secret.Load(once(t))
	if failure := asFailure(t, err); !strings.Contains(failure.Message, `"Key Vault Secrets Officer"`) {
		t.Errorf("got %q", failure.Message)
	}
}

func TestLimitsAndHalfDoneDeletionsAreWaitedFor(t *testing.T) {
	t.Parallel()
	throttled := refusing(429, "Throttled", "", "Too many requests.")
	patient := throttled
	patient.retryAfter = "60"
	for _, c := range []struct {
		sentence string
		answer   answer
		after    time.Duration
	}{
		{"throttled with a wish", patient, time.Minute},
		{"throttled without a wish", throttled, 31 * time.Second},
		{"a deletion under way", refusing(409, "Conflict", "ObjectIsBeingDeleted", "Is being deleted."), 15 * time.Second},
	} {
		t.Run(c.sentence, func(t *testing.T) {
			t.Parallel()
			v := newVault(t, keyvault.Config{Transport: redirect(t, &script{answers: map[string][]answer{createShop: {c.answer}}})})
			_, err := v.PendingCSR(once(t), shop)
			var later *durable.RetryLater
			if !errors.As(err, &later) || later.After != c.after {
				t.Errorf("got %v", err)
			}
		})
	}
}

func TestALongRetryAfterDoesNotBlockTheStep(t *testing.T) {
	t.Parallel()
	throttled := refusing(429, "Throttled", "", "Too many requests.")
	throttled.retryAfter = "50"
	v := newVault(t, keyvault.Config{Transport: redirect(t, &script{answers: map[string][]answer{createShop: {throttled}}})})
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	_, err := v.PendingCSR(ctx, shop) // with the SDK's retries as they are in production
	var later *durable.RetryLater
	if !errors.As(err, &later) || later.After != 50*time.Second {
		t.Errorf("got %v", err)
	}
}

func TestWhatMayPassIsTrouble(t *testing.T) {
	t.Parallel()
	unavailable := redirect(t, &script{answers: map[string][]answer{createShop: {refusing(503, "ServiceUnavailable", "", "Busy.")}}})
	broken := func(err error) policy.Transporter {
		return transport(func(*http.Request) (*http.Response, error) { return nil, err })
	}
	for _, c := range []struct {
		sentence string
		config   keyvault.Config
		public   string
	}{
		{"the service is down", keyvault.Config{Transport: unavailable}, "answered with an error (503)"},
		{"the name does not resolve", keyvault.Config{Transport: broken(&net.DNSError{Name: "platform.vault.azure.net", IsNotFound: true})}, "does not resolve"},
		{"nothing answers", keyvault.Config{Transport: broken(context.DeadlineExceeded)}, "in time"},
		{"the connection breaks", keyvault.Config{Transport: broken(errors.New("connection reset"))}, "cannot be reached"},
		{"there is no token", keyvault.Config{Transport: unavailable, Credential: identity{err: errors.New("no managed identity")}}, "no token"},
	} {
		t.Run(c.sentence, func(t *testing.T) {
			t.Parallel()
			_, err := newVault(t, c.config).PendingCSR(once(t), shop)
			var transient *durable.Transient
			if !errors.As(err, &transient) || !strings.Contains(transient.Public, c.public) {
				t.Errorf("got %v", err)
			}
		})
	}
}

func TestACancelledCallIsNotReportedAsTroubleOfTheVault(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, err := newVault(t, keyvault.Config{Transport: redirect(t, &script{})}).Certificate(ctx, "shop-example-com")
	var transient *durable.Transient
	if !errors.Is(err, context.Canceled) || errors.As(err, &transient) {
		t.Errorf("got %v", err)
	}
}

func TestConfigurationIsCheckedBeforeTheFirstCall(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		sentence string
		config   keyvault.Config
	}{
		{"plain http", keyvault.Config{BaseURL: "http://platform.vault.azure.net", Credential: identity{}}},
		{"no host", keyvault.Config{BaseURL: "https://", Credential: identity{}}},
		{"the id of a secret", keyvault.Config{BaseURL: vaultURL + "/secrets/a", Credential: identity{}}},
		{"no credential", keyvault.Config{BaseURL: vaultURL}},
		{"an unknown key type", keyvault.Config{BaseURL: vaultURL, Credential: identity{}, KeyType: "RSA-1024"}},
		{"an unknown chain order", keyvault.Config{BaseURL: vaultURL, Credential: identity{}, ChainOrder: "random"}},
	} {
		if _, err := keyvault.New(c.config); err == nil {
			t.Errorf("%s was accepted", c.sentence)
		}
	}
}

func asFailure(t *testing.T, err error) *durable.Failure {
	t.Helper()
	var failure *durable.Failure
	if !errors.As(err, &failure) {
		t.Fatalf("%v (%T) is not a failure", err, err)
	}
	return failure
}
