// Package manifests holds the Kubernetes objects that certgate writes to the types of
// Kubernetes itself. A module of its own: its seventy modules are of no use to the program.
package manifests

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"

	apps "k8s.io/api/apps/v1"
	core "k8s.io/api/core/v1"
	networking "k8s.io/api/networking/v1"
	gateway "sigs.k8s.io/gateway-api/apis/v1"
	"sigs.k8s.io/yaml"
)

// head is what every object has.
type head struct {
	APIVersion string `json:"apiVersion"`
	Kind       string `json:"kind"`
	Metadata   struct {
		Name      string `json:"name"`
		Namespace string `json:"namespace"`
	} `json:"metadata"`
}

// The two that no Go module publishes have the members of their definitions
// (secrets-store-csi-driver 1.6, akv2k8s of July 2026).
type secretProviderClass struct {
	head
	Spec struct {
		Provider      string            `json:"provider"`
		Parameters    map[string]string `json:"parameters"`
		SecretObjects []struct {
			SecretName  string            `json:"secretName"`
			Type        string            `json:"type"`
			Labels      map[string]string `json:"labels"`
			Annotations map[string]string `json:"annotations"`
			Data        []struct {
				ObjectName string `json:"objectName"`
				Key        string `json:"key"`
			} `json:"data"`
		} `json:"secretObjects"`
	} `json:"spec"`
}

type azureKeyVaultSecret struct {
	head
	Spec struct {
		Vault struct {
			Name   string `json:"name"`
			Object struct {
				Name        string `json:"name"`
				Type        string `json:"type"`
				Version     string `json:"version"`
				ContentType string `json:"contentType"`
			} `json:"object"`
			AzureIdentity struct {
				Name string `json:"name"`
			} `json:"azureIdentity"`
		} `json:"vault"`
		Output struct {
			Transform []string `json:"transform"`
			Secret    struct {
				Name       string `json:"name"`
				Type       string `json:"type"`
				DataKey    string `json:"dataKey"`
				ChainOrder string `json:"chainOrder"`
			} `json:"secret"`
		} `json:"output"`
	} `json:"spec"`
}

func into(h head) any {
	switch h.APIVersion + " " + h.Kind {
	case "v1 ServiceAccount":
		return &core.ServiceAccount{}
	case "apps/v1 Deployment":
		return &apps.Deployment{}
	case "networking.k8s.io/v1 Ingress":
		return &networking.Ingress{}
	case "gateway.networking.k8s.io/v1 Gateway":
		return &gateway.Gateway{}
	case "gateway.networking.k8s.io/v1 HTTPRoute":
		return &gateway.HTTPRoute{}
	case "secrets-store.csi.x-k8s.io/v1 SecretProviderClass":
		return &secretProviderClass{}
	case "spv.no/v2beta1 AzureKeyVaultSecret":
		return &azureKeyVaultSecret{}
	}
	return nil
}

// Each object decodes strictly: no member that its type does not have, no value of
// another type, no member twice.
func TestEveryManifestIsWhatKubernetesTakes(t *testing.T) {
	files, err := filepath.Glob("../../internal/delivery/manifest/testdata/*.yaml")
	if err != nil || len(files) < 7 {
		t.Fatalf("%d manifests are kept, %v", len(files), err)
	}
	for _, file := range files {
		raw, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		objects := 0
		for _, document := range bytes.Split(raw, []byte("\n---\n"))[1:] {
			var h head
			if err := yaml.Unmarshal(document, &h); err != nil {
				t.Fatalf("%s: %v", file, err)
			}
			object := into(h)
			if object == nil || h.Metadata.Name == "" || h.Metadata.Namespace == "" {
				t.Errorf("%s: %+v is nothing that is known here", file, h)
				continue
			}
			if err := yaml.UnmarshalStrict(document, object); err != nil {
				t.Errorf("%s: %s: %v", file, h.Kind, err)
			}
			objects++
		}
		if objects == 0 {
			t.Errorf("%s has no object", file)
		}
	}
}
