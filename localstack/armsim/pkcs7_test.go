package armsim

import (
	"bytes"
	"crypto/x509"
	"encoding/asn1"
	"encoding/base64"
	"encoding/json"
	"testing"

	"certgate/localstack/recorded"
)

func TestAnUploadedCertificateIsShownByteForByteAsItWasRecorded(t *testing.T) {
	t.Parallel()
	x := recorded.Read(t, "gateway-v2-uploaded-certificate")
	doc := struct {
		Properties struct {
			SSLCertificates []struct {
				Properties struct{ PublicCertData string }
			}
		}
	}{}
	if err := json.Unmarshal(x.Reply.Body, &doc); err != nil {
		t.Fatal(err)
	}
	want := doc.Properties.SSLCertificates[0].Properties.PublicCertData
	der, err := base64.StdEncoding.DecodeString(want)
	if err != nil {
		t.Fatal(err)
	}
	var outer contentInfo
	if _, err := asn1.Unmarshal(der, &outer); err != nil {
		t.Fatal(err)
	}
	var inner signedData
	if _, err := asn1.Unmarshal(outer.Content.Bytes, &inner); err != nil {
		t.Fatal(err)
	}
	chain, err := x509.ParseCertificates(inner.Certificates.Bytes)
	if err != nil {
		t.Fatal(err)
	}
	got, err := publicCertData(chain)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal([]byte(got), []byte(want)) {
		t.Errorf("shown as\n%s\nrecorded\n%s", got, want)
	}
}
