// Package settings reads the app's settings from the environment into one
// validated struct, or says everything that is wrong with them at once: a deploy
// should fail on its settings one time, not once per setting.
//
// All describes every setting; the README's table and the sample file are checked
// against it. No fault ever repeats the value of a secret.
package settings

import (
	"log/slog"
	"time"

	"certgate/internal/delivery/target"
)

// Settings are the app's settings, all valid.
type Settings struct {
	// Issuers are the certificate authorities: those to order from first, in the order
	// of preference. IssuerPatience is how long one may be out of order.
	Issuers        []Issuer
	IssuerPatience time.Duration
	Cloud          string // PublicCloud, GovernmentCloud or ChinaCloud
	TenantID       string // GUID; "" if not given
	SubscriptionID string // GUID
	Gateway        Gateway
	MoreGateways   []Gateway // by name; see Gateways
	// BlobContainerURL is the public container of validation files, without a
	// trailing slash; a secret because it may carry a SAS.
	BlobContainerURL Secret
	// WebsiteURL is where the gateway reads them if the container is that of a static
	// website: https, without a trailing slash; "" for the container itself.
	WebsiteURL    string
	KeyVaultURL   string          // https, without a trailing slash
	KeyVaultID    string          // its resource id; "" if not given
	KeyType       string          // RSA-2048, RSA-3072, RSA-4096, EC-P256 or EC-P384
	ChainOrder    string          // leaf-first or root-first
	DNSServers    []string        // host:port; none means public ones in Azure, else the system's
	Targets       []target.Target // what serves certificates beside the gateway
	DNS           DNS
	Storage       Storage
	SignIn        SignIn
	PublicURL     string // of /api as callers reach it: https, host alone; "" if not given
	Notifications Notifications
	Telemetry     Telemetry
	WebPubSub     WebPubSub
	EventStreams  int    // that a process holds at once; 0 for none
	ClientID      string // of the user-assigned identity; "" for the system-assigned one
	Port          int    // to listen on, on 127.0.0.1
	LogLevel      slog.Level
	// HistoryRetentionDays is how long an ended instance is kept, 1 to 3650.
	HistoryRetentionDays int
	// InAzure: the platform runs this process.
	InAzure bool
	// SiteName is the name of the app in Azure; "" elsewhere.
	SiteName string
	// Notes are sentences about settings that are valid but worth a line in the
	// log at start.
	Notes []string

	issuerOrder []string // as set; only while the settings are read
}

// SignIn says whom the API believes. Its zero value believes nobody.
type SignIn struct {
	// ClientPrincipal: x-ms-client-principal is believed, because the platform
	// sets it or because the local switch says so.
	ClientPrincipal  bool
	Issuer, Audience string // of bearer tokens; both or none of the two
	RolesClaim       string
	// RequiredClaim is "name=value"; "" for none. RequiredClaimRole is the role of
	// a token that has it and names no role: reader, operator, admin or "".
	RequiredClaim     string
	RequiredClaimRole string
	// SiteRoles are how POST /api/GetRoles decides; none turns it off.
	SiteRoles []SiteRole
}

// Gateway is the Application Gateway and the parts of it that new rules use.
type Gateway struct {
	Member              string // its name in the settings; "" of the default one, but for Gateways
	SubscriptionID      string
	ResourceGroup       string
	Name                string
	BackendSettingsName string
	BackendPoolName     string
	HTTPPort, HTTPSPort int // where its listeners are really reached
	ManageHTTPListener  bool
}

// Storage is the storage account of the engine's table and queue, which is the
// Functions host's own.
type Storage struct {
	// ConnectionString is what the SDKs take, the emulator's shorthand written
	// out; "" if the identity is used.
	ConnectionString Secret
	AccountName      string // "" if only the endpoints are known
	AccountKey       Secret // "" unless the connection string has one
	// The endpoints have no trailing slash. BlobURL or the others can be "" with
	// a connection string that names single endpoints.
	BlobURL, QueueURL, TableURL string
	// ClientID is the user-assigned identity for storage, ClientID of Settings if
	// storage has none of its own; "" for the system-assigned one.
	ClientID string
}
