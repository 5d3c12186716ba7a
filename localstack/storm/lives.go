package storm

import (
	"fmt"
	"math/rand/v2"
	"strings"
)

// Beginning is how a life begins.
type Beginning string

const (
	Single   Beginning = "AddCertificate"
	Many     Beginning = "AddMultipleCertificates"
	Uploaded Beginning = "ImportCertificate"
	San      Beginning = "AddSanCertificate"               // one certificate, proved by files and by DNS
	Wildcard Beginning = "AddSanCertificate of a wildcard" // and of its base name: two values at one name
	TakeOver Beginning = "AddCertificate, takeOver"        // of a listener with somebody's uploaded certificate
)

// Act is what is asked for a hostname that has its certificate.
type Act string

const (
	Renew          Act = "renew"                      // POST …/renew
	Suggested      Act = "renew on the CA's advice"   // renewal information, then the timer
	RevokeNewest   Act = "revoke"                     // the version in force
	RevokePrevious Act = "renew, revoke the previous" // as after a change of keys
	Retire         Act = "retire"
	RetireRevoked  Act = "retire and revoke"
)

// instances is how many instances an act asks for.
func (a Act) instances() int {
	if a == RevokePrevious {
		return 2
	}
	return 1
}

// Refusal is why a hostname must fail.
type Refusal string

const (
	Elsewhere Refusal = "HostnameNotResolvingToApplicationGateway" // DNS leads to somebody else
	Forbidden Refusal = "CaaRecordForbidsCertificateAuthority"     // CAA names another CA
)

// Life is what happens to one hostname, or to several that are asked for at once, for a
// certificate each or for one that they share.
type Life struct {
	Hostnames []string
	Begins    Beginning
	// Refused hostnames, and the code with which each must fail.
	Refused map[string]Refusal
	// TerminateIn, if not empty, is the status in which the instance is terminated.
	TerminateIn string
	// Targets, if not empty, is the trouble with what serves the certificate besides the
	// gateway.
	Targets Trouble
	// Acts follow when the certificate is there, for each hostname by itself, or for the
	// first one if they share it.
	Acts map[string][]Act
}

// shares reports whether the hostnames share one certificate.
func (l Life) shares() bool { return l.Begins == San || l.Begins == Wildcard }

// namer is the hostname that names the certificate of one of the life's.
func (l Life) namer(host string) string {
	if l.shares() {
		return l.Hostnames[0]
	}
	return host
}

// instances is how many instances a life asks for: the parent of many too.
func (l Life) instances() int {
	n := len(l.Hostnames)
	if l.shares() {
		n = 1
	}
	if l.Begins == Many {
		n++
	}
	for _, acts := range l.Acts {
		for _, a := range acts {
			n += a.instances()
		}
	}
	return n
}

// stayers is how many hostnames may stay on the gateway, so that the others have
// room: it takes 100 active listeners, one of which is for port 80.
const stayers = 55

// terminations are the statuses in which people stop what they asked for.
var terminations = []string{
	"CheckDnsResolutionStep", "GetAcmeHttp01ChallengeStep", "AnswerAcmeHttp01ChallengeStep",
	"CheckAcmeOrderStep", "CreateCertificateStep", "ConfigureApplicationGatewayStep",
}

// dnsTerminations are those of the hostnames that are proved by DNS.
var dnsTerminations = []string{"ChooseValidationStep", "CreateDnsRecordsStep", "CheckDnsRecordsStep", "DeleteDnsRecordsStep"}

// zone is the storm's at Azure DNS; a life that is proved there has names of its own.
const zone = "zoned.test"

// zoneRecords are what leads the plan's hostnames there to the gateway.
func zoneRecords(lives []Life) string {
	var records strings.Builder
	for _, life := range lives {
		for _, host := range life.Hostnames {
			if name, ok := strings.CutSuffix(host, "."+zone); ok {
				fmt.Fprintf(&records, "%s A 127.0.0.1\n", name)
			}
		}
	}
	return records.String()
}

// lives draws lives until they ask for n instances. A terminated one counts as
// staying: its listener may stand.
func lives(r *rand.Rand, n int) []Life {
	var all []Life
	asked, staying := 0, 0
	for asked < n {
		l := life(r, len(all), n-asked, &staying)
		asked += l.instances()
		all = append(all, l)
	}
	return all
}

func life(r *rand.Rand, number, left int, staying *int) Life {
	l := Life{Begins: Single, Refused: map[string]Refusal{}, Acts: map[string][]Act{}}
	name := func(i int) string { return fmt.Sprintf("h%d-%d.storm.test", number, i) }
	l.Hostnames = []string{name(0)}
	roll := r.IntN(100)
	switch {
	case roll < 6: // refused alone
		l.Refused[name(0)] = []Refusal{Elsewhere, Forbidden}[r.IntN(2)]
		return l
	case roll < 14 && *staying < stayers:
		l.TerminateIn = terminations[r.IntN(len(terminations))]
		*staying++
		return l
	case roll < 30 && left > 4:
		l.Begins = Many
		for i := 1; i < min(2+r.IntN(5), left-1); i++ {
			l.Hostnames = append(l.Hostnames, name(i))
		}
		if r.IntN(4) == 0 {
			l.Refused[l.Hostnames[0]] = Elsewhere
		}
	case roll < 45:
		l.Begins = Uploaded
	case roll < 54:
		l.Begins = San
		for i := 1; i < 2+r.IntN(3); i++ {
			l.Hostnames = append(l.Hostnames, []string{name(i), fmt.Sprintf("h%d-%d.%s", number, i, zone)}[i%2])
		}
	case roll < 62:
		l.Begins = Wildcard
		l.Hostnames = []string{fmt.Sprintf("*.w%d.%s", number, zone), fmt.Sprintf("w%d.%s", number, zone)}
	case roll < 68 && *staying < stayers:
		l.Begins = TakeOver
		l.Acts[name(0)] = renewals(r)
		*staying++ // the listener is another's, and its certificate is not retired
		return l
	}
	if l.shares() && *staying < stayers && r.IntN(5) == 0 {
		l.TerminateIn = dnsTerminations[r.IntN(len(dnsTerminations))]
		*staying += len(l.Hostnames)
		return l
	}
	for _, h := range l.Hostnames {
		if l.Refused[h] != "" || l.namer(h) != h {
			continue
		}
		acts := later(r, l.Begins == Uploaded, *staying < stayers)
		if !retires(acts) {
			*staying += l.places(h)
		}
		l.Acts[h] = acts
	}
	return l
}

// places is how many listeners the certificate has that a hostname names.
func (l Life) places(host string) int {
	if l.shares() {
		return len(l.Hostnames)
	}
	return 1
}

// later draws what is asked after the beginning. Where nothing may stay any more,
// it ends with a retirement.
func later(r *rand.Rand, uploaded, mayStay bool) []Act {
	var acts []Act
	if !uploaded { // others renew and revoke what was uploaded
		acts = renewals(r)
	}
	if mayStay && r.IntN(100) < 60 {
		return acts
	}
	if !uploaded && r.IntN(4) == 0 {
		return append(acts, RetireRevoked)
	}
	return append(acts, Retire)
}

func renewals(r *rand.Rand) []Act {
	switch roll := r.IntN(100); {
	case roll < 12:
		return []Act{Renew}
	case roll < 22:
		return []Act{Suggested}
	case roll < 28:
		return []Act{RevokeNewest}
	case roll < 36:
		return []Act{RevokePrevious}
	}
	return nil
}

func retires(acts []Act) bool {
	last := len(acts) - 1
	return last >= 0 && (acts[last] == Retire || acts[last] == RetireRevoked)
}
