package vaultsim

import (
	"crypto"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"fmt"
	"net"
	"net/url"
	"strconv"
	"strings"
)

const (
	ekuServerAuth = "1.3.6.1.5.5.7.3.1"
	ekuClientAuth = "1.3.6.1.5.5.7.3.2"
)

var (
	oidKeyUsage         = asn1.ObjectIdentifier{2, 5, 29, 15}
	oidExtKeyUsage      = asn1.ObjectIdentifier{2, 5, 29, 37}
	oidBasicConstraints = asn1.ObjectIdentifier{2, 5, 29, 19}
)

// keyUsageBits are the names of policies with their bits (RFC 5280 section 4.2.1.3).
var keyUsageBits = map[string]int{
	"digitalSignature": 0, "nonRepudiation": 1, "keyEncipherment": 2, "dataEncipherment": 3, "keyAgreement": 4,
	"keyCertSign": 5, "cRLSign": 6, "encipherOnly": 7, "decipherOnly": 8,
}

// createCSR makes the request (DER) that the policy describes.
func createCSR(v policyView, key crypto.Signer) ([]byte, error) {
	subject, err := parseSubject(v.X509.Subject)
	if err != nil {
		return nil, err
	}
	if len(subject.Names) == 0 && len(v.X509.SANs.DNSNames)+len(v.X509.SANs.Emails)+len(v.X509.SANs.URIs)+len(v.X509.SANs.IPAddresses) == 0 {
		return nil, badParameter("x509_props needs a subject or subject alternative names")
	}
	extensions, err := v.extensions()
	if err != nil {
		return nil, err
	}
	raw, err := asn1.Marshal(subject.ToRDNSequence())
	if err != nil {
		return nil, badParameter("Property policy.x509_props has invalid value. Invalid X.500 distinguished name\r\n")
	}
	request := &x509.CertificateRequest{RawSubject: raw, DNSNames: v.X509.SANs.DNSNames, EmailAddresses: v.X509.SANs.Emails, ExtraExtensions: extensions}
	for _, text := range v.X509.SANs.URIs {
		u, err := url.Parse(text)
		if err != nil {
			return nil, badParameter("Property policy.x509_props has invalid value. %q is not a URI", text)
		}
		request.URIs = append(request.URIs, u)
	}
	for _, text := range v.X509.SANs.IPAddresses {
		ip := net.ParseIP(text)
		if ip == nil {
			return nil, badParameter("Property policy.x509_props has invalid value. %q is not an IP address", text)
		}
		request.IPAddresses = append(request.IPAddresses, ip)
	}
	der, err := x509.CreateCertificateRequest(rand.Reader, request, key)
	if err != nil {
		return nil, badParameter("the certificate request cannot be made: %v", err)
	}
	return der, nil
}

// extensions are those that the service puts into a request besides the names.
func (v policyView) extensions() ([]pkix.Extension, error) {
	basic, err := asn1.Marshal(struct{}{}) // not a CA
	if err != nil {
		return nil, fmt.Errorf("encode basic constraints: %w", err)
	}
	out := []pkix.Extension{{Id: oidBasicConstraints, Value: basic}}
	if len(v.X509.KeyUsage) > 0 {
		value, err := keyUsage(v.X509.KeyUsage)
		if err != nil {
			return nil, err
		}
		out = append(out, pkix.Extension{Id: oidKeyUsage, Critical: true, Value: value})
	}
	if len(v.X509.EKUs) > 0 {
		var ids []asn1.ObjectIdentifier
		for _, text := range v.X509.EKUs {
			id, err := parseOID(text)
			if err != nil {
				return nil, err
			}
			ids = append(ids, id)
		}
		value, err := asn1.Marshal(ids)
		if err != nil {
			return nil, badParameter("x509_props.ekus cannot be encoded: %v", err)
		}
		out = append(out, pkix.Extension{Id: oidExtKeyUsage, Value: value})
	}
	return out, nil
}

func keyUsage(names []string) ([]byte, error) {
	bits := make([]byte, 2)
	length := 0
	for _, name := range names {
		bit, ok := keyUsageBits[name]
		if !ok {
			return nil, badParameter("x509_props.key_usage has the unknown value %q", name)
		}
		bits[bit/8] |= 0x80 >> (bit % 8)
		length = max(length, bit+1)
	}
	der, err := asn1.Marshal(asn1.BitString{Bytes: bits[:(length+7)/8], BitLength: length})
	if err != nil {
		return nil, fmt.Errorf("encode key usage: %w", err)
	}
	return der, nil
}

func parseOID(text string) (asn1.ObjectIdentifier, error) {
	var out asn1.ObjectIdentifier
	for part := range strings.SplitSeq(text, ".") {
		n, err := strconv.Atoi(part)
		if err != nil {
			return nil, badParameter("%q is not an object identifier", text)
		}
		out = append(out, n)
	}
	return out, nil
}
