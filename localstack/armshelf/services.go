package armshelf

import (
	"net/http"
	"net/url"
	"strings"
	"time"
)

const timeForm = "2006-01-02T15:04:05Z"

// putAppService answers when the vault has been read. The reply says how that went in
// keyVaultSecretStatus, and has the vault's id in lower case.
func (s *Shelf) putAppService(w http.ResponseWriter, id, location string, asked map[string]any) {
	plan, _ := asked["serverFarmId"].(string)
	vault, _ := asked["keyVaultId"].(string)
	secret, _ := asked["keyVaultSecretName"].(string)
	switch group, _, _ := strings.Cut(strings.ToLower(id), "/providers/"); {
	case !s.parents[strings.ToLower(plan)]:
		refuse(w, Refusal{Status: http.StatusNotFound, Code: "NotFound", Message: "Cannot find ServerFarm with name " + plan[strings.LastIndex(plan, "/")+1:] + "."})
		return
	case !strings.HasPrefix(strings.ToLower(plan), group+"/"):
		refuse(w, Refusal{Status: http.StatusBadRequest, Code: "BadRequest", Message: "The certificate must be in the resource group of the plan's webspace."})
		return
	case location == "" || vault == "" || secret == "":
		refuse(w, Refusal{Status: http.StatusBadRequest, Code: "BadRequest", Message: "location, keyVaultId and keyVaultSecretName are needed."})
		return
	}
	name := vault[strings.LastIndex(vault, "/")+1:]
	properties := map[string]any{"keyVaultId": strings.ToLower(vault), "keyVaultSecretName": secret, "serverFarmId": nil, "valid": nil, "thumbprint": nil}
	leaf, err := s.leaf("appservice", "https://"+name+".vault.azure.net/secrets/"+secret)
	switch refused, ok := err.(interface{ HTTPStatus() int }); {
	case err == nil:
		properties = merged(properties, map[string]any{
			"keyVaultSecretStatus": "Succeeded", "thumbprint": thumbprint(leaf), "hostNames": leaf.DNSNames, "subjectName": leaf.Subject.CommonName, "issuer": leaf.Issuer.CommonName,
			"issueDate": leaf.NotBefore.Format(time.RFC3339), "expirationDate": leaf.NotAfter.Format(time.RFC3339),
		})
	case ok && refused.HTTPStatus() == http.StatusForbidden:
		properties["keyVaultSecretStatus"] = "AzureServiceUnauthorizedToAccessKeyVault"
	default:
		properties["keyVaultSecretStatus"] = "KeyVaultSecretDoesNotExist"
	}
	write(w, http.StatusOK, s.keep(id, id, "Microsoft.Web/certificates", location, properties).body)
}

// putContainer answers when the vault has been read; it takes whatever is there.
func (s *Shelf) putContainer(w http.ResponseWriter, id, environment, location string, asked map[string]any) {
	from, _ := asked["certificateKeyVaultProperties"].(map[string]any)
	address, _ := from["keyVaultUrl"].(string)
	switch {
	case !s.parents[strings.ToLower(environment)]:
		refuse(w, Refusal{Status: http.StatusNotFound, Code: "ParentResourceNotFound", Message: "Failed to perform 'write' on resource(s) of type 'managedEnvironments/certificates', because the parent resource '" + environment + "' could not be found."})
		return
	case location == "" || !strings.Contains(address, "/secrets/") || from["identity"] == "":
		refuse(w, Refusal{Status: http.StatusBadRequest, Code: "InvalidParameterValue", Message: "location, an identity and the URL of a secret are needed."})
		return
	}
	leaf, err := s.leaf("containerapps", address)
	if err != nil {
		refuse(w, Refusal{Status: http.StatusBadRequest, Code: "CertificateKeyVaultReadFailed", Message: "Failed to read the secret " + address + " with the identity of the environment."})
		return
	}
	properties := map[string]any{
		"certificateKeyVaultProperties": from, "subjectName": "CN=" + leaf.Subject.CommonName, "subjectAlternativeNames": leaf.DNSNames, "issuer": "CN=" + leaf.Issuer.CommonName,
		"issueDate": leaf.NotBefore.Format(timeForm), "expirationDate": leaf.NotAfter.Format(timeForm), "thumbprint": thumbprint(leaf), "valid": true,
		"provisioningState": "Succeeded", "certificateType": "ServerSSLCertificate",
	}
	write(w, http.StatusOK, s.keep(id, id, "Microsoft.App/managedEnvironments/certificates", location, properties).body)
}

