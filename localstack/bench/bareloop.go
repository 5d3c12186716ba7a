package bench

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"net/http"
	"time"

	"github.com/go-acme/lego/v4/acme"
	"github.com/go-acme/lego/v4/acme/api"
	"golang.org/x/sync/errgroup"

	"certgate/localstack"
	"certgate/localstack/pause"
)

const (
	// bareWorkers is how many hostnames the bare loop has under way.
	bareWorkers = 16
	// barePoll is far below what a client may do to an authority; the loop is a
	// ceiling, not a proposal.
	barePoll = 20 * time.Millisecond
	// bareWithin bounds one order.
	bareWithin = time.Minute
)

// bareLoop sends the ACME requests of one certificate for each hostname, with the
// library that certgate uses, and nothing else: keys are local, nothing is stored,
// there is no gateway. It returns the time from the first order to the last
// certificate.
func bareLoop(ctx context.Context, stack *localstack.Stack, files *validationFiles, hostnames []string) (time.Duration, error) {
	core, err := newAccount(stack)
	if err != nil {
		return 0, err
	}
	began := time.Now()
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(bareWorkers)
	for _, hostname := range hostnames {
		group.Go(func() error {
			ctx, cancel := context.WithTimeout(ctx, bareWithin)
			defer cancel()
			if err := obtain(ctx, core, files, hostname); err != nil {
				return fmt.Errorf("%s: %w", hostname, err)
			}
			return nil
		})
	}
	err = group.Wait()
	return time.Since(began), err
}

// newAccount registers outside of what is timed, with a client that keeps its
// connections.
func newAccount(stack *localstack.Stack) (*api.Core, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, err
	}
	transport := http.DefaultTransport.(*http.Transport).Clone()
	transport.Proxy, transport.TLSClientConfig = nil, &tls.Config{RootCAs: stack.Authority.Pool()}
	transport.MaxIdleConnsPerHost = bareWorkers
	client := &http.Client{Transport: transport, Timeout: 30 * time.Second}
	core, err := api.New(client, "certgate-bench", stack.Pebble.DirectoryURL(), "", key)
	if err != nil {
		return nil, fmt.Errorf("read the directory: %w", err)
	}
	account, err := core.Accounts.New(acme.Account{TermsOfServiceAgreed: true})
	if err != nil {
		return nil, fmt.Errorf("register: %w", err)
	}
	if account.Location == "" {
		return nil, errors.New("register: the account has no URL")
	}
	return core, nil
}

// obtain goes from the order to the downloaded chain.
func obtain(ctx context.Context, core *api.Core, files *validationFiles, hostname string) error {
	order, err := core.Orders.New([]string{hostname})
	if err != nil {
		return fmt.Errorf("order: %w", err)
	}
	for _, url := range order.Authorizations {
		if err := prove(core, files, url); err != nil {
			return err
		}
	}
	if _, err = await(ctx, core, order.Location, acme.StatusReady); err != nil {
		return err
	}
	csr, err := request(hostname)
	if err != nil {
		return err
	}
	if _, err = core.Orders.UpdateForCSR(order.Finalize, csr); err != nil {
		return fmt.Errorf("finalize: %w", err)
	}
	done, err := await(ctx, core, order.Location, acme.StatusValid)
	if err != nil {
		return err
	}
	chain, _, err := core.Certificates.Get(done.Certificate, true)
	if block, _ := pem.Decode(chain); err == nil && block == nil {
		err = errors.New("no certificate")
	}
	if err != nil {
		return fmt.Errorf("download: %w", err)
	}
	return nil
}

func prove(core *api.Core, files *validationFiles, authorization string) error {
	authz, err := core.Authorizations.Get(authorization)
	if err != nil {
		return fmt.Errorf("authorization: %w", err)
	}
	for _, challenge := range authz.Challenges {
		if challenge.Type != "http-01" {
			continue
		}
		content, err := core.GetKeyAuthorization(challenge.Token)
		if err != nil {
			return fmt.Errorf("key authorization: %w", err)
		}
		files.put(challenge.Token, content)
		if _, err := core.Challenges.New(challenge.URL); err != nil {
			return fmt.Errorf("answer the challenge: %w", err)
		}
		return nil
	}
	return errors.New("the authority offers no http-01 challenge")
}

// await reads the order until it has the status. Invalid is an error of the
// library.
func await(ctx context.Context, core *api.Core, url, status string) (acme.ExtendedOrder, error) {
	for {
		order, err := core.Orders.Get(url)
		if err != nil {
			return order, fmt.Errorf("read the order: %w", err)
		}
		if order.Status == status {
			return order, nil
		}
		if order.Status == acme.StatusInvalid {
			return order, fmt.Errorf("the order is invalid: %w", order.Err())
		}
		if err := pause.For(ctx, barePoll); err != nil {
			return order, fmt.Errorf("wait until the order is %s: %w", status, err)
		}
	}
}

func request(hostname string) ([]byte, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, fmt.Errorf("make a key: %w", err)
	}
	csr, err := x509.CreateCertificateRequest(rand.Reader, &x509.CertificateRequest{DNSNames: []string{hostname}}, key)
	if err != nil {
		return nil, fmt.Errorf("make a request: %w", err)
	}
	return csr, nil
}
