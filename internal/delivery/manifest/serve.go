package manifest

import (
	"fmt"
	"net/url"
)

// The annotations of the add-on, which are options of a listener as well.
const (
	certificateURI = "kubernetes.azure.com/tls-cert-keyvault-uri"
	serviceAccount = "kubernetes.azure.com/tls-cert-service-account"
)

// uri is the certificate's, without a version.
func (w Wanted) uri() string { return w.VaultURL + "/certificates/" + w.Certificate }

// serve are the objects that serve the certificate.
func (o Options) serve(w Wanted) []part {
	if o.Entry == Gateway {
		return o.gateway(w)
	}
	spec := ingress{IngressClassName: o.Class, TLS: []ingressTLS{{Hosts: w.Hostnames, SecretName: o.secret(w)}}}
	for _, hostname := range w.Hostnames {
		path := ingressPath{Path: "/", PathType: "Prefix"}
		path.Backend.Service.Name, path.Backend.Service.Port.Number = o.Service, o.Port
		rule := ingressRule{Host: hostname}
		rule.HTTP.Paths = []ingressPath{path}
		spec.Rules = append(spec.Rules, rule)
	}
	about := o.meta(w.object())
	note := fmt.Sprintf("If the certificate authority comes here on port 80, let the controller redirect /.well-known/acme-challenge/ to %s/.well-known/acme-challenge/ (302); how is each controller's own. ", w.FilesURL)
	if o.From == AppRouting {
		about.Annotations = map[string]string{certificateURI: w.uri()}
		note += "The add-on makes the Secret keyvault- with the name of this Ingress. Its identity needs the roles Key Vault Secrets User and Key Vault Certificate User."
	}
	return []part{{note: note, object: object{APIVersion: "networking.k8s.io/v1", Kind: "Ingress", Metadata: about, Spec: spec}}}
}

// gateway serves by the Gateway API: a listener for each hostname on either port, a route
// to the service, and one to the validation files. An authority follows the redirect.
func (o Options) gateway(w Wanted) []part {
	name := w.object()
	spec := gateway{GatewayClassName: o.Class}
	var https, http []reference
	for i, hostname := range w.Hostnames {
		terminate := &listenerTLS{Mode: "Terminate", CertificateRefs: []reference{{Name: o.secret(w)}}}
		if o.From == AppRouting {
			terminate.CertificateRefs = nil
			terminate.Options = map[string]string{certificateURI: w.uri(), serviceAccount: name}
		}
		secure, plain := fmt.Sprintf("https-%d", i), fmt.Sprintf("http-%d", i)
		spec.Listeners = append(spec.Listeners,
			listener{Name: secure, Hostname: hostname, Port: 443, Protocol: "HTTPS", TLS: terminate},
			listener{Name: plain, Hostname: hostname, Port: 80, Protocol: "HTTP"})
		https, http = append(https, reference{Name: name, SectionName: secure}), append(http, reference{Name: name, SectionName: plain})
	}
	var parts []part
	if o.From == AppRouting {
		account := o.meta(name)
		account.Annotations = map[string]string{"azure.workload.identity/client-id": o.ClientID}
		parts = append(parts, part{
			note:   "The identity needs a federated credential for this service account, and the roles Key Vault Secrets User and Key Vault Certificate User.",
			object: object{APIVersion: "v1", Kind: "ServiceAccount", Metadata: account},
		})
	}
	const api = "gateway.networking.k8s.io/v1"
	return append(parts,
		part{object: object{APIVersion: api, Kind: "Gateway", Metadata: o.meta(name), Spec: spec}},
		part{object: object{APIVersion: api, Kind: "HTTPRoute", Metadata: o.meta(name), Spec: httpRoute{
			ParentRefs: https, Hostnames: w.Hostnames, Rules: []routeRule{{BackendRefs: []reference{{Name: o.Service, Port: o.Port}}}},
		}}},
		part{
			note:   "The certificate authority comes on port 80 and follows this redirect to the validation files. Nothing else is led there.",
			object: object{APIVersion: api, Kind: "HTTPRoute", Metadata: o.meta(name + "-acme-challenge"), Spec: httpRoute{ParentRefs: http, Hostnames: w.Hostnames, Rules: []routeRule{challenge(w)}}},
		})
}

const challengePath = "/.well-known/acme-challenge"

func challenge(w Wanted) routeRule {
	to := redirect{Scheme: "https", StatusCode: 302}
	path := challengePath
	if u, err := url.Parse(w.FilesURL); err == nil {
		to.Hostname, path = u.Hostname(), u.Path+challengePath
		if u.Scheme != "" {
			to.Scheme = u.Scheme
		}
	}
	to.Path = &pathChange{Type: "ReplacePrefixMatch", ReplacePrefixMatch: path}
	return routeRule{
		Matches: []routeMatch{{Path: pathMatch{Type: "PathPrefix", Value: challengePath}}},
		Filters: []routeFilter{{Type: "RequestRedirect", RequestRedirect: to}},
	}
}
