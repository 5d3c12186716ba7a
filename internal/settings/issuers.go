package settings

import (
	"cmp"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Issuer is a certificate authority and the account with it.
type Issuer struct {
	Name           string // DefaultIssuer for the one of the Acme settings
	Preferred      bool   // it is in the order of preference
	Endpoint       string // https
	AccountEmail   string
	Profile        string
	PreferredChain string   // common name of the issuer at the chain's end; "" for the authority's choice
	CAADomains     []string // as CAA records name it; none for what the authority says
	EABKeyID       string   // with one of the two that follow, or none of the three
	EABHMACKey     Secret   // base64, as the authority handed it out
	EABSecret      string   // name of the vault's secret that holds that key
}

// DefaultIssuer is the name of the issuer whose settings begin with Acme.
const DefaultIssuer = "default"

const issuerFamily = "Issuer"

// setting is the name of one of the issuer's settings.
func (i Issuer) setting(member string) string {
	if i.Name == DefaultIssuer {
		return "Acme" + member
	}
	return issuerFamily + "__" + i.Name + "__" + member
}

// issuer is the issuer of a name; it is made if it is new.
func (s *Settings) issuer(name string) *Issuer {
	i := slices.IndexFunc(s.Issuers, func(i Issuer) bool { return i.Name == name })
	if i < 0 {
		i, s.Issuers = len(s.Issuers), append(s.Issuers, Issuer{Name: name})
	}
	return &s.Issuers[i]
}

func issuerSettings() []Setting {
	all := []Setting{{Name: "Issuers", Example: "letsencrypt,zerossl",
		Meaning: "issuers to order from, the first one first, a comma list of the names in the settings below; `default` is the one of the `Acme…` settings; without it that one or, if it is the only one, the other",
		read:    into(func(s *Settings) *[]string { return &s.issuerOrder }, memberNames)},
		{Name: "IssuerPatienceMinutes", Default: "30", Example: "30",
			Meaning: "minutes for which an issuer may be out of order before an order goes over to the next one in `Issuers`; 0 for none", read: into(func(s *Settings) *time.Duration { return &s.IssuerPatience }, minutes)}}
	for _, of := range []string{"", issuerFamily} {
		all = append(all,
			issuerSetting(of, "Endpoint", Setting{Example: "https://acme-v02.api.letsencrypt.org/directory", Meaning: "directory URL of the certificate authority"},
				func(i *Issuer) *string { return &i.Endpoint }, httpsURL),
			issuerSetting(of, "AccountEmail", Setting{Example: "platform@example.com", Meaning: "contact of the ACME account"},
				func(i *Issuer) *string { return &i.AccountEmail }, email),
			issuerSetting(of, "Profile", Setting{Example: "tlsserver", Meaning: "certificate profile to ask for, one that the authority offers; without it the authority chooses"},
				func(i *Issuer) *string { return &i.Profile }, profile),
			issuerSetting(of, "PreferredChain", Setting{Example: "ISRG Root X1", Meaning: "of several chains that the authority offers the one that ends at this issuer, by its common name; without it, or if there is none, the authority's first"},
				func(i *Issuer) *string { return &i.PreferredChain }, commonName),
			issuerSetting(of, "CaaDomains", Setting{Example: "letsencrypt.org", Meaning: "how CAA records name the authority, a comma list; without it what its directory says"},
				func(i *Issuer) *[]string { return &i.CAADomains }, domains),
			issuerSetting(of, "EabKeyId", Setting{Example: "kid-1", Meaning: "external account binding: the key id that the authority handed out, together with `…EabHmacKey` or `…EabSecret`"},
				func(i *Issuer) *string { return &i.EABKeyID }, anyText),
			issuerSetting(of, "EabHmacKey", Setting{Secret: true, Example: "bWFrZS1iZWxpZXZlLWhtYWMta2V5LTAxMjM0NTY3ODk", Meaning: "external account binding: the base64 HMAC key of that id"},
				func(i *Issuer) *Secret { return &i.EABHMACKey }, hmacKey),
			issuerSetting(of, "EabSecret", Setting{Example: "certgate-eab-zerossl", Meaning: "external account binding: name of the secret in `KeyVaultBaseUrl` that holds that key, in place of it"},
				func(i *Issuer) *string { return &i.EABSecret }, secretName),
		)
	}
	return all
}

// issuerSetting is one of the default issuer's settings, or one of the family.
func issuerSetting[V any](family, member string, t Setting, place func(*Issuer) *V, parse func(string) (V, error)) Setting {
	if family == "" {
		t.Name, t.read = "Acme"+member, into(func(s *Settings) *V { return place(s.issuer(DefaultIssuer)) }, parse)
		if member == "Endpoint" {
			t.Required, t.Unless = true, issuerFamily
			t.Meaning += "; not if there is an `Issuer__<name>__Endpoint`"
		}
		return t
	}
	t.Name, t.OfEach, t.readOf = family+anyName+member, member == "Endpoint", ofMember((*Settings).issuer, place, parse)
	t.Meaning = "as `Acme" + member + "`, of the issuer of that name"
	return t
}

// finishIssuers puts the issuers into order, and finds what does not go together.
func (s *Settings) finishIssuers(values map[string]string) (faults Faults) {
	for _, i := range s.Issuers {
		faults = append(faults, i.complete(values)...)
	}
	family := members(issuerFamily, values)
	if slices.Contains(family, DefaultIssuer) {
		faults = append(faults, Fault{Setting: issuerFamily + "__" + DefaultIssuer + "__…", Problem: "has a name that is taken: the issuer default has the settings that begin with Acme", Fix: "Choose another name, such as \"letsencrypt\"."})
	}
	order, known := s.issuerOrder, s.names()
	s.issuerOrder = nil
	switch {
	case values["Issuers"] != "" && order == nil: // it has a fault of its own
	case len(order) > 0:
	case slices.Contains(known, DefaultIssuer):
		order = []string{DefaultIssuer}
	case len(known) == 1:
		order = known
	case len(known) > 1:
		faults = append(faults, Fault{Setting: "Issuers", Problem: "is missing, and there are several: " + strings.Join(known, ", "), Fix: fmt.Sprintf("Set it to the order in which they are asked, such as %q.", strings.Join(known, ","))})
	}
	for _, name := range order {
		if !slices.Contains(known, name) && (name != DefaultIssuer || values["AcmeEndpoint"] == "") && !slices.Contains(family, name) {
			faults = append(faults, Fault{Setting: "Issuers", Problem: fmt.Sprintf("names %q, which has no settings", name), Fix: fmt.Sprintf("Set %s, or take the name out.", Issuer{Name: name}.setting("Endpoint"))})
			continue
		}
		s.issuer(name).Preferred = true
	}
	place := func(i Issuer) int {
		if n := slices.Index(order, i.Name); n >= 0 {
			return n
		}
		return len(order)
	}
	slices.SortFunc(s.Issuers, func(a, b Issuer) int { return cmp.Or(place(a)-place(b), strings.Compare(a.Name, b.Name)) })
	for _, i := range s.Issuers {
		if !i.Preferred {
			s.Notes = append(s.Notes, "The issuer "+i.Name+" is not in Issuers, so nothing is ordered from it; it renews no certificate, and revokes those that it issued.")
		}
	}
	return faults
}

func (s *Settings) names() (names []string) {
	for _, i := range s.Issuers {
		names = append(names, i.Name)
	}
	slices.Sort(names)
	return names
}

// complete finds settings of an issuer that are of use only together.
func (i Issuer) complete(values map[string]string) (faults Faults) {
	given := func(member string) bool { return values[i.setting(member)] != "" }
	missing := func(member, because string) {
		t := All()[slices.IndexFunc(All(), func(t Setting) bool { return t.Name == "Acme"+member })]
		faults = append(faults, Fault{Setting: i.setting(member), Problem: "is missing, but " + i.setting(because) + " is set", Fix: fixWith(t.Example) + " Or remove " + i.setting(because) + "."})
	}
	for _, member := range []string{"AccountEmail", "Profile", "PreferredChain", "CaaDomains", "EabKeyId"} {
		if i.Name == DefaultIssuer && len(members(issuerFamily, values)) > 0 && given(member) && !given("Endpoint") {
			missing("Endpoint", member)
			break
		}
	}
	switch key, secret := given("EabHmacKey"), given("EabSecret"); {
	case key && secret:
		faults = append(faults, Fault{Setting: i.setting("EabSecret"), Problem: "is set, and " + i.setting("EabHmacKey") + " too", Fix: "Remove one of the two."})
	case given("EabKeyId") && !key && !secret:
		missing("EabHmacKey", "EabKeyId")
	case key && !given("EabKeyId"):
		missing("EabKeyId", "EabHmacKey")
	case secret && !given("EabKeyId"):
		missing("EabKeyId", "EabSecret")
	}
	return faults
}

var (
	domainForm     = regexp.MustCompile(`^[0-9a-z]([0-9a-z-]*[0-9a-z])?(\.[0-9a-z]([0-9a-z-]*[0-9a-z])?)+$`)
	secretNameForm = regexp.MustCompile(`^[0-9A-Za-z-]{1,127}$`)
	commonNameForm = regexp.MustCompile(`^[^\x00-\x1f\x7f]{1,200}$`)
)

// list reads a comma list of different items, at least one.
func list(v string, item func(string) error) (items []string, err error) {
	for part := range strings.SplitSeq(v, ",") {
		part = strings.TrimSpace(part)
		if part == "" {
			continue
		}
		if err := item(part); err != nil {
			return nil, err
		}
		if slices.Contains(items, part) {
			return nil, fmt.Errorf("lists %q twice", part)
		}
		items = append(items, part)
	}
	if len(items) == 0 {
		return nil, errors.New("lists nothing")
	}
	return items, nil
}

func memberNames(v string) ([]string, error) {
	return list(v, func(name string) error {
		if !memberName.MatchString(name) {
			return fmt.Errorf("lists %q, which is not 1 to 16 lower-case letters and digits, a letter first", name)
		}
		return nil
	})
}

func domains(v string) ([]string, error) {
	return list(strings.ToLower(v), func(domain string) error {
		if !domainForm.MatchString(domain) {
			return fmt.Errorf("lists %q, which is no domain", domain)
		}
		return nil
	})
}

func minutes(v string) (time.Duration, error) {
	n, err := strconv.Atoi(v)
	if err != nil || n < 0 || n > 1440 {
		return 0, errors.New("is not a number of minutes from 0 to 1440")
	}
	return time.Duration(n) * time.Minute, nil
}

func secretName(v string) (string, error) {
	return matching(secretNameForm, v, "is not the name of a secret (1 to 127 letters, digits and hyphens)")
}

func commonName(v string) (string, error) {
	return matching(commonNameForm, v, "is not a common name (up to 200 characters)")
}
