package settings

import (
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
)

// anyName stands in the middle of a family's settings: Issuer__<name>__Endpoint is
// one setting for each name that somebody gives, so that each secret can be a Key
// Vault reference of its own.
const anyName = "__<name>__"

// memberName is short and plain: Linux settings allow no dash, and names of others,
// such as a secret's in Key Vault, are made of it.
var memberName = regexp.MustCompile(`^[a-z][a-z0-9]{0,15}$`)

// family is the first part of a setting's name, ok only if it is one of a family.
func (t Setting) family() (prefix string, ok bool) {
	prefix, _, ok = strings.Cut(t.Name, anyName)
	return prefix, ok
}

// of is the setting of one member.
func (t Setting) of(name string) Setting {
	t.Name = strings.Replace(t.Name, anyName, "__"+name+"__", 1)
	if t.readOf != nil {
		t.read = func(s *Settings, value string) error { return t.readOf(s, name, value) }
	}
	return t
}

// ofMember is into for a setting of a family: named finds the member of a name, and
// makes it if it is new.
func ofMember[T, V any](named func(s *Settings, name string) *T, place func(*T) *V, parse func(string) (V, error)) func(*Settings, string, string) error {
	return func(s *Settings, name, value string) error {
		parsed, err := parse(value)
		if err != nil {
			return err
		}
		*place(named(s, name)) = parsed
		return nil
	}
}

// members are the names that a family's settings have in their middle, sorted.
func members(prefix string, values map[string]string) []string {
	found := map[string]bool{}
	for setting, value := range values {
		if name, _, ok := strings.Cut(strings.TrimPrefix(setting, prefix+"__"), "__"); ok && value != "" && strings.HasPrefix(setting, prefix+"__") {
			found[name] = true
		}
	}
	return slices.Sorted(maps.Keys(found))
}

// readFamilies reads the settings of every family among all, and finds what is
// wrong with each member.
func (s *Settings) readFamilies(all []Setting, values map[string]string) (faults Faults) {
	families := map[string][]Setting{}
	for _, t := range all {
		if prefix, ok := t.family(); ok {
			families[prefix] = append(families[prefix], t)
		}
	}
	for _, prefix := range slices.Sorted(maps.Keys(families)) {
		for _, name := range members(prefix, values) {
			if !memberName.MatchString(name) {
				faults = append(faults, Fault{Setting: prefix + "__" + name + "__…", Problem: "has a name in its middle that is not 1 to 16 lower-case letters and digits, a letter first",
					Fix: fmt.Sprintf("Call it %s, for example.", families[prefix][0].of("second").Name)})
				continue
			}
			faults = append(faults, s.readMember(families[prefix], name, values)...)
		}
		faults = append(faults, strangers(prefix, families[prefix], values)...)
	}
	return faults
}

func (s *Settings) readMember(family []Setting, name string, values map[string]string) (faults Faults) {
	for _, t := range family {
		t = t.of(name)
		switch value := values[t.Name]; {
		case value != "":
			if fault, bad := t.apply(s, value); bad {
				faults = append(faults, fault)
			}
		case t.OfEach:
			faults = append(faults, missing(t, values))
		case t.Default != "":
			t.apply(s, t.Default)
		}
	}
	return faults
}

// strangers are settings that look like a family's and that nothing reads: a
// misspelt one would be left out in silence.
func strangers(prefix string, family []Setting, values map[string]string) (faults Faults) {
	for _, setting := range slices.Sorted(maps.Keys(values)) {
		parts := strings.SplitN(setting, "__", 3)
		if values[setting] == "" || len(parts) != 3 || !strings.EqualFold(parts[0], prefix) {
			continue
		}
		var last []string
		right := ""
		for _, t := range family {
			own := t.of(parts[1]).Name
			if strings.EqualFold(own, setting) {
				right = own
			}
			last = append(last, own[strings.LastIndex(own, "__")+2:])
		}
		switch {
		case right == setting:
		case right != "":
			faults = append(faults, Fault{Setting: setting, Problem: "is written in another case than " + right, Fix: "Rename it: names are case-sensitive on Linux."})
		case parts[0] == prefix:
			faults = append(faults, Fault{Setting: setting, Problem: "is no setting of certgate", Fix: fmt.Sprintf("After %s__%s__ stands one of %s.", prefix, parts[1], strings.Join(last, ", "))})
		}
	}
	return faults
}
