package inventory

import "strings"

// acmebotsTags are what acmebot's releases write on a certificate beside the sign that
// it is theirs. Alone they are somebody's ordinary tags.
var acmebotsTags = []string{"Endpoint", "DnsProvider", "DnsAlias"}

// ManagerTags names the tags by which another tool knows a certificate for its own. On
// a version of certgate's they would have it renewed twice: acmebot goes by the tags of
// the newest version and nothing else, and by the older ones where the newer is gone.
func ManagerTags(tags map[string]string) (names []string) {
	_, acmebot := tags["Acmebot"]
	if acmebot {
		names = append(names, "Acmebot")
	}
	if strings.EqualFold(tags["Issuer"], "Acmebot") {
		acmebot, names = true, append(names, "Issuer")
	}
	for _, name := range acmebotsTags {
		if _, there := tags[name]; there && acmebot {
			names = append(names, name)
		}
	}
	if strings.EqualFold(tags["managed-by"], "external-secrets") {
		names = append(names, "managed-by")
	}
	return names
}
