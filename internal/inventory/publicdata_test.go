package inventory_test

import (
	"encoding/base64"
	"encoding/pem"
	"strings"
	"testing"

	"certgate/internal/inventory"
)

func TestTheLeafOfAnUploadIsFoundInEveryFormThatGatewaysShow(t *testing.T) {
	t.Parallel()
	root := issue(t, noon, noon.Add(900*aDay), nil, "Test Root")
	other := issue(t, noon, noon.Add(100*aDay), &root, "other.example.com")
	leaf := issue(t, noon, noon.Add(90*aDay), &root, "shop.example.com")
	for name, text := range map[string]string{
		"leaf first":         bag(t, leaf.cert, root.cert),
		"leaf last":          bag(t, root.cert, leaf.cert),
		"with somebody else": bag(t, other.cert, root.cert, leaf.cert),
		"bare DER":           base64.StdEncoding.EncodeToString(leaf.cert.Raw),
		"with line breaks":   bag(t, leaf.cert)[:40] + "\r\n" + bag(t, leaf.cert)[40:],
		"PEM":                base64.StdEncoding.EncodeToString(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: leaf.cert.Raw})),
	} {
		chain, err := inventory.ReadPublicData(text)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if got := inventory.LeafOf(chain, []string{"shop.example.com"}); got == nil || !got.Equal(leaf.cert) {
			t.Errorf("%s: the leaf is %v", name, got.Subject)
		}
	}
}

func TestWhatCannotBeReadIsAnError(t *testing.T) {
	t.Parallel()
	root := issue(t, noon, noon.Add(900*aDay), nil, "Test Root")
	for name, text := range map[string]string{
		"empty":         "",
		"no base64":     "#",
		"no ASN.1":      base64.StdEncoding.EncodeToString([]byte("not a certificate")),
		"truncated":     bag(t, root.cert)[:200],
		"70 KiB":        base64.StdEncoding.EncodeToString(make([]byte, 70<<10)),
		"empty bag":     bag(t),
		"70 KiB of PEM": base64.StdEncoding.EncodeToString([]byte(strings.Repeat("-----BEGIN CERTIFICATE-----\n", 2600))),
	} {
		if chain, err := inventory.ReadPublicData(text); err == nil {
			t.Errorf("%s: %d certificates", name, len(chain))
		}
	}
	if inventory.LeafOf(nil, nil) != nil {
		t.Error("there is a leaf of nothing")
	}
}

func FuzzReadPublicData(f *testing.F) {
	root := issue(f, noon, noon.Add(900*aDay), nil, "Test Root")
	leaf := issue(f, noon, noon.Add(90*aDay), &root, "shop.example.com")
	f.Add(bag(f, leaf.cert, root.cert))
	f.Add(base64.StdEncoding.EncodeToString(leaf.cert.Raw))
	f.Add("MIAGCSqGSIb3DQEHAqCAMIA=")
	f.Fuzz(func(t *testing.T, text string) {
		chain, err := inventory.ReadPublicData(text)
		if (err == nil) != (len(chain) > 0) {
			t.Errorf("%d certificates, %v", len(chain), err)
		}
		if err == nil {
			inventory.Describe(inventory.LeafOf(chain, []string{"shop.example.com"}))
		}
	})
}

// A row tells what the certificate of an upload is; of CA certificates the first to end.
func TestARowOfAnUploadHasItsCertificate(t *testing.T) {
	t.Parallel()
	root := issue(t, noon, noon.Add(900*aDay), nil, "Test Root")
	leaf := issue(t, noon, noon.Add(90*aDay), &root, "shop.example.com")
	row := inventory.NewRow(inventory.Found{Kind: inventory.KindListener, Name: "l", Hostnames: []string{"shop.example.com"}, PublicData: []string{bag(t, root.cert, leaf.cert)}}, true, "")
	if c := row.Certificate; row.Source != inventory.SourceUploaded || c == nil || c.Subject != "shop.example.com" || c.Issuer != "Test Root" || c.KeyType != "EC-P256" || !c.NotAfter.Equal(leaf.cert.NotAfter) {
		t.Errorf("%+v, %+v", row, c)
	}
	row = inventory.NewRow(inventory.Found{Kind: inventory.KindClientCA, Name: "ca", PublicData: []string{bag(t, root.cert, leaf.cert)}}, true, "")
	if c := row.Certificate; c == nil || c.Subject != "shop.example.com" {
		t.Errorf("the CA that ends first is %+v", c)
	}
	if row = inventory.NewRow(inventory.Found{Kind: inventory.KindListener, PublicData: []string{"#"}}, true, ""); row.Certificate != nil || row.Source != inventory.SourceUploaded {
		t.Errorf("%+v", row)
	}
	if row.Judge(noon); row.State != inventory.NotKnown {
		t.Errorf("an upload that nobody can read is %s", row.State)
	}
}
