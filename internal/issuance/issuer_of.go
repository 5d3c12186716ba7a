package issuance

// IssuerOf names the issuer at which source is, as records keep it: by its directory, and
// by the profile if several issuers are at that one. "" is the default issuer, and what
// none of the settings is.
func IssuerOf(authorities Authorities, source Source) string {
	found, ok := "", false
	for _, name := range authorities.Names() {
		a, err := authorities.Issuer(name)
		if err != nil || source.Directory == "" {
			continue
		}
		switch own := a.Source(); {
		case own == source:
			return stored(name)
		case own.Directory == source.Directory && !ok:
			found, ok = stored(name), true
		}
	}
	return found
}
