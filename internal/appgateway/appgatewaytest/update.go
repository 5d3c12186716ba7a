package appgatewaytest

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"

	"github.com/tidwall/gjson"
	"github.com/tidwall/sjson"
)

// operation is an update that was accepted.
type operation struct {
	polls int
	state string // "" while it runs
	body  string
}

func (s *Server) write(w http.ResponseWriter, r *http.Request) {
	doc, err := io.ReadAll(r.Body)
	if err != nil {
		return
	}
	s.puts = append(s.puts, doc)
	if len(s.Statuses) > 0 {
		status := s.Statuses[0]
		s.Statuses = s.Statuses[1:]
		if status != 0 {
			problem(w, status, fmt.Sprintf("Scripted%d", status), "Scripted. Correlation ID: 00000000-1111-2222-3333-444444444444.")
			return
		}
	}
	if match := r.Header.Get("If-Match"); match != "" && match != s.etag() && !s.IgnoreETag {
		problem(w, http.StatusPreconditionFailed, "PreconditionFailed", "The etag does not match.")
		return
	}
	if s.AtOnce && s.refuses(doc) {
		problem(w, http.StatusBadRequest, "ApplicationGatewayListenerNotAllowed", "A listener is not allowed.")
		return
	}
	s.supersede()
	s.store(doc)
	s.ops = append(s.ops, &operation{})
	w.Header().Set("Azure-AsyncOperation", fmt.Sprintf("%s/operations/%d?api-version=x&%s", s.url, len(s.ops)-1, Signature))
	s.askToWait(w)
	w.Write(s.shown())
}

func (s *Server) poll(w http.ResponseWriter, id string) {
	var n int
	if _, err := fmt.Sscan(id, &n); err != nil || n < 0 || n >= len(s.ops) {
		problem(w, http.StatusNotFound, "OperationNotFound", "The operation is not known.")
		return
	}
	op := s.ops[n]
	if op.polls++; op.state == "" && op.polls > s.Polls {
		s.conclude(op)
	}
	if op.state == "" {
		s.askToWait(w)
		fmt.Fprint(w, `{"status":"InProgress"}`)
		return
	}
	fmt.Fprint(w, op.body)
}

// Signature is what the service puts into the address of an operation: time,
// certificate, signature and hash. Nobody else may see it.
var Signature = "t=638998675209361524&c=" + strings.Repeat("MIIHpTCC", 320) + "&s=" + strings.Repeat("sEcReT", 57) + "&h=" + strings.Repeat("h", 43)

func (s *Server) askToWait(w http.ResponseWriter) {
	if s.RetryAfter > 0 {
		w.Header().Set("Retry-After", fmt.Sprint(s.RetryAfter))
	}
}

// conclude ends an update. A refused document stays, as it does in Azure.
func (s *Server) conclude(op *operation) {
	op.state, op.body = "Succeeded", `{"status":"Succeeded"}`
	broken := s.broken()
	switch {
	case len(broken) > 0:
		details := []map[string]string{}
		for _, secret := range broken {
			details = append(details, map[string]string{"code": "ApplicationGatewayKeyVaultSecretAccessDenied", "message": "Access denied for KeyVault Secret '" + secret + "' for Application Gateway '" + ID + "'."})
		}
		op.fail("ApplicationGatewayKeyVaultSecretException", "Problem occured while accessing and validating KeyVault Secrets. See details below:", details)
	case s.refuses(s.doc):
		op.fail("ApplicationGatewayListenerNotAllowed", "A listener is not allowed.", nil)
	}
	s.doc, _ = sjson.SetBytes(s.doc, "properties.provisioningState", op.state)
	if s.Undo > 0 && op.state == "Succeeded" {
		s.Undo--
		s.store(gateway)
	}
}

func (o *operation) fail(code, message string, details any) {
	body, _ := json.Marshal(map[string]any{"status": "Failed", "error": map[string]any{"code": code, "message": message, "details": details}})
	o.state, o.body = "Failed", string(body)
}

func (s *Server) supersede() {
	if len(s.ops) == 0 {
		return
	}
	if op := s.ops[len(s.ops)-1]; op.state == "" {
		op.state = "Canceled"
		op.body = `{"status":"Canceled","error":{"code":"Canceled","message":"Operation was canceled.","details":[{"code":"CanceledAndSupersededDueToAnotherOperation"}]}}`
	}
}

func (s *Server) broken() []string {
	var found []string
	for _, id := range gjson.GetBytes(s.doc, "properties.sslCertificates.#.properties.keyVaultSecretId").Array() {
		for _, b := range s.BrokenSecrets {
			if id.String() == b {
				found = append(found, b)
			}
		}
	}
	return found
}

func (s *Server) refuses(doc []byte) bool {
	for _, host := range s.RefusedHosts {
		if strings.Contains(gjson.GetBytes(doc, "properties.httpListeners").Raw, `"hostName":"`+host+`"`) {
			return true
		}
	}
	return false
}

func (s *Server) store(doc []byte) {
	s.doc = append([]byte(nil), doc...)
	s.tag++
	s.doc, _ = sjson.SetBytes(s.doc, "etag", s.etag())
}

func (s *Server) etag() string { return fmt.Sprintf(`W/"%d"`, s.tag) }

// shown is the document with the state of a running update.
func (s *Server) shown() []byte {
	if n := len(s.ops); n > 0 && s.ops[n-1].state == "" {
		shown, _ := sjson.SetBytes(s.doc, "properties.provisioningState", "Updating")
		return shown
	}
	return s.doc
}
