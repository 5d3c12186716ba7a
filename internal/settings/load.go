package settings

import (
	"fmt"
	"slices"
	"strings"
)

// Load reads the settings from an environment ("NAME=value" entries, as of
// os.Environ). An empty value counts as none. The error is Faults and holds
// everything that is wrong.
func Load(environ []string) (Settings, error) {
	values := map[string]string{}
	for _, entry := range environ {
		if name, value, ok := strings.Cut(entry, "="); ok {
			values[name] = strings.TrimSpace(value)
		}
	}
	s := Settings{InAzure: values["WEBSITE_INSTANCE_ID"] != "" || values["WEBSITE_SITE_NAME"] != "", SiteName: values["WEBSITE_SITE_NAME"]}
	var faults Faults
	for _, setting := range All() {
		if _, ok := setting.family(); ok {
			continue
		}
		value := values[setting.Name]
		switch {
		case value != "":
			if fault, bad := setting.apply(&s, value); bad {
				faults = append(faults, fault)
			}
		case setting.Required && (setting.Unless == "" || len(members(setting.Unless, values)) == 0):
			faults = append(faults, missing(setting, values))
		case setting.Default != "":
			setting.apply(&s, setting.Default)
		}
	}
	faults = append(faults, s.readFamilies(All(), values)...)
	faults = append(faults, pairs(values)...)
	faults = append(faults, s.finishIssuers(values)...)
	faults = append(faults, s.finishGateways(values)...)
	faults = append(faults, s.finishStorage(values)...)
	faults = append(faults, s.finishSignIn(values)...)
	faults = append(faults, s.finishCloud(values)...)
	faults = append(faults, s.finishWebsite(values)...)
	faults = append(faults, s.finishDNS()...)
	faults = append(faults, s.finishTargets(values)...)
	s.Notes = append(s.Notes, notes(s, values)...)
	if len(faults) > 0 {
		return Settings{}, faults
	}
	return s, nil
}

// apply checks a value and stores it.
func (t Setting) apply(s *Settings, value string) (Fault, bool) {
	fault := func(why string) (Fault, bool) {
		return Fault{Setting: t.Name, Problem: shown(t, value) + " " + why, Fix: fixWith(t.Example)}, true
	}
	switch {
	case strings.HasPrefix(value, "@Microsoft.KeyVault("):
		// The platform puts the secret's value here, unless it could not read it.
		return Fault{Setting: t.Name, Problem: "is a Key Vault reference that the platform could not resolve",
			Fix: "Check the secret's URL, and give the app's identity the role Key Vault Secrets User on that vault."}, true
	case strings.HasPrefix(value, "<") && strings.HasSuffix(value, ">"):
		return fault("is still a placeholder")
	case strings.HasPrefix(value, `"`) || strings.HasPrefix(value, "'"):
		return fault("begins with a quotation mark; the value must stand without quotes")
	}
	if len(t.Choices) > 0 {
		i := slices.IndexFunc(t.Choices, func(c string) bool { return strings.EqualFold(c, value) })
		if i < 0 {
			return fault("is none of " + strings.Join(t.Choices, ", "))
		}
		value = t.Choices[i]
	}
	if err := t.read(s, value); err != nil {
		return fault(err.Error())
	}
	return Fault{}, false
}

// missing looks for the name in another case: Linux tells them apart, Windows
// and the portal do not.
func missing(t Setting, values map[string]string) Fault {
	for name, value := range values {
		if name != t.Name && value != "" && strings.EqualFold(name, t.Name) {
			return Fault{Setting: t.Name, Problem: "is missing, but there is " + name, Fix: "Rename that one: names are case-sensitive on Linux."}
		}
	}
	return Fault{Setting: t.Name, Problem: "is missing (" + t.Meaning + ")", Fix: fixWith(t.Example)}
}

// pairs checks settings that are of use only together.
func pairs(values map[string]string) (faults Faults) {
	for _, p := range [][2]string{
		{"JwtIssuer", "JwtAudience"}, {"JwtAudience", "JwtIssuer"}, {"JwtRequiredClaim", "JwtIssuer"}, {"JwtRequiredClaimRole", "JwtRequiredClaim"}, {"NotificationSecret", "NotificationWebhooks"}, {otlpHeaders, otlpEndpoint},
		{storageName + "__clientId", storageName + "__credential"},
	} {
		if values[p[0]] != "" && values[p[1]] == "" {
			other := All()[slices.IndexFunc(All(), func(t Setting) bool { return t.Name == p[1] })]
			faults = append(faults, Fault{Setting: p[1], Problem: "is missing, but " + p[0] + " is set", Fix: fixWith(other.Example) + " Or remove " + p[0] + "."})
		}
	}
	return faults
}

func notes(s Settings, values map[string]string) (out []string) {
	if values["FUNCTIONS_CUSTOMHANDLER_PORT"] == "" {
		out = append(out, fmt.Sprintf("FUNCTIONS_CUSTOMHANDLER_PORT is not set, so the Functions host did not start this process; listening on port %d.", s.Port))
	}
	out = append(out, s.SignIn.notes(values)...)
	out = append(out, s.Telemetry.note()...)
	if s.Storage.ConnectionString != "" && !loopbackURL(s.Storage.QueueURL) {
		out = append(out, "AzureWebJobsStorage is a connection string, so whoever reads it owns the storage account; AzureWebJobsStorage__accountName uses the app's identity instead.")
	}
	return out
}

// into makes a reader that parses a value and stores it at a place.
func into[T any](place func(*Settings) *T, parse func(string) (T, error)) func(*Settings, string) error {
	return func(s *Settings, value string) error {
		parsed, err := parse(value)
		if err != nil {
			return err
		}
		*place(s) = parsed
		return nil
	}
}
