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

	"certgate/localstack/apiclient"
	"certgate/localstack/funchost"
)

// startHost starts the Functions host, which starts the handler.
func (s *Stack) startHost(ctx context.Context, proxy, identity string) error {
	root, err := s.stage()
	if err != nil {
		return err
	}
	bundle := s.TrustedRoots()
	if err := os.WriteFile(bundle, s.Authority.PEM(), 0o600); err != nil {
		return fmt.Errorf("write the trusted roots: %w", err)
	}
	s.settings = s.environment(proxy, identity, bundle)
	if s.options.NoHost {
		return nil
	}
	s.Host, err = funchost.New(funchost.Config{
		ScriptRoot: root, FunctionsDir: filepath.Join(s.options.Root, "functions"),
		Addr: fmt.Sprintf("127.0.0.1:%d", s.Ports.API), Env: s.settings, Logger: s.log,
		MaxHandlerErrors: s.options.MaxHandlerErrors, OnHandlerStart: s.options.OnHandlerStart,
		DeliverTwice: s.options.Duplicate, Deliver: s.options.Deliver, Witness: s.options.Witness, QueueLease: s.options.QueueLease,
	})
	if err != nil {
		return err
	}
	s.runHost(ctx)
	s.onClose(func() {
		s.hostTurn.Lock()
		defer s.hostTurn.Unlock()
		s.hostRun.end(nil)
		s.Host.KillOrphans()
	})
	if err := s.hostReady(ctx); err != nil {
		return err
	}
	return s.healthy(ctx)
}

// TrustedRoots is the file with the roots that clients of the stack trust.
func (s *Stack) TrustedRoots() string { return s.path("trusted.pem") }

// AppEnvironment is the handler's. It makes a program the app, as far as Azure's
// services see it: settings, identity, and the way to the simulators.
func (s *Stack) AppEnvironment() []string { return slices.Clone(s.settings) }

// healthy asks the handler whether everything that it depends on answers. The
// stack is up when it does; the first question also makes table and queue.
func (s *Stack) healthy(ctx context.Context) error {
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

// environment is what the handler gets: app settings as in Azure, and the
// variables that any program obeys for proxy and trusted roots.
func (s *Stack) environment(proxy, identity, bundle string) []string {
	env := append(s.Settings(),
		"HTTPS_PROXY="+proxy, "SSL_CERT_FILE="+bundle,
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
func (s *Stack) Settings() []string {
	return []string{
		"AzureWebJobsStorage=" + s.Door.ConnectionString(),
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
		fmt.Sprintf("BlobContainerUrl=http://127.0.0.1:%d/devstoreaccount1/%s", s.Ports.Blob, challengeContainer),
		"KeyVaultBaseUrl=https://" + vaultHost,
		"TrustClientPrincipalHeader=true", // nothing signs people in here
		fmt.Sprintf("DnsResolvers=127.0.0.1:%d", s.Ports.DNS),
	}
}
