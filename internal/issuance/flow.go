// Package issuance is the product: the steps that lead from a hostname to a
// certificate that the Application Gateway serves, and the ports that they need.
//
// A step is one file. It first asks the state, then the remote system, whether
// its work is done, because it may run twice. It returns an outcome; what may
// pass is an error, what may not is a *durable.Failure.
package issuance

import (
	"certgate/internal/durable"
)

// The names of flows are published: the status URI shows them as "name".
const FlowAddCertificate = "AddCertificateFunctions"

// Ports is everything the steps need from the world.
type Ports struct {
	Orders         Orders
	Authorizations Authorizations
	Vault          Vault
	Files          ChallengeFiles
	Resolver       Resolver
	Probe          Probe
	Gateway        Gateway
	Lane           Lane
}

// AddCertificate issues and installs the certificate of one hostname.
func AddCertificate(p Ports) durable.Definition {
	return durable.Flow[State]{
		Name: FlowAddCertificate,
		Steps: []durable.Step[State]{
			getPublicIP(p.Gateway),
			checkDNS(p.Resolver, p.Orders),
			getOrder(p.Orders),
			getChallenge(p.Authorizations),
			uploadFile(p.Files),
			answerChallenge(p.Authorizations, p.Probe),
			checkOrder(p.Orders, p.Authorizations),
			createCertificate(p.Orders, p.Vault),
			deleteFile(p.Files),
			configureGateway(p.Lane),
			verifyServed(p.Probe, p.Lane),
		},
		CleanUp: []durable.Step[State]{
			deleteFile(p.Files),
			abandonOrder(p.Authorizations, p.Vault),
		},
		Begin:    begin,
		Subject:  func(s *State) string { return s.Hostname },
		Finished: "Certbot function successfully completed.",
		Output:   output,
	}.Define()
}

// Result is the published output of a completed instance.
type Result struct {
	Hostname        string `json:"hostname"`
	CertificateName string `json:"certificateName"`
	Version         string `json:"version"`
	SecretID        string `json:"secretId"`
	NotAfter        string `json:"notAfter"`
}

func output(s *State) any {
	return Result{
		Hostname: s.Hostname, CertificateName: s.Certificate.Name, Version: s.Certificate.Version,
		SecretID: s.Certificate.SecretID, NotAfter: s.Certificate.NotAfter.UTC().Format("2006-01-02T15:04:05Z"),
	}
}

// Claim is the claim of an instance: one active instance per set of hostnames.
func Claim(hostname string) string { return "hostnames:" + hostname }
