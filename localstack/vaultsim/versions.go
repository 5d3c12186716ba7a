package vaultsim

import "slices"

// apiVersions are those of the service, oldest first. The last one is what the
// newest client of secrets asks for.
var apiVersions = []string{"2015-06-01", "2016-10-01", "7.0-preview", "7.0", "7.1-preview", "7.1", "7.2-preview", "7.2",
	"7.3-preview", "7.3", "7.4-preview.1", "7.4", "7.5-preview.1", "7.5", "7.6-preview.1", "7.6-preview.2", "7.6",
	"2025-06-01-preview", "2025-07-01", "2026-04-01"}

const (
	// latest is the newest api-version.
	latest = "2026-04-01"
	// everyName is the first whose replies show every kind of alternative name.
	everyName = "2025-07-01"
)

// atLeast compares two known api-versions.
func atLeast(version, other string) bool {
	return slices.Index(apiVersions, version) >= slices.Index(apiVersions, other)
}

func checkVersion(version string) error {
	switch {
	case version == "":
		return badParameter("api-version must be specified")
	case !slices.Contains(apiVersions, version):
		return badParameter("The specified version (%s) is not recognized. Consider using the latest supported version (%s).", version, latest)
	}
	return nil
}
