package consumersim

import (
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"

	"certgate/localstack/vaultsim/bundle"
)

// Cluster is what a manifest makes of a Kubernetes cluster, as far as its certificate
// goes: what is read from the vault, and in which order it is served.
type Cluster struct {
	SecretID string   // of the vault, without a version
	Hosts    []string // that are served
	Order    Order
}

const certificateURI = "kubernetes.azure.com/tls-cert-keyvault-uri"

// object has the members that decide, of whatever kind it is.
type object struct {
	Kind     string
	Metadata struct {
		Name        string
		Annotations map[string]string
	}
	Spec struct {
		Parameters    map[string]string
		SecretObjects []struct {
			SecretName string `yaml:"secretName"`
		} `yaml:"secretObjects"`
		Vault struct {
			Name   string
			Object struct{ Name string }
		}
		Output struct {
			Secret struct {
				Name       string
				ChainOrder string `yaml:"chainOrder"`
			}
		}
		TLS []struct {
			Hosts      []string
			SecretName string `yaml:"secretName"`
		}
		Listeners []struct {
			Hostname string
			TLS      struct {
				CertificateRefs []struct{ Name string } `yaml:"certificateRefs"`
				Options         map[string]string
			}
		}
	}
}

// Apply reads a manifest as controllers do. vaultSuffix is the domain of vaults.
func Apply(manifest, vaultSuffix string) (c Cluster, err error) {
	var all []object
	for d := yaml.NewDecoder(strings.NewReader(manifest)); ; {
		var o object
		if err := d.Decode(&o); errors.Is(err, io.EOF) {
			break
		} else if err != nil {
			return c, fmt.Errorf("read the manifest: %w", err)
		}
		all = append(all, o)
	}
	secret := ""
	for _, o := range all {
		switch o.Kind {
		case "SecretProviderClass":
			name, err := mounted(o.Spec.Parameters["objects"])
			if err != nil {
				return c, err
			}
			secret, c.Order = o.Spec.SecretObjects[0].SecretName, linked
			c.SecretID = "https://" + o.Spec.Parameters["keyvaultName"] + vaultSuffix + "/secrets/" + name
		case "AzureKeyVaultSecret":
			secret, c.Order = o.Spec.Output.Secret.Name, asItComes
			if o.Spec.Output.Secret.ChainOrder == "ensureserverfirst" {
				c.Order = lastFirst
			}
			c.SecretID = "https://" + o.Spec.Vault.Name + vaultSuffix + "/secrets/" + o.Spec.Vault.Object.Name
		case "Ingress":
			if uri := o.Metadata.Annotations[certificateURI]; uri != "" {
				secret = "keyvault-" + o.Metadata.Name
				c.SecretID, c.Order = strings.Replace(uri, "/certificates/", "/secrets/", 1), linked
			}
		case "Gateway":
			if uri := o.Spec.Listeners[0].TLS.Options[certificateURI]; uri != "" {
				c.SecretID, c.Order = strings.Replace(uri, "/certificates/", "/secrets/", 1), linked
			}
		}
	}
	for _, o := range all {
		for _, tls := range o.Spec.TLS {
			if tls.SecretName == secret {
				c.Hosts = append(c.Hosts, tls.Hosts...)
			}
		}
		for _, l := range o.Spec.Listeners {
			refs := l.TLS.CertificateRefs
			if len(refs) > 0 && refs[0].Name == secret || l.TLS.Options[certificateURI] != "" {
				c.Hosts = append(c.Hosts, l.Hostname)
			}
		}
	}
	if c.SecretID == "" || len(c.Hosts) == 0 {
		return c, errors.New("nothing in the manifest brings the certificate to what serves it")
	}
	return c, nil
}

// mounted is the object that a class of the Azure provider mounts. An object of the type
// cert has neither key nor chain.
func mounted(objects string) (name string, err error) {
	var outer struct{ Array []string }
	var inner struct {
		ObjectName string `yaml:"objectName"`
		ObjectType string `yaml:"objectType"`
	}
	if err := yaml.Unmarshal([]byte(objects), &outer); err != nil || len(outer.Array) != 1 {
		return "", fmt.Errorf("objects is no array of one: %w", err)
	}
	if err := yaml.Unmarshal([]byte(outer.Array[0]), &inner); err != nil {
		return "", fmt.Errorf("read the object: %w", err)
	}
	if inner.ObjectType != "secret" {
		return "", fmt.Errorf("objectType %s has no key", inner.ObjectType)
	}
	return inner.ObjectName, nil
}

// linked is what the CSI provider does: into order if the chain links up, else as it
// comes.
func linked(b bundle.Bundle) ([]*x509.Certificate, error) {
	sorted, err := b.LeafFirst()
	if err != nil {
		return nil, err
	}
	for i, c := range sorted[:len(sorted)-1] {
		if c.CheckSignatureFrom(sorted[i+1]) != nil {
			return b.Certificates, nil //nolint:nilerr // a chain that does not link up comes as it is
		}
	}
	return sorted, nil
}

// asItComes and lastFirst are what akv2k8s does.
func asItComes(b bundle.Bundle) ([]*x509.Certificate, error) { return b.Certificates, nil }

func lastFirst(b bundle.Bundle) ([]*x509.Certificate, error) {
	n := len(b.Certificates) - 1
	return append([]*x509.Certificate{b.Certificates[n]}, slices.Clone(b.Certificates[:n])...), nil
}
