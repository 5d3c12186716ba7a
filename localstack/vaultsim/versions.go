package vaultsim

import "slices"

// apiVersions are those of the service, oldest first. The replies of the last
// one show every kind of alternative name.
var apiVersions = []string{"2015-06-01", "2016-10-01", "7.0-preview", "7.0", "7.1-preview", "7.1", "7.2-preview", "7.2",
	"7.3-preview", "7.3", "7.4-preview.1", "7.4", "7.5-preview.1", "7.5", "7.6-preview.1", "7.6-preview.2", "7.6",
	"2025-06-01-preview", "2025-07-01"}

// latest is the newest api-version that is no preview.
const latest = "2025-07-01"

func checkVersion(version string) error {
	switch {
	case version == "":
		return badParameter("api-version must be specified")
	case !slices.Contains(apiVersions, version):
		return badParameter("The specified version (%s) is not recognized. Consider using the latest supported version (%s).", version, latest)
	}
	return nil
}
