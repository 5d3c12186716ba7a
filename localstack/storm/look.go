package storm

import (
	"bytes"
	"context"
	"crypto/tls"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"strconv"

	"github.com/Azure/azure-sdk-for-go/sdk/storage/azblob/container"

	"certgate/localstack"
)

// handlerTransport asks a simulator in this process, past all faults.
type handlerTransport struct{ handler http.Handler }

func (t handlerTransport) RoundTrip(r *http.Request) (*http.Response, error) {
	if r.Body == nil {
		r.Body = http.NoBody
	}
	w := &reply{header: http.Header{}, status: http.StatusOK}
	t.handler.ServeHTTP(w, r)
	return &http.Response{StatusCode: w.status, Header: w.header, Body: io.NopCloser(&w.body), Request: r}, nil
}

type reply struct {
	header http.Header
	status int
	body   bytes.Buffer
}

func (r *reply) Header() http.Header         { return r.header }
func (r *reply) WriteHeader(status int)      { r.status = status }
func (r *reply) Write(b []byte) (int, error) { return r.body.Write(b) }

const (
	vaultAudience = "https://vault.azure.net"
	armAudience   = "https://management.azure.com"
)

// vaultGet reads from the vault as its administrator; status 404 is no error.
func vaultGet(ctx context.Context, stack *localstack.Stack, path string, into any) (found bool, err error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, "https://"+localstack.VaultHost+path+"?api-version=7.6", nil)
	if err != nil {
		return false, err
	}
	req.Header.Set("Authorization", "Bearer "+stack.Token(vaultAudience))
	resp, err := handlerTransport{stack.Vault}.RoundTrip(req)
	if err != nil {
		return false, err
	}
	defer resp.Body.Close()
	switch resp.StatusCode {
	case http.StatusNotFound:
		return false, nil
	case http.StatusOK:
		if err := json.NewDecoder(resp.Body).Decode(into); err != nil {
			return false, fmt.Errorf("read %s of the vault: %w", path, err)
		}
		return true, nil
	}
	return false, fmt.Errorf("read %s of the vault: status %d", path, resp.StatusCode)
}

// leafOf reads a version of a certificate, the newest if version is ""; nil if
// there is none.
func leafOf(ctx context.Context, stack *localstack.Stack, name, version string) ([]byte, error) {
	var c struct {
		Cer []byte `json:"cer"` // standard base64, as Go decodes it
	}
	_, err := vaultGet(ctx, stack, "/certificates/"+name+"/"+version, &c)
	return c.Cer, err
}

func (l *load) leaf(ctx context.Context, name string) ([]byte, error) {
	return leafOf(ctx, l.stack, name, "")
}

// pending reports whether the vault has an operation in progress.
func pending(ctx context.Context, stack *localstack.Stack, name string) (bool, error) {
	var operation struct {
		Status string `json:"status"`
	}
	found, err := vaultGet(ctx, stack, "/certificates/"+name+"/pending", &operation)
	return found && operation.Status == "inProgress", err
}

// served opens TLS to the gateway and returns the leaf that it shows.
func served(ctx context.Context, stack *localstack.Stack, host string) ([]byte, error) {
	return servedAt(ctx, "127.0.0.1:"+strconv.Itoa(stack.Ports.GatewayHTTPS), host)
}

// servedAt opens TLS to an address, host:port.
func servedAt(ctx context.Context, address, host string) ([]byte, error) {
	dialer := tls.Dialer{
		NetDialer: &net.Dialer{Timeout: patience},
		Config:    &tls.Config{ServerName: host, InsecureSkipVerify: true}, // it is compared with the vault's, byte for byte
	}
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	conn, err := dialer.DialContext(ctx, "tcp", address)
	if err != nil {
		return nil, err
	}
	defer conn.Close()
	return conn.(*tls.Conn).ConnectionState().PeerCertificates[0].Raw, nil
}

// validationFiles are the blobs that are left in the challenge container.
func validationFiles(ctx context.Context, stack *localstack.Stack) ([]string, error) {
	c, err := container.NewClientFromConnectionString(stack.Azurite.ConnectionString(), "acme", nil)
	if err != nil {
		return nil, err
	}
	var names []string
	for pager := c.NewListBlobsFlatPager(nil); pager.More(); {
		page, err := pager.NextPage(ctx)
		if err != nil {
			return nil, fmt.Errorf("list the challenge container: %w", err)
		}
		for _, b := range page.Segment.BlobItems {
			names = append(names, *b.Name)
		}
	}
	return names, nil
}
