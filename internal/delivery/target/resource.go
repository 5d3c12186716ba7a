package target

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"regexp"
	"strings"

	"github.com/tidwall/gjson"
)

// Resource is what a service of Azure keeps of a certificate: one resource for each, whose
// id stays, so that whatever refers to it need not change.
type Resource struct {
	// Parent is the id that the resource's name is put behind, with its collection.
	Parent     string
	APIVersion string
	// Body is what is to be put.
	Body func(p Pushed) any
	// Stands says by what the service tells of the resource how far it is.
	Stands func(told []byte, p Pushed) Standing
	// Actions are what the app's identity needs on Scope; Role is a built-in one that has
	// them.
	Scope   string
	Actions []string
	Role    string
	// NeedsVaultID: the service wants the vault's resource id.
	NeedsVaultID bool
	// VaultBeside: the vault must be in the subscription of the resource.
	VaultBeside bool
	// MostPuts is how often it is put for a version that does not come to stand; 0 is the
	// usual number. It is 1 where the service fetches versions by itself.
	MostPuts int
}

// Pushed is a version of a certificate on its way to a service.
type Pushed struct {
	Certificate string // name in the vault
	Version     string
	Thumbprint  string // SHA-1, hexadecimal
	VaultURL    string // https, without a trailing slash
	VaultID     string // its resource id; "" if it is not known
}

// Standing is how a resource stands.
type Standing struct {
	Done bool // it has this very version
	Busy bool // the service is at it
	// Fault is why it has not: a sentence with what to do; "" if only another version is
	// there.
	Fault string
}

// ID is the resource's id for a certificate.
func (r Resource) ID(certificate string) string { return r.Parent + "/" + resourceName(certificate) }

// longestName is what all the services take.
const longestName = 60

func resourceName(certificate string) string {
	name := strings.ToLower(certificate)
	if len(name) <= longestName {
		return name
	}
	sum := sha256.Sum256([]byte(name))
	return strings.TrimRight(name[:longestName-9], "-") + "-" + hex.EncodeToString(sum[:4])
}

// idForm is the id of a resource of a type, such as Microsoft.Web/serverfarms. Letter case
// does not matter.
func idForm(kind string) *regexp.Regexp {
	return regexp.MustCompile(`(?i)^/subscriptions/[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}/resourceGroups/[\p{L}\p{Nd}_.()-]+/providers/` + regexp.QuoteMeta(kind) + `/[0-9A-Za-z._-]{1,80}$`)
}

var locationForm = regexp.MustCompile(`^[A-Za-z0-9 ]{2,40}$`)

// byThumbprint judges a resource that tells the thumbprint of what it has read.
func byThumbprint(told []byte, p Pushed) Standing {
	state := gjson.GetBytes(told, "properties.provisioningState").String()
	switch {
	case strings.EqualFold(gjson.GetBytes(told, "properties.thumbprint").String(), p.Thumbprint):
		return Standing{Done: true}
	case busy(state):
		return Standing{Busy: true}
	}
	return Standing{}
}

// busy reports whether a provisioning state is no end.
func busy(state string) bool {
	for _, end := range []string{"", "Succeeded", "Failed", "Canceled", "DeleteFailed"} {
		if strings.EqualFold(state, end) {
			return false
		}
	}
	return true
}

// wrongID says what an option has to be.
func wrongID(member, value, kind string) string {
	return fmt.Sprintf("has the %s %q, which is not the id of one (/subscriptions/…/resourceGroups/…/providers/%s/…)", member, value, kind)
}
