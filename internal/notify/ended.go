package notify

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"

	"certgate/internal/alert"
	"certgate/internal/delivery"
	"certgate/internal/durable"
	"certgate/internal/issuance"
	"certgate/internal/issuance/renewal"
)

// Ended tells of the end of an instance. It is for durable.Runner.OnEnd.
//
// A termination is no news: a person asked for it. Nor is one hostname of a
// request for many: their parent tells of all of them in one message, which a
// failure that hits a hundred hostnames makes a difference to. Nor is the run over
// all certificates, or a delivery, that found its way to the end.
func (n *Notifier) Ended(ctx context.Context, inst *durable.Instance) error {
	subject := subjectOf(inst)
	oneOfMany := inst.Flow == issuance.FlowAddCertificate && inst.Parent != ""
	switch {
	case oneOfMany, inst.Status == durable.Terminated:
		return nil
	case inst.Status == durable.Failed && inst.Flow == delivery.FlowName:
		return n.Alert(ctx, subject.alert(inst, alert.NotDelivered))
	case inst.Status == durable.Failed:
		return n.Alert(ctx, subject.alert(inst, alert.Failed))
	case inst.Flow == renewal.Flow, inst.Flow == delivery.FlowName:
		return nil
	}
	if subject.Failed > 0 {
		recovered := subject.alert(inst, alert.Recovered)
		recovered.Message = fmt.Sprintf("The certificate is renewed, after renewals that failed (%d in a row).", subject.Failed)
		if err := n.Alert(ctx, recovered); err != nil {
			return err
		}
	}
	return n.Alert(ctx, subject.alert(inst, alert.Completed))
}

// subject is what an instance is about, as the published inputs of the flows say
// it in one form or another.
type subject struct {
	Hostnames       []issuance.InputHostname `json:"hostnames"`
	Certificate     string                   `json:"certificate"`
	CertificateName string                   `json:"certificateName"`
	Failed          int                      `json:"failed"` // renewals in a row, before this one
}

func subjectOf(inst *durable.Instance) (s subject) {
	var out struct {
		CertificateName string `json:"certificateName"`
	}
	// What does not decode has no such member: then there is less to tell.
	_ = json.Unmarshal(inst.Input, &s)
	_ = json.Unmarshal(inst.Output, &out)
	s.CertificateName = cmp.Or(out.CertificateName, s.CertificateName, s.Certificate)
	return s
}

// alert says of an ended instance what its status says.
func (s subject) alert(inst *durable.Instance, kind alert.Kind) alert.Alert {
	a := alert.Alert{
		Kind: kind, Certificate: s.CertificateName, Code: inst.Custom.Error, Message: inst.Custom.Message,
		Instance: inst.ID, At: inst.UpdatedAt,
	}
	if len(s.Hostnames) > 0 {
		a.Hostname = s.Hostnames[0].Hostname
	}
	if more := len(s.Hostnames) - 1; more > 0 {
		a.Hostname += fmt.Sprintf(" and %d more", more)
	}
	return a
}