// putSignalR answers at once with an operation, whose links are signed, and never tells a
// thumbprint. Ids have other letters in capitals than the request.
func (s *Shelf) putSignalR(w http.ResponseWriter, id, service string, asked map[string]any) {
	base, _ := asked["keyVaultBaseUri"].(string)
	secret, _ := asked["keyVaultSecretName"].(string)
	version, _ := asked["keyVaultSecretVersion"].(string)
	if !s.parents[strings.ToLower(service)] {
		refuse(w, Refusal{Status: http.StatusNotFound, Code: "ParentResourceNotFound", Message: "Failed to perform 'write' on resource(s) of type 'customCertificates', because the parent resource '" + service + "' could not be found."})
		return
	}
	shown := strings.Replace(id, "/webPubSub/", "/WebPubSub/", 1)
	properties := map[string]any{"provisioningState": "Creating", "keyVaultBaseUri": base, "keyVaultSecretName": secret, "keyVaultSecretVersion": nil}
	if version != "" {
		properties["keyVaultSecretVersion"] = version
	}
	kept := s.keep(id, shown, "Microsoft.SignalRService/WebPubSub/customCertificates", "", properties)
	op := &operation{of: kept, began: time.Now().UTC()}
	address := strings.TrimRight(base, "/") + "/secrets/" + secret
	if version != "" {
		address += "/" + version
	}
	kind := "webpubsub"
	if strings.Contains(id, "/signalR/") {
		kind = "signalr"
	}
	if _, err := s.leaf(kind, address); err != nil {
		op.fault = "The service cannot read the secret " + secret + " in the Key Vault: check its managed identity and permissions."
	}
	name := guid()
	s.operations[name] = op
	parent := shown[:strings.LastIndex(shown, "/customCertificates/")]
	query := "?" + url.Values{"api-version": {"2024-03-01"}, "t": {"638645720299675983"}, "c": {"CERT"}, "s": {"SIGNATURE"}, "h": {"HASH"}}.Encode()
	w.Header().Set("Azure-AsyncOperation", "https://management.azure.com"+parent+"/operationStatuses/"+name+query)
	w.Header().Set("Location", "https://management.azure.com"+parent+"/operationResults/"+name+query)
	write(w, http.StatusCreated, kept.body)
}

// status answers a poll of an operation. Its word for going on is Running.
func (s *Shelf) status(w http.ResponseWriter, r *http.Request, name string) {
	op := s.operations[name]
	switch {
	case op == nil:
		refuse(w, Refusal{Status: http.StatusNotFound, Code: "NotFound", Message: "The operation was not found."})
		return
	case r.URL.Query().Get("s") != "SIGNATURE":
		refuse(w, Refusal{Status: http.StatusForbidden, Code: "AuthorizationFailed", Message: "The link of the operation has lost parameters of its signature."})
		return
	}
	body := map[string]any{"id": r.URL.Path, "name": name, "status": "Running", "startTime": op.began.Format(time.RFC3339Nano)}
	if state, over := s.goOn(op); over {
		body["status"], body["endTime"] = state, time.Now().UTC().Format(time.RFC3339Nano)
		if op.fault != "" {
			body["error"] = map[string]any{"code": "BadRequest", "message": op.fault}
		}
	}
	write(w, http.StatusOK, body)
}

// goOn lets an operation go on by one look, at itself or at its resource: one that nobody
// follows ends too.
func (s *Shelf) goOn(op *operation) (state string, over bool) {
	if op.polls++; op.polls <= s.options.Polls {
		return "", false
	}
	state = "Succeeded"
	if op.fault != "" {
		state = "Failed"
	}
	op.of.body["properties"].(map[string]any)["provisioningState"] = state
	return state, true
}
