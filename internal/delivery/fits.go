package delivery

import (
	"fmt"
	"strings"

	"certgate/internal/delivery/target"
	"certgate/internal/issuance"
)

var _ issuance.Targets = (*Deliveries)(nil)

var _ issuance.Fronts = (*Deliveries)(nil)

// Front implements issuance.Fronts: the first target that stands before the gateway.
func (d *Deliveries) Front(hostname string) *issuance.Front {
	for _, w := range d.of([]string{hostname}) {
		if w.Front != "" {
			return &issuance.Front{Target: w.Name, Host: w.Front}
		}
	}
	return nil
}

// Fits implements issuance.Targets.
func (d *Deliveries) Fits(hostnames []string, o issuance.Offer) (problem, note string) {
	var problems, notes []string
	for _, w := range d.of(hostnames) {
		why, remark := w.Fits(target.Offer{KeyType: o.KeyType, Directory: o.Source.Directory, Profile: o.Source.Profile, Lifetime: o.Lifetime})
		if why != "" {
			problems = append(problems, fmt.Sprintf("The target %s cannot serve this certificate. %s", w.Name, why))
		}
		if remark != "" {
			notes = append(notes, fmt.Sprintf("Target %s: %s", w.Name, remark))
		}
	}
	return strings.Join(problems, " "), strings.Join(notes, " ")
}
