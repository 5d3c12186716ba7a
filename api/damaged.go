package api

import (
	"encoding/json"
	"fmt"
	"net/http"

	"certgate/internal/durable"
)

// statusUnknown is the runtimeStatus of an instance whose row cannot be read, as the
// Durable Functions API has it for one whose state it does not know.
const statusUnknown = "Unknown"

const damagedSays = "What is stored of this instance cannot be read, so it does not go on. An admin can terminate it, which frees what it holds, or delete it; then ask again."

// damaged is an instance whose row cannot be read: nothing runs, as after a failure.
func damaged(id string) *durable.Instance {
	return &durable.Instance{ID: id, Status: durable.Failed, Damaged: true}
}

// publishDamaged shows an instance whose row cannot be read: its id, and its time where
// a list knows it.
func publishDamaged(inst *durable.Instance) instance {
	body := instance{
		InstanceID: inst.ID, RuntimeStatus: statusUnknown, Input: json.RawMessage("null"), Output: json.RawMessage("null"),
		CustomStatus: durable.CustomStatus{Status: "Damaged", Message: damagedSays, Error: durable.CodeInstanceDamaged}, Damaged: true,
	}
	if !inst.CreatedAt.IsZero() {
		body.CreatedTime = inst.CreatedAt.UTC().Format(timeFormat)
		body.LastUpdatedTime = body.CreatedTime
	}
	return body
}

// damagedProblem is the reply to a call that needs a row which cannot be read.
func damagedProblem(row *durable.UnreadableError) *Problem {
	if row.Kind == durable.RowRecord {
		return problem(CodeCertificateDamaged, "What is stored of the certificate "+row.ID+" cannot be read.",
			"The next comparison with Key Vault stores it anew (twice a day); or POST /api/certificates with its hostname.")
	}
	p := problem(CodeInternal, fmt.Sprintf("What is stored of the instance %s cannot be read.", row.ID),
		fmt.Sprintf("Have an admin terminate or delete it (POST /api/instances/%s/terminate, DELETE /api/instances/%s), which frees what it holds; then ask again.", row.ID, row.ID))
	p.Status, p.Title, p.Code = http.StatusConflict, http.StatusText(http.StatusConflict), durable.CodeInstanceDamaged
	return p
}
