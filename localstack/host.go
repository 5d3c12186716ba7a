package localstack

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"certgate/localstack/apiclient"
	"certgate/localstack/edge"
	"certgate/localstack/funchost"
	"certgate/localstack/loopback"
	"certgate/localstack/pause"
)

// startHosts starts the Functions hosts, each of which starts its handler.
func (s *Stack) startHosts(ctx context.Context, internet *edge.Edge, identity string) error {
	root, err := s.stage()
	if err != nil {
		return err
	}
	bundle := s.TrustedRoots()
	if err := os.WriteFile(bundle, s.Authority.PEM(), 0o600); err != nil {
		return fmt.Errorf("write the trusted roots: %w", err)
	}
	s.settings = s.environment(0, internet, identity, bundle)
	if s.options.NoHost {
		return nil
	}
	for number, functions := range s.groups {
		config := funchost.Config{
			ScriptRoot: root, FunctionsDir: s.functionsDir(), Functions: functions,
			Addr: fmt.Sprintf("127.0.0.1:%d", s.Ports.API), Env: s.environment(number, internet, identity, bundle), Logger: s.log,
			ByHand: s.options.ByHand, MaxHandlerErrors: s.options.MaxHandlerErrors, OnHandlerStart: s.options.OnHandlerStart,
			DeliverTwice: s.options.Duplicate, Deliver: s.options.Deliver, Witness: s.options.Witness, QueueLease: s.options.QueueLease,
		}
		if len(s.groups) > 1 {
			config.Addr, config.Logger = "127.0.0.1:0", s.log.With("host", number)
		}
		if number > 0 {
			config.MasterKey = s.Host.MasterKey() // it is the app's
		}
		host, err := funchost.New(config)
		if err != nil {
			return err
		}
		if number == 0 {
			s.Host = host
		}
		s.hosts = append(s.hosts, &appHost{Host: host, functions: functions})
	}
	return s.runHosts(ctx)
}

// runHosts returns when all hosts take work and the API answers.
func (s *Stack) runHosts(ctx context.Context) error {
	for _, h := range s.hosts {
		s.runHost(ctx, h)
		s.onClose(func() {
			s.hostTurn.Lock()
			defer s.hostTurn.Unlock()
			h.run.end(nil)
			h.KillOrphans()
		})
	}
	for _, h := range s.hosts {
		if err := s.hostReady(ctx, h); err != nil {
			return err
		}
	}
	if len(s.hosts) > 1 {
		if err := s.startFrontEnd(); err != nil {
			return err
		}
	}
	return s.healthy(ctx)
}

func (s *Stack) functionsDir() string { return filepath.Join(s.options.Root, "functions") }

// TrustedRoots is the file with the roots that clients of the stack trust.
func (s *Stack) TrustedRoots() string { return s.path("trusted.pem") }

// AppEnvironment is the handler's. It makes a program the app, as far as Azure's
// services see it: settings, identity, and the way to the simulators.
func (s *Stack) AppEnvironment() []string { return slices.Clone(s.settings) }

// healthyWithin is longer than the handler repeats an answer. On a busy machine a
// service may miss the time that a check has.
const healthyWithin = 45 * time.Second

// healthy waits until the handler says that everything that it depends on answers. The
// stack is up when it does; the first question also makes table and queue.
func (s *Stack) healthy(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, healthyWithin)
	defer cancel()
	for {
		err := s.askHealth(ctx)
		if err == nil || pause.For(ctx, time.Second) != nil {
			return err
		}
	}
}

func (s *Stack) askHealth(ctx context.Context) error {
	api := apiclient.Client{Base: s.API()}
	reply, err := api.Once(ctx, apiclient.Call{Method: http.MethodGet, Path: "/api/health"})
	if err != nil {
		return fmt.Errorf("health: %w", err)
	}
	if reply.Status != http.StatusOK || !strings.Contains(string(reply.Body), `"Healthy"`) {
		s.log.Warn("not everything answers", "health", string(reply.Body))
		return fmt.Errorf("not everything answers: %s (see %s)", reply.Body, s.path("stack.log"))
	}
	return nil
}

