package manifest

import (
	"crypto/sha256"
	"encoding/hex"
	"net/url"
	"strings"
)

// Wanted is the certificate that a manifest is for.
type Wanted struct {
	Certificate string   // name in the vault
	Hostnames   []string // those that the target serves
	VaultURL    string   // https, without a trailing slash
	TenantID    string   // of the vault; "" if it is not known
	// RootFirst: the chain goes into the vault with the root first (CertificateChainOrder).
	RootFirst bool
	Imported  bool // it was uploaded, in whatever order
	// FilesURL is where the validation files of HTTP-01 are, without a trailing slash.
	FilesURL string
}

// vaultName is the first label of the vault's host.
func (w Wanted) vaultName() string {
	u, err := url.Parse(w.VaultURL)
	if err != nil {
		return ""
	}
	name, _, _ := strings.Cut(u.Hostname(), ".")
	return name
}

// longestName leaves room for what is put behind it, in a label's 63 characters.
const longestName = 50

// object is the name of the certificate's objects in the cluster.
func (w Wanted) object() string {
	name := strings.ToLower(w.Certificate)
	if len(name) <= longestName {
		return name
	}
	sum := sha256.Sum256([]byte(name))
	return strings.TrimRight(name[:longestName-9], "-") + "-" + hex.EncodeToString(sum[:4])
}

// Options say how the cluster brings a certificate to its clients.
type Options struct {
	From      string // how it leaves the vault: CSI, Akv2k8s or AppRouting
	Entry     string // what serves it: Ingress or Gateway
	Namespace string
	Class     string // of the Ingress or the Gateway
	Service   string // where requests go
	Port      int    // of that service
	// Secret is the Secret that the certificate gets into; "" for the certificate's name.
	Secret string
	// ClientID is that of the identity that reads the vault: with Workload, by federation
	// with a service account, else as the nodes' own identity.
	ClientID string
	Workload bool
}

// The ways out of the vault.
const (
	CSI        = "csi"         // Secrets Store CSI driver with the Azure provider
	Akv2k8s    = "akv2k8s"     // its controller
	AppRouting = "app-routing" // the add-on of AKS
)

// What serves.
const (
	Ingress = "ingress"
	Gateway = "gateway" // Gateway API
)

// AppRoutingClass is the class of the Ingresses that the add-on serves.
const AppRoutingClass = "webapprouting.kubernetes.azure.com"
