package keyvault

import (
	"maps"
	"slices"
	"strings"

	"certgate/internal/inventory"
	"certgate/internal/issuance"
)

// The tags of our certificates. Names and meaning are published: other tools
// find certificates by them.
const (
	// TagHostname is the first hostname. It says whose the name in the vault is.
	TagHostname = "Hostname"
	// TagHostnames lists the hostnames, comma-separated, if there are several.
	// What does not fit into a tag is left out; the certificate has them all.
	TagHostnames = "Hostnames"
	// TagManagedBy is "certgate" on whatever we wrote.
	TagManagedBy = "ManagedBy"
	// TagImported is "true" on a version that somebody uploaded, so that renewal
	// does not replace it by one of ours.
	TagImported = issuance.TagImported
)

const (
	managedBy = "certgate"
	// longestTagValue in characters, a limit of Azure tags.
	longestTagValue = issuance.LongestTag
	// mostTags of one object, a limit of Key Vault.
	mostTags = 15
)

// ofOneVersion are those of ours that say nothing of the next version.
var ofOneVersion = []string{TagHostnames, TagImported, issuance.TagDirectory, issuance.TagProfile, issuance.TagOptions}

// tagsFor is the whole tag map of a new version. The service does not promise
// to merge tags or to inherit them, so those of the current version, which may
// be somebody's cost centre, are written again, but for those by which another tool
// would take the version for its own. leftOut are the names of those for which there
// was no room.
func (v *Vault) tagsFor(r issuance.CertificateRequest, current map[string]string, imported bool) (tags map[string]*string, leftOut []string) {
	ours := map[string]string{TagHostname: r.Hostnames[0], TagManagedBy: managedBy}
	if len(r.Hostnames) > 1 {
		ours[TagHostnames] = joinWithin(longestTagValue, r.Hostnames)
	}
	if imported {
		ours[TagImported] = "true"
	}
	for name, value := range map[string]string{issuance.TagDirectory: r.Source.Directory, issuance.TagProfile: r.Source.Profile, issuance.TagOptions: issuance.OptionsInTag(v.install, r.Options)} {
		if value != "" && len(value) <= longestTagValue {
			ours[name] = value
		}
	}
	others, managers := maps.Clone(current), inventory.ManagerTags(current)
	maps.DeleteFunc(others, func(name, _ string) bool {
		return slices.Contains(ofOneVersion, name) || slices.Contains(managers, name)
	})
	return withRoom(ours, others)
}

// withRoom puts our tags and as many others into one map as an object may have,
// ours first, the others by their names.
func withRoom(ours, others map[string]string) (tags map[string]*string, leftOut []string) {
	all := maps.Clone(ours)
	for _, name := range slices.Sorted(maps.Keys(others)) {
		if _, set := ours[name]; set {
			continue
		}
		if len(all) == mostTags {
			leftOut = append(leftOut, name)
			continue
		}
		all[name] = others[name]
	}
	return pointers(all), leftOut
}

// joinWithin joins as many whole names as fit into limit.
func joinWithin(limit int, names []string) string {
	joined := names[0]
	for _, name := range names[1:] {
		if len(joined)+1+len(name) > limit {
			break
		}
		joined += "," + name
	}
	return joined
}

// ownedBy reports whether a certificate with these tags may get a new version
// for r: it is for the same first hostname, and no hostname that it is known to
// have would be lost without r saying so. The tags decide and not the certificate, because some CAs
// add names that nobody asked for.
func ownedBy(tags map[string]string, r issuance.CertificateRequest) bool {
	if !strings.EqualFold(tags[TagHostname], r.Hostnames[0]) {
		return false
	}
	if tags[TagHostnames] == "" || r.Exact {
		return true
	}
	for _, name := range strings.Split(tags[TagHostnames], ",") {
		if !slices.ContainsFunc(r.Hostnames, func(h string) bool { return strings.EqualFold(h, strings.TrimSpace(name)) }) {
			return false
		}
	}
	return true
}

func pointers(tags map[string]string) map[string]*string {
	out := make(map[string]*string, len(tags))
	for k, v := range tags {
		out[k] = &v
	}
	return out
}

func values(tags map[string]*string) map[string]string {
	if len(tags) == 0 {
		return nil
	}
	out := make(map[string]string, len(tags))
	for k, v := range tags {
		if v != nil {
			out[k] = *v
		}
	}
	return out
}
