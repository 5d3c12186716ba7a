package issuers

import "context"

// Choice is an issuer as a certificate can choose it.
type Choice struct {
	Name      string
	Preferred bool   // orders go to it without being told to
	Directory string // as configured
	Profile   string // that orders ask for without a word, "" for none
}

// Choices are all issuers, in order. Nobody is asked.
func (i *Issuers) Choices() (all []Choice) {
	for _, m := range i.members {
		source := m.CA.Source()
		all = append(all, Choice{Name: m.Name, Preferred: m.Preferred, Directory: source.Directory, Profile: source.Profile})
	}
	return all
}

// Profiles are those that an issuer offers, by what is known of its directory.
func (i *Issuers) Profiles(ctx context.Context, issuer string) ([]string, error) {
	m, err := i.member(issuer)
	if err != nil {
		return nil, err
	}
	return m.CA.Profiles(ctx)
}
