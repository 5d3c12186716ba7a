package settings

import (
	"errors"
	"fmt"
	"slices"
	"strings"
)

// SiteRole gives a role of certgate to whoever has a claim: the object id of an
// Entra group, or the value of an app role.
type SiteRole struct {
	Value string
	Role  string // reader, operator or admin
}

// siteRoles reads value=role, a comma list.
func siteRoles(v string) (list []SiteRole, err error) {
	for entry := range strings.SplitSeq(v, ",") {
		if strings.TrimSpace(entry) == "" {
			continue
		}
		value, role, ok := strings.Cut(entry, "=")
		value, role = strings.TrimSpace(value), strings.ToLower(strings.TrimSpace(role))
		switch {
		case !ok || value == "":
			return nil, fmt.Errorf("has the entry %q, which is not value=role", strings.TrimSpace(entry))
		case !slices.Contains([]string{"reader", "operator", "admin"}, role):
			return nil, fmt.Errorf("gives %q the role %q, which is none of reader, operator, admin", value, role)
		case slices.ContainsFunc(list, func(r SiteRole) bool { return strings.EqualFold(r.Value, value) }):
			return nil, fmt.Errorf("lists %q twice", value)
		}
		list = append(list, SiteRole{Value: value, Role: role})
	}
	if len(list) == 0 {
		return nil, errors.New("names no group and no app role")
	}
	return list, nil
}
