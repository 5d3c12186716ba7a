package manifest_test

import (
	"errors"
	"os"
	"strings"
	"testing"

	"go.yaml.in/yaml/v3"

	"certgate/internal/delivery/manifest"
)

const clientID = "11111111-2222-3333-4444-555555555555"

func shop() manifest.Wanted {
	return manifest.Wanted{
		Certificate: "Shop-example-com", Hostnames: []string{"shop.example.com", "www.shop.example.com"},
		VaultURL: "https://certificates.vault.azure.net", TenantID: "66666666-7777-8888-9999-000000000000",
		FilesURL: "https://acmefiles.blob.core.windows.net/challenges",
	}
}

// The files below testdata are what people get. CERTGATE_UPDATE=1 writes them anew;
// tools/manifests decodes them into Kubernetes' own types.
func TestTheManifestOfEachWayIsTheOneThatIsKept(t *testing.T) {
	t.Parallel()
	imported, rootFirst := shop(), shop()
	imported.Imported, rootFirst.RootFirst = true, true
	for file, c := range map[string]struct {
		options manifest.Options
		wanted  manifest.Wanted
	}{
		"csi-ingress":          {manifest.Options{From: manifest.CSI, Entry: manifest.Ingress, ClientID: clientID, Class: "nginx"}, shop()},
		"csi-workload-gateway": {manifest.Options{From: manifest.CSI, Entry: manifest.Gateway, ClientID: clientID, Workload: true, Class: "istio"}, shop()},
		"akv2k8s-ingress":      {manifest.Options{From: manifest.Akv2k8s, Entry: manifest.Ingress, Secret: "shop-tls", Class: "traefik"}, shop()},
		"akv2k8s-root-first":   {manifest.Options{From: manifest.Akv2k8s, Entry: manifest.Gateway, Class: "istio"}, rootFirst},
		"akv2k8s-imported":     {manifest.Options{From: manifest.Akv2k8s, Entry: manifest.Ingress}, imported},
		"app-routing-ingress":  {manifest.Options{From: manifest.AppRouting, Entry: manifest.Ingress, Class: manifest.AppRoutingClass}, shop()},
		"app-routing-gateway":  {manifest.Options{From: manifest.AppRouting, Entry: manifest.Gateway, Class: "approuting-istio", ClientID: clientID}, shop()},
	} {
		c.options.Namespace, c.options.Service, c.options.Port = "shop", "web", 8080
		got, err := manifest.Write(c.options, c.wanted)
		if err != nil {
			t.Fatal(err)
		}
		path := "testdata/" + file + ".yaml"
		if os.Getenv("CERTGATE_UPDATE") != "" {
			if err := errors.Join(os.MkdirAll("testdata", 0o755), os.WriteFile(path, []byte(got), 0o644)); err != nil {
				t.Fatal(err)
			}
		}
		if kept, err := os.ReadFile(path); err != nil || string(kept) != got {
			t.Errorf("%s is not what is written now (%v):\n%s", path, err, got)
		}
	}
}

// chainOrder of akv2k8s follows from how the vault hands a chain out.
func TestTheOrderOfTheChainFollowsFromTheVaults(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		rootFirst, imported bool
		want                bool
	}{"leaf first": {want: true}, "root first": {rootFirst: true}, "imported": {imported: true}} {
		w := shop()
		w.RootFirst, w.Imported = c.rootFirst, c.imported
		text, err := manifest.Write(manifest.Options{From: manifest.Akv2k8s, Entry: manifest.Ingress, Namespace: "shop", Service: "web", Port: 80}, w)
		if err != nil {
			t.Fatal(err)
		}
		if got := strings.Contains(text, "\n      chainOrder: ensureserverfirst\n"); got != c.want {
			t.Errorf("%s: ensureserverfirst is %v, want %v:\n%s", name, got, c.want, text)
		}
	}
}

// A value that would break a manifest out of a template stays a value.
func TestLongNamesFitAndEveryDocumentReadsBack(t *testing.T) {
	t.Parallel()
	w := shop()
	w.Certificate = strings.Repeat("Long-", 24) + "end"
	text, err := manifest.Write(manifest.Options{From: manifest.CSI, Entry: manifest.Ingress, Namespace: "true", Service: "web", Port: 80, ClientID: "1e5"}, w)
	if err != nil {
		t.Fatal(err)
	}
	d := yaml.NewDecoder(strings.NewReader(text))
	kinds := map[string]bool{}
	for range 3 {
		var o struct {
			Kind     string
			Metadata struct{ Name, Namespace any }
		}
		if err := d.Decode(&o); err != nil {
			t.Fatal(err)
		}
		kinds[o.Kind] = true
		if name, ok := o.Metadata.Name.(string); !ok || len(name) > 63 {
			t.Errorf("%s is named %v", o.Kind, o.Metadata.Name)
		}
		if _, ok := o.Metadata.Namespace.(string); !ok {
			t.Errorf("the namespace of %s reads back as %T", o.Kind, o.Metadata.Namespace)
		}
	}
	if len(kinds) != 3 {
		t.Errorf("it has %v", kinds)
	}
}
