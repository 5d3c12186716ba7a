package settings_test

import (
	"strings"
	"testing"

	"certgate/internal/settings"
)

func TestTheHeaderIsBelievedWhereThePlatformOrTheLocalSwitchVouchesForIt(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name, platform, local, site string
		believed                    bool
		fault, note                 string
	}{
		{"nothing is set up", "", "", "", false, "", "No sign-in is set up"},
		{"authentication is on", "True", "", "", true, "", ""},
		{"authentication is on, in Azure", "true", "", "app", true, "", ""},
		{"authentication is off, in Azure", "False", "", "app", false, "", "No sign-in is set up"},
		{"an unknown answer", "1", "", "app", false, "", "No sign-in is set up"},
		{"the local switch", "", "true", "", true, "", "can be anybody"},
		{"the local switch off", "", "false", "", false, "", "No sign-in is set up"},
		{"the local switch in Azure", "", "true", "app", false, "anybody could be an admin", ""},
		{"the local switch in Azure, authentication off", "False", "True", "app", false, "anybody could be an admin", ""},
		{"the local switch in Azure, authentication on", "true", "true", "app", true, "", ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			got, err := settings.Load(with(map[string]string{
				"WEBSITE_AUTH_ENABLED": c.platform, "TrustClientPrincipalHeader": c.local, "WEBSITE_SITE_NAME": c.site,
			}))
			if (err != nil) != (c.fault != "") || err != nil && !strings.Contains(err.Error(), c.fault) {
				t.Fatalf("got %v, want %q", err, c.fault)
			}
			notes := strings.Join(got.Notes, "\n")
			if got.SignIn.ClientPrincipal != c.believed || !strings.Contains(notes, c.note) || c.note == "" && notes != "" {
				t.Errorf("believed %t, notes %q", got.SignIn.ClientPrincipal, notes)
			}
		})
	}
}
