package armshelf

import (
	"crypto/rsa"
	"net/http"
	"strings"
	"time"
)

// putFrontDoor answers at once, without an operation. A secret that stands already goes on
// with the version that it has: only the service's own round, Refresh, takes a new one.
// What it refuses has not been recorded; its documentation says what it takes.
func (s *Shelf) putFrontDoor(w http.ResponseWriter, id, profile string, asked map[string]any) {
	parameters, _ := asked["parameters"].(map[string]any)
	source, _ := parameters["secretSource"].(map[string]any)
	from, _ := source["id"].(string)
	latest, _ := parameters["useLatestVersion"].(bool)
	switch {
	case !s.parents[strings.ToLower(profile)]:
		refuse(w, Refusal{Status: http.StatusNotFound, Code: "ParentResourceNotFound", Message: "Failed to perform 'write' on resource(s) of type 'profiles/secrets', because the parent resource '" + profile + "' could not be found."})
		return
	case parameters["type"] != "CustomerCertificate" || !latest || !strings.Contains(from, "/secrets/"):
		refuse(w, Refusal{Status: http.StatusBadRequest, Code: "BadRequest", Message: "A customer certificate needs secretSource and useLatestVersion."})
		return
	case !strings.EqualFold(strings.Split(from+"//", "/")[2], strings.Split(id, "/")[2]):
		refuse(w, Refusal{Status: http.StatusBadRequest, Code: "BadRequest", Message: "The Key Vault must be in the subscription of the profile."})
		return
	}
	if kept := s.resources[strings.ToLower(id)]; kept != nil {
		write(w, http.StatusOK, kept.body)
		return
	}
	read, fault := s.readFrontDoor(from)
	if fault != "" {
		refuse(w, Refusal{Status: http.StatusBadRequest, Code: "BadRequest", Message: fault})
		return
	}
	shown := strings.Replace(id, "/resourceGroups/", "/resourcegroups/", 1)
	properties := map[string]any{"parameters": merged(parameters, read), "provisioningState": "Succeeded", "deploymentStatus": "NotStarted"}
	write(w, http.StatusCreated, s.keep(id, shown, "Microsoft.Cdn/profiles/secrets", "", properties).body)
}

// readFrontDoor is what the service tells of a secret that it has read.
func (s *Shelf) readFrontDoor(from string) (told map[string]any, fault string) {
	parts := strings.Split(from, "/")
	leaf, err := s.leaf("frontdoor", "https://"+parts[len(parts)-3]+".vault.azure.net/secrets/"+parts[len(parts)-1])
	if err != nil {
		return nil, "The secret cannot be read: check the identity of the profile and its permissions in the Key Vault."
	}
	if _, ok := leaf.PublicKey.(*rsa.PublicKey); !ok {
		return nil, "The certificate must have an RSA key."
	}
	return map[string]any{
		"subject": leaf.Subject.CommonName, "certificateAuthority": leaf.Issuer.String(), "expirationDate": leaf.NotAfter.UTC().Format(time.RFC3339),
		"thumbprint": thumbprint(leaf), "subjectAlternativeNames": leaf.DNSNames, "secretVersion": strings.ToLower(thumbprint(leaf)[:32]),
	}, ""
}

// Refresh is the round in which Front Door reads the newest versions.
func (s *Shelf) Refresh() {
	s.mu.Lock()
	defer s.mu.Unlock()
	for id, kept := range s.resources {
		if !frontDoorID.MatchString(id) {
			continue
		}
		properties := kept.body["properties"].(map[string]any)
		parameters := properties["parameters"].(map[string]any)
		if read, fault := s.readFrontDoor(parameters["secretSource"].(map[string]any)["id"].(string)); fault == "" {
			properties["parameters"] = merged(parameters, read)
		}
	}
}
