package target

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"time"

	"certgate/internal/delivery/manifest"
)

// kubernetes is a cluster that reads the vault itself. certgate writes the manifests,
// which the owner applies once, and looks at what its Ingress or Gateway serves.
func kubernetes() Kind {
	return Kind{
		Name: "kubernetes", Arrives: 15 * time.Minute,
		Late: "Compare the objects in the cluster with the manifest that GET /api/certificates/{name}/documents writes now, chainOrder above all, and check that rotation is on and that the identity there may read the secret.",
		Read: readKubernetes,
	}
}

// cluster are the members of the kind's own.
type cluster struct {
	From             string `json:"from"`
	Entry            string `json:"entry"`
	Namespace        string `json:"namespace"`
	Class            string `json:"class"`
	Service          string `json:"service"`
	ServicePort      int    `json:"servicePort"`
	Secret           string `json:"secret"`
	ClientID         string `json:"clientId"`
	WorkloadIdentity bool   `json:"workloadIdentity"`
}

var (
	labelForm = regexp.MustCompile(`^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$`)
	classForm = regexp.MustCompile(`^[a-z0-9]([a-z0-9.-]{0,251}[a-z0-9])?$`)
	guidForm  = regexp.MustCompile(`^[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}$`)
)

func readKubernetes(t *Target, own json.RawMessage) error {
	var c cluster
	if err := strict(own, &c); err != nil {
		return err
	}
	c.From, c.Entry, c.Namespace = cmp.Or(c.From, manifest.CSI), cmp.Or(c.Entry, manifest.Ingress), cmp.Or(c.Namespace, "default")
	c.ServicePort = cmp.Or(c.ServicePort, 80)
	if c.From == manifest.AppRouting && c.Entry == manifest.Ingress {
		c.Class = cmp.Or(c.Class, manifest.AppRoutingClass)
	}
	var faults []string
	wrong := func(bad bool, says string, args ...any) {
		if bad {
			faults = append(faults, fmt.Sprintf(says, args...))
		}
	}
	wrong(!slices.Contains([]string{manifest.CSI, manifest.Akv2k8s, manifest.AppRouting}, c.From), "has from %q, which is none of csi, akv2k8s, app-routing", c.From)
	wrong(!slices.Contains([]string{manifest.Ingress, manifest.Gateway}, c.Entry), "has the entry %q, which is neither ingress nor gateway", c.Entry)
	wrong(!labelForm.MatchString(c.Namespace), "has the namespace %q, which Kubernetes does not take", c.Namespace)
	wrong(c.Class != "" && !classForm.MatchString(c.Class), "has the class %q, which Kubernetes does not take", c.Class)
	wrong(c.Class == "" && c.Entry == manifest.Gateway, "lacks class, the GatewayClass that is to serve")
	wrong(!labelForm.MatchString(c.Service), "has the service %q: the name of the Service that requests go to is needed", c.Service)
	wrong(c.ServicePort < 1 || c.ServicePort > 65535, "has the servicePort %d, which is no port", c.ServicePort)
	wrong(c.Secret != "" && !labelForm.MatchString(c.Secret), "has the secret %q, which Kubernetes does not take", c.Secret)
	wrong(c.Secret != "" && c.From == manifest.AppRouting, "has a secret, whose name the add-on chooses itself")
	wrong(c.Secret != "" && !onlyOne(t.For), "has a secret, and is for more than one hostname: certificates would take each other's place in it")
	needsID := c.From == manifest.CSI || c.From == manifest.AppRouting && c.Entry == manifest.Gateway
	wrong(needsID && !guidForm.MatchString(c.ClientID), "has the clientId %q: that of the identity that reads the vault is needed, a GUID", c.ClientID)
	if len(faults) > 0 {
		return errors.New(strings.Join(faults, ", "))
	}
	options := manifest.Options{From: c.From, Entry: c.Entry, Namespace: c.Namespace, Class: c.Class, Service: c.Service, Port: c.ServicePort, Secret: c.Secret, ClientID: c.ClientID, Workload: c.WorkloadIdentity}
	t.Documents = func(w manifest.Wanted) (string, error) { return manifest.Write(options, w) }
	return nil
}

// onlyOne reports whether patterns can stand for one certificate alone.
func onlyOne(patterns []string) bool { return len(patterns) == 1 && patterns[0] != "*" }
