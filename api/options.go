package api

import (
	"context"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"certgate/internal/issuance"
	"certgate/internal/issuance/managed"
	"certgate/internal/issuers"
)

var chainForm = regexp.MustCompile(`^[^\x00-\x1f\x7f"\\]{1,64}$`)

// letsEncrypt is the end of its directories' hosts.
const letsEncrypt = "api.letsencrypt.org/directory"

// checkOptions folds options, and says what cannot be had: at the issuers that may be
// asked, in Key Vault, or on the gateway.
func (s *server) checkOptions(ctx context.Context, o *managed.Options) error {
	if err := checkKeyType(o); err != nil {
		return err
	}
	choices := s.choices(*o)
	switch {
	case o.Issuer != "" && len(choices) == 0:
		var names []string
		for _, choice := range s.choices(managed.Options{}) {
			names = append(names, choice.Name)
		}
		return notPossible(fmt.Sprintf("The settings have no issuer %s.", quoted(o.Issuer)), "Name one of GET /api/issuers ("+strings.Join(names, ", ")+" is asked without one), or leave the member issuer out.")
	case o.Profile != "" && !managed.IsProfile(o.Profile):
		return notPossible("The profile is not the name of a certificate profile.", "Name one that GET /api/issuers lists.")
	case o.PreferredChain != "" && !chainForm.MatchString(o.PreferredChain):
		return notPossible("The preferred chain is not the common name of an issuer (up to 64 characters).", `Send it as the certificate at the chain's end has it, such as "ISRG Root X1".`)
	case (o.Profile != "" || o.PreferredChain != "") && len(choices) > 1:
		return notPossible("A profile or a chain means something at one issuer only, and there are several that may be asked.", "Name the issuer too.")
	case (o.Profile != "" || o.PreferredChain != "") && o.Issuer == "" && len(choices) == 1:
		o.Issuer = choices[0].Name
	}
	for _, choice := range choices {
		if o.KeyType == managed.ECP521 && strings.HasSuffix(strings.TrimRight(strings.ToLower(choice.Directory), "/"), letsEncrypt) {
			return notPossible("Let's Encrypt, which is the issuer "+choice.Name+", signs no EC-P521 keys.", "Ask for EC-P384, or name another issuer.")
		}
	}
	if !issuance.OptionsFit(*o) {
		return notPossible("The profile and the preferred chain together are longer than Key Vault has room for in a tag.", "Use a shorter part of one of them, or leave one to the issuer's settings.")
	}
	return s.checkProfile(ctx, *o)
}

// checkKeyType writes the kind of key as it is published. Azure's names of kinds in an HSM
// are known, to say why they are of no use.
func checkKeyType(o *managed.Options) error {
	o.KeyType = strings.ToUpper(o.KeyType)
	switch {
	case o.KeyType == "" || slices.Contains(managed.KeyTypes(), o.KeyType):
		return nil
	case strings.Contains(o.KeyType, "HSM"):
		return notPossible("A key in an HSM never leaves Key Vault, and Application Gateway reads the key from there.", "Ask for "+strings.Join(managed.KeyTypes(), ", ")+".")
	}
	return notPossible(fmt.Sprintf("The key type %s is none that Key Vault and Application Gateway both have.", quoted(o.KeyType)), "Ask for "+strings.Join(managed.KeyTypes(), ", ")+".")
}

// checkProfile asks the issuer, if a profile is wanted. One that does not answer now is
// asked again before the order.
func (s *server) checkProfile(ctx context.Context, o managed.Options) error {
	if o.Profile == "" || s.issuers == nil {
		return nil
	}
	switch offered, err := s.issuers.Profiles(ctx, o.Issuer); {
	case err != nil:
		s.log.InfoContext(ctx, "taking a profile that could not be looked up", "issuer", o.Issuer, "profile", o.Profile, "error", err)
		return nil
	case slices.Contains(offered, o.Profile):
		return nil
	case len(offered) == 0:
		return notPossible("The issuer "+o.Issuer+" offers no certificate profiles.", "Leave the member profile out.")
	default:
		return notPossible(fmt.Sprintf("The issuer %s has no certificate profile %s.", o.Issuer, quoted(o.Profile)), "Name one of "+strings.Join(offered, ", ")+".")
	}
}

// choices are the issuers that may be asked for a certificate with these options.
func (s *server) choices(o managed.Options) []issuers.Choice {
	if s.issuers == nil {
		return nil
	}
	return slices.DeleteFunc(s.issuers.Choices(), func(c issuers.Choice) bool {
		return o.Issuer == "" && !c.Preferred || o.Issuer != "" && c.Name != o.Issuer
	})
}

func notPossible(detail, fix string) error { return problem(CodeOptionsNotValid, detail, fix) }
