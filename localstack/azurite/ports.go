package azurite

import (
	"context"
	"fmt"
	"net/http"
)

// The emulator's account, published by its makers and the same everywhere: not
// a secret.
const (
	AccountName = "devstoreaccount1"
	AccountKey  = "Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw=="
)

// Ports are the three of a storage emulator on 127.0.0.1, or of something in
// front of it.
type Ports struct{ Blob, Queue, Table int }

// ConnectionString is what Azure Storage clients take. It works for any ports
// that lead to the emulator: a SharedKey signature does not cover the Host
// header, only the account and the path.
func (p Ports) ConnectionString() string { return p.ConnectionStringAt("127.0.0.1") }

// ConnectionStringAt is ConnectionString for the same ports of another address.
func (p Ports) ConnectionStringAt(address string) string {
	at := func(port int) string { return fmt.Sprintf("http://%s:%d/%s", address, port, AccountName) }
	return fmt.Sprintf("DefaultEndpointsProtocol=http;AccountName=%s;AccountKey=%s;BlobEndpoint=%s;QueueEndpoint=%s;TableEndpoint=%s;",
		AccountName, AccountKey, at(p.Blob), at(p.Queue), at(p.Table))
}

// Endpoint is the URL of a service on 127.0.0.1. It has the account in its path, as an emulator at an IP address needs it.
func Endpoint(port int) string {
	return fmt.Sprintf("http://127.0.0.1:%d/%s", port, AccountName)
}

// answer is nil if all three services answer, with whatever status.
func (p Ports) answer(ctx context.Context) error {
	client := http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
	for _, port := range []int{p.Blob, p.Queue, p.Table} {
		req, err := http.NewRequestWithContext(ctx, http.MethodHead, Endpoint(port), nil)
		if err != nil {
			return err
		}
		resp, err := client.Do(req)
		if err != nil {
			return err
		}
		resp.Body.Close()
	}
	return nil
}
