// Package issuance is the product: the steps that lead from a hostname to a
// certificate that the Application Gateway serves, and the ports that they need.
//
// A step is one file. It first asks the state, then the remote system, whether
// its work is done, because it may run twice. It returns an outcome; what may
// pass is an error, what may not is a *durable.Failure.
package issuance

import (
	"time"

	"certgate/internal/durable"
	"certgate/internal/issuance/managed"
)

// The names of flows are published: the status URI shows them as "name".
const FlowAddCertificate = "AddCertificateFunctions"

// Ports is everything the steps need from the world.
type Ports struct {
	Authorities Authorities
	// Patience is how long an authority may be out of order before the next one is asked;
	// 0 is DefaultPatience, less is none.
	Patience time.Duration
	Vault    Vault
	Files    ChallengeFiles
	Resolver Resolver
	Probe    Probe
	Gateways Gateways
	Records  managed.Records
	// Targets is nil if nothing but the gateways serves certificates.
	Targets Targets
	// Fronts is nil if every hostname leads to a gateway itself.
	Fronts Fronts
	// DNS is nil if no DNS account is configured.
	DNS ChallengeDNS
	// DefaultValidation is http-01, dns-01 or ValidationAuto, which is "" too: how
	// hostnames without a wish are proved.
	DefaultValidation string
}

// AddCertificate issues and installs one certificate, of one hostname or several.
func AddCertificate(p Ports) durable.Definition {
	return durable.Flow[State]{
		Name:     FlowAddCertificate,
		Title:    "Add",
		Steps:    issueSteps(p),
		CleanUp:  append(issueCleanUp(p), putListenersBack(p.Gateways), noteNotInstalled(p.Records)),
		Begin:    begin,
		Subject:  (*State).subject,
		Finished: "Certbot function successfully completed.",
		Output:   output,
	}.Define()
}

// issueSteps lead from a hostname to a served certificate.
func issueSteps(p Ports) []durable.Step[State] {
	proves := Proving{p.DNS, p.DefaultValidation}
	return []durable.Step[State]{
		getPublicIP(p.Gateways),
		checkDNS(p.Resolver, p.Fronts, p.Authorities, proves),
		chooseValidation(p.Resolver, p.Fronts, proves),
		p.goingOver(getOrder(p.Authorities, p.Vault, p.Gateways, p.Targets, p.Records)),
		p.goingOver(getChallenge(p.Authorities)),
		uploadFile(p.Files, p.Gateways),
		createDNSRecords(p.DNS),
		checkDNSRecords(p.DNS),
		p.goingOver(answerChallenge(p.Authorities, p.Resolver, p.Fronts, p.Probe, p.Gateways)),
		p.goingOver(checkOrder(p.Authorities, p.Gateways)),
		p.goingOver(createCertificate(p.Authorities, p.Vault)),
		deleteDNSRecords(p.DNS),
		deleteFile(p.Files),
		configureGateway(p.Gateways),
		verifyServed(p.Probe, p.Fronts, p.Gateways, p.Vault, p.Records),
	}
}

// issueCleanUp takes back what an unfinished issuance leaves elsewhere.
func issueCleanUp(p Ports) []durable.Step[State] {
	return []durable.Step[State]{
		deleteDNSRecords(p.DNS),
		deleteFile(p.Files),
		abandonOrder(p.Authorities, p.Vault),
	}
}

// Result is the published output of a completed instance.
type Result struct {
	Hostname string `json:"hostname"`
	// Hostnames are all of the certificate's, if it has several.
	Hostnames       []string `json:"hostnames,omitempty"`
	CertificateName string   `json:"certificateName"`
	Version         string   `json:"version"`
	SecretID        string   `json:"secretId"`
	NotAfter        string   `json:"notAfter"`
	// Warnings are what should still be put right, in sentences.
	Warnings []string `json:"warnings,omitempty"`
	// Replaced is what listeners had before that were there already.
	Replaced []Replaced `json:"replaced,omitempty"`
}

func output(s *State) any {
	return Result{
		Hostname: s.Hostname, Hostnames: s.several(), CertificateName: s.Certificate.Name, Version: s.Certificate.Version,
		SecretID: s.Certificate.SecretID, NotAfter: s.Certificate.NotAfter.UTC().Format("2006-01-02T15:04:05Z"),
		Warnings: s.Warnings, Replaced: s.replaced(),
	}
}

// Claim is the claim of an instance: one active instance per set of hostnames.
func Claim(hostname string) string { return "hostnames:" + hostname }
