package localstack

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"strconv"
	"strings"
	"time"

	"certgate/localstack/armshelf"
	"certgate/localstack/armsim"
	"certgate/localstack/gatewaysim"
	"certgate/localstack/identitysim"
	"certgate/localstack/pubsubsim"
	"certgate/localstack/vaultsim"
)

// The names of the resources that the stack begins with.
const (
	subscription  = "11111111-2222-3333-4444-555555555555"
	tenant        = "66666666-7777-8888-9999-000000000000"
	resourceGroup = "certgate-local"
	gatewayName   = "gateway"
	appPool       = "app"
	appSettings   = "app-settings"
	vaultHost     = "certgate-local.vault.azure.net"
	blobHost      = "certgatelocal.blob.core.windows.net"
	pubsubHost    = "certgate-local.webpubsub.azure.com"
	acmeHost      = "acme.certgate.test"
	secondHost    = "second.certgate.test"
)

// VaultHost is the vault's host, as in secret ids.
const VaultHost = vaultHost

// PubSubEndpoint is the Web PubSub service, for the setting WebPubSubEndpoint.
const PubSubEndpoint = "https://" + pubsubHost

// VaultID is the vault's resource id.
const VaultID = "/subscriptions/" + subscription + "/resourceGroups/" + resourceGroup + "/providers/Microsoft.KeyVault/vaults/certgate-local"

// LockedAddress is where a gateway is reached that lets in its front alone.
const LockedAddress = "127.0.0.8"

// WebGroup is a resource group for what serves certificates beside the gateway.
const WebGroup = "/subscriptions/" + subscription + "/resourceGroups/web"

// GatewayID is the gateway's resource id.
const GatewayID = "/subscriptions/" + subscription + "/resourceGroups/" + resourceGroup + "/providers/Microsoft.Network/applicationGateways/" + gatewayName

// gatewayMember is the name of the nth gateway, from 0: its resource's and, of all but the
// first, that in the app's settings.
func gatewayMember(n int) string {
	if n == 0 {
		return gatewayName
	}
	return gatewayName + strconv.Itoa(n+1)
}

// GatewayName is the name of the nth gateway in the app's settings, from 0.
func GatewayName(n int) string {
	if n == 0 {
		return "default"
	}
	return gatewayMember(n)
}

// PutsOf counts the accepted PUTs of the nth gateway, from 0.
func (s *Stack) PutsOf(n int) (puts int) {
	for _, e := range s.ARM.Log() {
		if e.Operation != "" && strings.EqualFold(e.Gateway, GatewayIDOf(n)) {
			puts++
		}
	}
	return puts
}

// GatewayIDOf is the resource id of the nth gateway, from 0.
func GatewayIDOf(n int) string { return strings.TrimSuffix(GatewayID, gatewayName) + gatewayMember(n) }

// GatewayAddress is the public address of the nth gateway, from 0. Those after the first
// are beyond the addresses of the hosts.
func GatewayAddress(n int) string {
	if n == 0 {
		return "127.0.0.1"
	}
	return "127.0.1." + strconv.Itoa(n+1)
}

func (s *Stack) startSimulators(tokens *identitysim.Server) error {
	// A week, as in most vaults by now: what it says of recovery is not the default.
	s.Vault = vaultsim.New(vaultsim.Options{Tokens: tokens, Retention: 7 * 24 * time.Hour, Deny: func(method, path string) (vaultsim.Refusal, bool) {
		if deny := s.vaultDeny.Load(); deny != nil && *deny != nil {
			return (*deny)(method, path)
		}
		return vaultsim.Refusal{}, false
	}})
	s.ARM = armsim.New(armsim.Options{Subscription: subscription, Tokens: tokens, Secrets: s.Vault, UpdateTakes: s.options.UpdateTakes, RetryAfter: s.options.UpdatePoll, IgnoreIfMatch: s.options.IgnoreIfMatch})
	s.onClose(s.ARM.Close)
	s.PubSub = pubsubsim.New(pubsubsim.Options{Tokens: tokens, Host: pubsubHost})
	s.addZones()
	s.Shelf = armshelf.New(armshelf.Options{Tokens: tokens, Secrets: s.Vault, Polls: 1})
	if s.options.Keep {
		if err := s.Vault.Load(s.path("data/vault.json")); err != nil {
			return err
		}
		if err := s.ARM.Load(s.path("data/gateway.json")); err != nil {
			return err
		}
	}
	app, err := s.serve("app", http.HandlerFunc(hello))
	if err != nil {
		return err
	}
	serving := map[string]*gatewaysim.Gateway{} // by id
	for n := range max(1, s.options.Gateways) {
		if err := s.addGateway(n); err != nil {
			return err
		}
		gateway := s.newGateway(n, app)
		s.onClose(func() { gateway.Close() })
		if serving[GatewayIDOf(n)] = gateway; n == 0 {
			s.Gateway = gateway
		} else {
			s.Further = append(s.Further, gateway)
		}
	}
	s.onClose(s.ARM.Subscribe(func(change armsim.Change) {
		gateway := serving[change.GatewayID]
		if gateway == nil {
			return // a kept one that this stack has not
		}
		if err := gateway.Apply(change.Document, change.Running); err != nil {
			s.log.Error("gateway", "error", err)
		}
	}))
	return nil
}

