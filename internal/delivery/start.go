package delivery

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"certgate/internal/durable"
	"certgate/internal/issuance"
	"certgate/internal/issuance/managed"
)

// Ended starts the deliveries of what an issue, a renewal or an import has put into the
// vault. It is for durable.Runner.OnEnd; a second call finds the instances of the first.
// Where no target is concerned it asks for nothing.
func (d *Deliveries) Ended(ctx context.Context, inst *durable.Instance) error {
	if len(d.Targets) == 0 || inst.Status != durable.Completed || !issuance.Installs(inst) {
		return nil
	}
	var in struct{ Hostnames []issuance.InputHostname }
	var out struct{ CertificateName, Version string }
	if err := errors.Join(json.Unmarshal(inst.Input, &in), json.Unmarshal(inst.Output, &out)); err != nil {
		return fmt.Errorf("what instance %s has made cannot be read: %w", inst.ID, err)
	}
	hostnames := hostnamesOf(Input{Hostnames: in.Hostnames})
	var problems []error
	for _, w := range d.of(hostnames) { // one that cannot be started never keeps the others waiting
		_, _, err := d.start(ctx, w, out.CertificateName, out.Version, "")
		problems = append(problems, err)
	}
	return errors.Join(problems...)
}

// Deliver starts the delivery of the version in force to a target that does not serve
// it. Where the first one of this version is over, there is another one, once a day.
func (d *Deliveries) Deliver(ctx context.Context, r *managed.Record, name string, now time.Time) error {
	w, ok := d.find(name, r.Hostnames)
	if !ok {
		return nil
	}
	_, existing, err := d.start(ctx, w, r.Name, r.Version, "")
	if err != nil || !existing {
		return err
	}
	_, _, err = d.start(ctx, w, r.Name, r.Version, "|"+now.UTC().Format("2006-01-02"))
	return err
}

// start starts a delivery, or joins the one that runs. Which one of this target and
// version it is, the suffix says.
func (d *Deliveries) start(ctx context.Context, w wanted, certificate, version, suffix string) (id string, existing bool, err error) {
	in := Input{Target: w.Name, Certificate: certificate, Version: version, Hostnames: issuance.InputHostnames(w.hostnames)}
	input, err := json.Marshal(in)
	if err != nil {
		return "", false, fmt.Errorf("encode the input of a delivery: %w", err)
	}
	claim := claimOf(w.Name, certificate, version)
	id, existing, err = d.Starter.Start(ctx, durable.Start{
		Flow: FlowName, Claim: claim, Once: claim + suffix, Input: input, RequestedBy: "certgate",
		Joins: func(active *durable.Instance) bool { return active.Flow == FlowName },
	})
	if err != nil {
		return "", false, fmt.Errorf("start the delivery of certificate %s to target %s: %w", certificate, w.Name, err)
	}
	return id, existing, nil
}

// claimOf is unique among the deliveries that run.
func claimOf(name, certificate, version string) string {
	return "delivery:" + name + ":" + certificate + ":" + version
}
