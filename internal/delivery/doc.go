// Package delivery sees a new version of a certificate to every place that serves it
// besides the gateway: the targets of the setting InstallTargets.
//
// When an issue, a renewal or an import has completed, one instance is started for each
// target and version. It looks over TLS at what the target serves until that is the new
// version, with its chain; if that does not happen in time, people are told. The
// watchdog looks at delivered targets too and starts another delivery where one has
// gone back, and where a version came into the vault by other means.
//
// A delivery never reads a secret: versions are compared by thumbprint. What is looked
// at, the settings say and never a caller.
package delivery