// stage makes a script root as it is deployed, out of links.
func (s *Stack) stage() (string, error) {
	root, err := filepath.Abs(s.path("root"))
	if err != nil {
		return "", fmt.Errorf("stage the script root: %w", err)
	}
	if err := os.MkdirAll(root, 0o700); err != nil {
		return "", fmt.Errorf("stage the script root: %w", err)
	}
	handler := s.options.Handler
	if handler == "" {
		handler = filepath.Join(s.options.Root, "bin", "handler")
	}
	if err := s.link("host.json", filepath.Join(s.options.Root, "host.json")); err != nil {
		return "", err
	}
	return root, s.link("handler", handler)
}

// UseHandler puts another handler into the script root, as a deployment does. The
// next start of the handler is its; the one that runs is not touched.
func (s *Stack) UseHandler(path string) error { return s.link("handler", path) }

// link makes one entry of the script root.
func (s *Stack) link(name, target string) error {
	from, err := filepath.Abs(target)
	if err != nil {
		return fmt.Errorf("stage %s: %w", target, err)
	}
	if _, err := os.Stat(from); err != nil {
		return fmt.Errorf("%s is missing: run make build: %w", target, err)
	}
	to := filepath.Join(s.path("root"), name)
	if err := errors.Join(os.RemoveAll(to), os.Symlink(from, to)); err != nil {
		return fmt.Errorf("stage %s: %w", target, err)
	}
	return nil
}

// environment is what a host's handler gets: app settings as in Azure, and the
// variables that any program obeys for proxy and trusted roots.
func (s *Stack) environment(host int, internet *edge.Edge, identity, bundle string) []string {
	env := append(s.settingsOf(host),
		"HTTPS_PROXY="+internet.URLAt(loopback.Address(host)), "SSL_CERT_FILE="+bundle,
		"IDENTITY_ENDPOINT="+identity+"/msi/token", "IDENTITY_HEADER="+identityHeader,
		"AZURE_FUNCTIONS_ENVIRONMENT=Development", "FUNCTIONS_WORKER_RUNTIME=custom",
		"PATH="+os.Getenv("PATH"), "HOME="+os.Getenv("HOME"),
	)
	for _, extra := range s.options.Env {
		name, _, _ := strings.Cut(extra, "=")
		env = slices.DeleteFunc(env, func(e string) bool { return strings.HasPrefix(e, name+"=") })
		env = append(env, extra)
	}
	return env
}

// Settings are the app settings of the stack, "NAME=value".
func (s *Stack) Settings() []string { return s.settingsOf(0) }

// settingsOf are those of a host. All lead to the same services, each by an address of
// its own, so that a fault knows whom it hits (HostOf).
func (s *Stack) settingsOf(host int) []string {
	address := loopback.Address(host)
	settings := append([]string{
		"AzureWebJobsStorage=" + s.Door.ConnectionStringAt(address),
		"AcmeEndpoint=https://" + acmeHost + "/dir",
		"AcmeAccountEmail=operations@example.test",
		"TenantId=" + tenant,
		"SubscriptionId=" + subscription,
		"ApplicationGatewayResourceGroup=" + resourceGroup,
		"ApplicationGatewayName=" + gatewayName,
		"ApplicationGatewayBackendName=" + appPool,
		"ApplicationGatewayHttpSettingsName=" + appSettings,
		fmt.Sprintf("ApplicationGatewayHttpPort=%d", s.Ports.GatewayHTTP),
		fmt.Sprintf("ApplicationGatewayHttpsPort=%d", s.Ports.GatewayHTTPS),
		fmt.Sprintf("BlobContainerUrl=http://%s:%d/devstoreaccount1/%s", address, s.Ports.Blob, challengeContainer),
		"KeyVaultBaseUrl=https://" + vaultHost,
		"TrustClientPrincipalHeader=true", // nothing signs people in here
		fmt.Sprintf("DnsResolvers=127.0.0.1:%d", s.Ports.appDNS),
	}, s.zoneSettings()...)
	for n := 1; n < s.options.Gateways; n++ {
		member := "Gateway__" + gatewayMember(n) + "__"
		settings = append(settings, member+"ResourceId="+GatewayIDOf(n), member+"BackendPool="+appPool, member+"HttpSettings="+appSettings)
	}
	if s.options.SecondCA {
		settings = append(settings, "Issuers=default,second", "Issuer__second__Endpoint=https://"+secondHost+"/dir")
	}
	return settings
}
