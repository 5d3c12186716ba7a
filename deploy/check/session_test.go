package check

import (
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// refreshTokenLives is the shortest life that Entra gives refresh tokens.
const refreshTokenLives = 24 * time.Hour

// A session that outlived its refresh token would be renewed in vain, again and again.
func TestASessionIsNoLongerThanItsRefreshToken(t *testing.T) {
	t.Parallel()
	compiler := os.Getenv("BICEP")
	if compiler == "" {
		t.Skip("no Bicep compiler in BICEP")
	}
	for _, hours := range []int{1, 12} {
		t.Run(fmt.Sprint(hours), func(t *testing.T) {
			t.Parallel()
			signIn := signInFor(t, compiler, hours)
			lasts, err := time.ParseDuration(strings.Replace(strings.Replace(signIn.Login.CookieExpiration.TimeToExpiration, ":", "h", 1), ":", "m", 1) + "s")
			if err != nil || lasts != time.Duration(hours)*time.Hour || signIn.Login.CookieExpiration.Convention != "FixedTime" {
				t.Errorf("a session lasts %+v: %v", signIn.Login.CookieExpiration, err)
			}
			store := signIn.Login.TokenStore
			if whole := lasts + time.Duration(store.TokenRefreshExtensionHours)*time.Hour; !store.Enabled || store.TokenRefreshExtensionHours < 1 || whole >= refreshTokenLives {
				t.Errorf("%+v: a session can be renewed for %s in all, a refresh token lives %s", store, whole, refreshTokenLives)
			}
			entra := signIn.IdentityProviders.AzureActiveDirectory
			if entra.Registration.ClientSecretSettingName == "" || !strings.Contains(strings.Join(entra.Login.LoginParameters, " "), "offline_access") {
				t.Errorf("without a secret and offline_access there is no refresh token: %+v", entra)
			}
			if v := signIn.GlobalValidation; !v.RequireAuthentication || v.UnauthenticatedClientAction != "Return401" || strings.Join(v.ExcludedPaths, " ") != "/api/health" {
				t.Errorf("everybody is let in by %+v", v)
			}
		})
	}
}

// authSettings is authsettingsV2, as far as it is looked at here.
type authSettings struct {
	GlobalValidation struct {
		RequireAuthentication       bool
		UnauthenticatedClientAction string
		ExcludedPaths               []string
	}
	IdentityProviders struct {
		AzureActiveDirectory struct {
			Registration struct{ ClientSecretSettingName string }
			Login        struct{ LoginParameters []string }
		}
	}
	Login struct {
		CookieExpiration struct{ Convention, TimeToExpiration string }
		TokenStore       struct {
			Enabled                    bool
			TokenRefreshExtensionHours int
		}
	}
}

// signInFor is what the template comes to.
func signInFor(t *testing.T, compiler string, hours int) (found authSettings) {
	t.Helper()
	template, err := os.ReadFile("../appServiceSignIn.bicep")
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "session.bicep"), template, 0o600); err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(dir, "session.bicepparam")
	text := fmt.Sprintf("using 'session.bicep'\nparam functionAppName = 'func-certgate'\nparam clientId = '%s'\nparam sessionHours = %d\n", clientID, hours)
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	if said, err := exec.CommandContext(t.Context(), compiler, "snapshot", file, "--tenant-id", clientID, "--subscription-id", clientID, "--resource-group", "certgate", "--location", "westeurope").CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, said)
	}
	raw, err := os.ReadFile(strings.TrimSuffix(file, ".bicepparam") + ".snapshot.json")
	if err != nil {
		t.Fatal(err)
	}
	var snapshot struct{ PredictedResources []Resource }
	if err := json.Unmarshal(raw, &snapshot); err != nil || len(snapshot.PredictedResources) != 1 {
		t.Fatalf("%v: %s", err, raw)
	}
	if err := json.Unmarshal(snapshot.PredictedResources[0].Properties, &found); err != nil {
		t.Fatal(err)
	}
	return found
}
