package storm

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"certgate/localstack/apiclient"
)

// refusedHosts are the hostnames that must fail, with their code.
func (a *audit) refusedHosts() map[string]Refusal {
	all := map[string]Refusal{}
	for _, life := range a.load.plan.Lives {
		for host, why := range life.Refused {
			all[host] = why
		}
	}
	return all
}

// explained reports whether an instance that did not complete has a reason that
// the storm gave it.
func (a *audit) explained(i apiclient.Instance) bool {
	if i.Terminated() {
		return a.load.wasStopped(i.ID)
	}
	code := i.CustomStatus.Error
	refused := a.refusedHosts()
	for _, host := range i.Hostnames() {
		if why := refused[host]; why != "" && code == string(why) {
			return true
		}
	}
	switch code {
	case "HostnameOwnershipNotVerified", "HostnameOwnershipValidationFileNotFound":
		// The gateway has no backend for validation files while storage restarts, and
		// an authority that looks just then looks once.
		return a.restarted && strings.Contains(i.CustomStatus.Message, "502")
	case "StepKeptCrashing":
		return a.poison.failed(i.ID, i.CustomStatus.Message)
	case "CertificateNotDelivered":
		return strings.Contains(i.CustomStatus.Message, "target stays ")
	case "TargetAccessDenied":
		return strings.Contains(i.CustomStatus.Message, environmentID)
	case "SomeCertificatesFailed":
		return a.someChildFailed(i)
	}
	return false
}

// someChildFailed reports whether a hostname of the parent has an instance that
// did not complete. Whether that one is explained is its own matter.
func (a *audit) someChildFailed(parent apiclient.Instance) bool {
	hosts := parent.Hostnames()
	return slices.ContainsFunc(a.instances, func(i apiclient.Instance) bool {
		return i.Name == addFlow && i.Ended() && !i.Completed() && slices.Contains(hosts, i.Hostnames()[0])
	})
}

func (a *audit) unexplained(context.Context) (findings []string, err error) {
	refused := a.refusedHosts()
	for _, i := range a.instances {
		switch {
		case !i.Ended():
		case !i.Completed() && !a.explained(i):
			findings = append(findings, fmt.Sprintf("%s is %s (%s): %s", a.describe(i), i.RuntimeStatus, i.CustomStatus.Error, i.CustomStatus.Message))
		case i.Completed() && i.Name == addFlow && refused[i.Hostnames()[0]] != "":
			findings = append(findings, fmt.Sprintf("%s completed and should have failed with %s", a.describe(i), refused[i.Hostnames()[0]]))
		}
	}
	a.load.mu.Lock()
	defer a.load.mu.Unlock()
	return append(findings, a.load.broken...), nil
}

// duplicateOrders compares what the CA has issued with what was asked for.
func (a *audit) duplicateOrders(context.Context) (findings []string, err error) {
	certificates, issuing := map[string]int{}, map[string]int{}
	for _, c := range a.issued {
		for _, host := range c.Certificate.DNSNames {
			certificates[host]++
		}
	}
	for _, i := range a.instances {
		if issues(i.Name) {
			for _, host := range i.Hostnames() {
				issuing[host]++
			}
		}
	}
	for _, host := range a.hosts() {
		for range certificates[host] - issuing[host] {
			findings = append(findings, fmt.Sprintf("%s has %d certificates of %d instances", host, certificates[host], issuing[host]))
		}
		for range issuing[host] - a.asked(host) {
			findings = append(findings, fmt.Sprintf("%s has %d instances that issue, with %d reasons", host, issuing[host], a.asked(host)))
		}
	}
	return findings, nil
}

// asked is how many instances that issue a hostname may have: one for each POST,
// and one for a renewal by itself after the CA's advice or a revocation.
func (a *audit) asked(host string) int {
	if host == calmHost {
		return a.load.api.postsFor(host)
	}
	i := slices.IndexFunc(a.load.plan.Lives, func(l Life) bool { return slices.Contains(l.Hostnames, host) })
	life := a.load.plan.Lives[i]
	host = life.namer(host)
	n := a.load.api.postsFor(host) + a.load.api.postsFor("many "+life.Hostnames[0])
	for _, act := range life.Acts[host] {
		if act == Suggested || act == RevokeNewest {
			n++
		}
	}
	return n
}