// newGateway makes what serves a gateway's document.
func (s *Stack) newGateway(n int, app string) *gatewaysim.Gateway {
	bind := GatewayAddress(n)
	if s.options.GatewayLocked {
		bind = LockedAddress
	}
	return gatewaysim.New(gatewaysim.Options{
		Bind: bind, Secrets: s.Vault, SecretPoll: s.options.SecretPoll, BackendStartup: s.options.BackendStartup,
		Backends: map[string]string{
			"app.internal": app,
			blobHost:       fmt.Sprintf("http://127.0.0.1:%d/devstoreaccount1", s.Azurite.Ports().Blob),
		},
		ChallengeOverride: func(w http.ResponseWriter, r *http.Request) bool {
			override := s.challenge.Load()
			return override != nil && *override != nil && (*override)(w, r)
		},
	})
}

// addGateway makes a gateway unless a kept one is there for the same ports.
func (s *Stack) addGateway(n int) error {
	if document, ok := s.ARM.Document(GatewayIDOf(n)); ok && listensOn(document, s.Ports.GatewayHTTP, s.Ports.GatewayHTTPS) {
		return nil
	}
	ip := s.ARM.AddPublicIP(armsim.PublicIP{ResourceGroup: resourceGroup, Name: gatewayMember(n) + "-ip", Address: GatewayAddress(n)})
	document, err := armsim.DefaultGateway(armsim.GatewayOptions{
		Subscription: subscription, ResourceGroup: resourceGroup, Name: gatewayMember(n), PublicIPID: ip,
		Identity: "/subscriptions/" + subscription + "/resourceGroups/" + resourceGroup + "/providers/Microsoft.ManagedIdentity/userAssignedIdentities/gateway-identity",
		HTTPPort: s.Ports.GatewayHTTP, HTTPSPort: s.Ports.GatewayHTTPS,
		AppHost: "app.internal", AppPort: 80,
		BlobHost: blobHost, BlobPath: "/" + challengeContainer + "/.well-known/acme-challenge/",
		Names: armsim.GatewayNames{AppPool: appPool, AppSettings: appSettings},
	})
	if err != nil {
		return err
	}
	_, err = s.ARM.AddGateway(resourceGroup, gatewayMember(n), document)
	return err
}

// hello is the application behind the gateway.
func hello(w http.ResponseWriter, r *http.Request) {
	fmt.Fprintf(w, "Hello from the application behind the gateway. You asked for %s.\n", r.Host)
}

// serve runs a handler on a free port until the stack ends.
func (s *Stack) serve(name string, h http.Handler) (base string, err error) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", fmt.Errorf("%s: %w", name, err)
	}
	server := &http.Server{Handler: h, ReadHeaderTimeout: 10 * time.Second}
	go server.Serve(listener) // ends with Close
	s.onClose(func() { server.Close() })
	return "http://127.0.0.1:" + strconv.Itoa(listener.Addr().(*net.TCPAddr).Port), nil
}

// Secret reads a certificate's secret from the vault, as the gateway does.
func (s *Stack) Secret(ctx context.Context, id string) (value, contentType string, err error) {
	return s.Vault.ReadSecret(ctx, id)
}
