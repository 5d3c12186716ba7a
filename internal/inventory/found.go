// Package inventory knows what is on the gateway, whoever made it: which certificate
// each listener has, who renews it, what clients are served, and whether a renewal
// will reach them. It does no I/O: others read the gateway, the vaults and TLS, and
// this package judges.
//
// A row is one thing on the gateway that has a certificate. Its state is the first of
// States that applies; the sentence and the fix say why, and what to do.
package inventory

// Kind is what a row is about. The words are stored and published.
type Kind string

const (
	KindListener  Kind = "listener"
	KindEntry     Kind = "entry"     // a certificate entry that no listener uses
	KindClientCA  Kind = "clientCa"  // who may sign the certificates of clients
	KindBackendCA Kind = "backendCa" // who may sign, or what is, the backend's certificate
)

// Kinds lists them.
func Kinds() []Kind { return []Kind{KindListener, KindEntry, KindClientCA, KindBackendCA} }

// Source is where the gateway has a certificate from. The words are stored and
// published.
type Source string

const (
	SourceKeyVault   Source = "keyVault"
	SourceUploaded   Source = "uploaded"
	SourceSecretOnly Source = "secretOnly" // a secret in Key Vault that is no certificate there
	SourceHSM        Source = "hsm"
	SourceNone       Source = "none" // the document does not say
)

// Found is a thing with a certificate as the gateway's document has it.
type Found struct {
	Kind       Kind
	Name       string
	Collection string // such as "httpListeners"
	Hostnames  []string
	Port       int
	Public     bool
	// PublicIP is the resource id of the address of its frontend.
	PublicIP string
	// NoRule: no rule leads from the listener, so it serves nothing.
	NoRule bool
	Entry  string
	// SharedWith are the other listeners with the same entry.
	SharedWith []string
	SecretID   string // as written
	// PublicData is what the document shows of the certificate, in base64.
	PublicData []string
	HSM        bool
}

// Gateway is everything with a certificate on one gateway.
type Gateway struct {
	Found []Found
	// Identity: the gateway has an identity to read vaults with.
	Identity bool
	// Ingress: AGIC owns the gateway, and writes over what others change.
	Ingress bool
}
