package vaultsim

import "net/http"

// operationReply is the pending operation. It stays readable, as completed,
// until the next one takes its place.
type operationReply struct {
	ID            string            `json:"id"`
	Issuer        map[string]string `json:"issuer"`
	CSR           []byte            `json:"csr"`
	Cancel        bool              `json:"cancellation_requested"`
	Status        string            `json:"status"`
	StatusDetails string            `json:"status_details,omitempty"`
	RequestID     string            `json:"request_id"`
	Target        string            `json:"target,omitempty"`
	PreserveOrder *bool             `json:"preserveCertOrder,omitempty"`
}

const waitingForMerge = "Pending certificate created. Please Perform Merge to complete the request."

func (c *certificate) operation(call *call) operationReply {
	p := c.Pending
	out := operationReply{ID: c.id(call) + "/pending", Issuer: map[string]string{"name": p.Issuer}, CSR: p.CSR,
		Cancel: p.Cancel, Status: p.Status, RequestID: p.RequestID, PreserveOrder: p.PreserveOrder}
	if p.Status == inProgress {
		out.StatusDetails = waitingForMerge
		if !p.SignsAt.IsZero() {
			out.StatusDetails = "Pending certificate created. Certificate request is in progress. This may take some time based on the issuer provider. Please check again later."
		}
	}
	if p.Target != "" {
		out.Target = c.id(call)
	}
	return out
}

// findPending is the certificate with the pending operation that is meant.
func findPending(c *call) (*certificate, error) {
	missing := notFound("PendingCertificateNotFound", "Pending certificate not found: %s", c.name)
	cert, err := certificates.find(c)
	if err != nil || cert.Pending == nil {
		return nil, missing
	}
	if want := c.query.Get("request_id"); want != "" && want != cert.Pending.RequestID {
		return nil, missing
	}
	return cert, nil
}

func (s *Server) getPending(c *call) (reply, error) {
	cert, err := findPending(c)
	if err != nil {
		return reply{}, err
	}
	return reply{status: http.StatusOK, body: cert.operation(c), later: cert.Pending.Status == inProgress}, nil
}

// cancelPending notes the wish. Only the issuer Self obeys it; with the issuer
// Unknown there is none that could, the operation is deleted instead.
func (s *Server) cancelPending(c *call) (reply, error) {
	cert, err := findPending(c)
	if err != nil {
		return reply{}, err
	}
	var in struct {
		Cancel bool `json:"cancellation_requested"`
	}
	if err := c.decode(&in); err != nil {
		return reply{}, err
	}
	if cert.Pending.Status != inProgress {
		return reply{}, badParameter("the pending certificate is not in progress")
	}
	cert.Pending.Cancel = in.Cancel
	return reply{status: http.StatusOK, body: cert.operation(c)}, nil
}

// deletePending forgets the operation with its key. A name that has no finished
// version keeps its empty one, which is disabled and can be created again.
func (s *Server) deletePending(c *call) (reply, error) {
	cert, err := findPending(c)
	if err != nil {
		return reply{}, err
	}
	body := cert.operation(c)
	cert.Pending = nil
	return reply{status: http.StatusOK, body: body}, nil
}
