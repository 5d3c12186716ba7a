package main

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/json"
	"encoding/pem"
	"errors"
	"fmt"
	"math/big"
	"net/http"
	"time"

	"certgate/localstack/apiclient"
)

// importReport is the last line of the import demo.
type importReport struct {
	Hostname    string  `json:"hostname"`
	Completed   bool    `json:"completed"`
	Served      bool    `json:"served"`
	Seconds     float64 `json:"seconds"`
	GatewayPuts int     `json:"gatewayPuts"`
}

// demoImport hands in a key and a certificate that another authority made, and
// checks that the gateway serves it.
func demoImport(ctx context.Context, root string, hostnames []string) error {
	if len(hostnames) != 1 {
		return errors.New("name one hostname: certgate-local import shop.example.test")
	}
	hostname := hostnames[0]
	ctx, cancel := context.WithTimeout(ctx, demoWithin)
	defer cancel()
	stack, end, err := freshStack(ctx, root, "", 1)
	if err != nil {
		return err
	}
	defer end()

	certificate, key, roots, err := selfSigned(hostname)
	if err != nil {
		return err
	}
	body, err := json.Marshal(map[string]string{"hostname": hostname, "certificate": certificate, "privatekey": key})
	if err != nil {
		return err
	}
	began := time.Now()
	api := demoClient(stack)
	id, first, err := api.Start(ctx, apiclient.Call{Method: http.MethodPost, Path: "/api/ImportCertificateFunctions_HttpStart", Body: body})
	if err != nil {
		return err
	}
	done, err := api.Follow(ctx, id, first, func(s apiclient.Instance) {
		fmt.Printf("%-30s %-40s %s\n", hostname, s.CustomStatus.Status, s.CustomStatus.Message)
	})
	if err != nil {
		return err
	}
	r := importReport{Hostname: hostname, Completed: done.Issued(), Seconds: time.Since(began).Seconds(), GatewayPuts: stack.ARM.Puts()}
	if r.Completed {
		if err := stack.CheckServedBy(ctx, hostname, done.Certificate().SecretID, roots); err != nil {
			fmt.Println(err)
		} else {
			r.Served = true
		}
	}
	line, err := json.Marshal(r)
	if err != nil {
		return err
	}
	fmt.Println(string(line))
	if !r.Served {
		return errors.New("the imported certificate is not served")
	}
	return nil
}

// selfSigned is a certificate for the hostname, its key, and what trusts it.
func selfSigned(hostname string) (certificate, key string, roots *x509.CertPool, err error) {
	private, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return "", "", nil, fmt.Errorf("make a key: %w", err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(time.Now().UnixNano()), Subject: pkix.Name{CommonName: hostname}, DNSNames: []string{hostname},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().AddDate(0, 3, 0),
		KeyUsage: x509.KeyUsageDigitalSignature, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, private.Public(), private)
	if err != nil {
		return "", "", nil, fmt.Errorf("make a certificate: %w", err)
	}
	pkcs8, err := x509.MarshalPKCS8PrivateKey(private)
	if err != nil {
		return "", "", nil, fmt.Errorf("encode the key: %w", err)
	}
	leaf, err := x509.ParseCertificate(der)
	if err != nil {
		return "", "", nil, fmt.Errorf("read the certificate: %w", err)
	}
	roots = x509.NewCertPool()
	roots.AddCert(leaf)
	return string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})), string(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: pkcs8})), roots, nil
}
