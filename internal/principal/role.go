package principal

import "strings"

// Role is what a caller may do; each includes the ones before it. The names are
// published: they stand in Static Web Apps invitations and Entra app roles.
type Role string

const (
	None     Role = ""
	Reader   Role = "reader"   // look
	Operator Role = "operator" // issue, import, renew
	Admin    Role = "admin"    // revoke, delete, terminate, purge
)

// Roles lists the roles from the least to the highest.
func Roles() []Role { return []Role{Reader, Operator, Admin} }

// Includes reports whether r allows all that needed allows. A Role that is not
// one of the list counts as None, on either side.
func (r Role) Includes(needed Role) bool { return r.rank() >= needed.rank() }

func (r Role) rank() int {
	for i, known := range Roles() {
		if r == known {
			return i + 1
		}
	}
	return 0
}

// ParseRole finds the role of a name, whatever its case; None if it is not one
// of ours, such as "authenticated".
func ParseRole(name string) Role {
	role := Role(strings.ToLower(strings.TrimSpace(name)))
	if role.rank() == 0 {
		return None
	}
	return role
}

// highest is the highest role that is named; None if there is none.
func highest(names []string) Role {
	best := None
	for _, name := range names {
		if role := ParseRole(name); role.Includes(best) {
			best = role
		}
	}
	return best
}
