package vaultsim

import "net/http"

// routes is the table of what is answered. The SDK sends an empty version as a
// trailing slash, hence the doubled lines.
func (s *Server) routes() map[string]handler {
	return map[string]handler{
		"GET /certificates":                        s.listCertificates,
		"GET /certificates/{name}":                 s.getCertificate,
		"GET /certificates/{name}/{$}":             s.getCertificate,
		"GET /certificates/{name}/{version}":       s.getCertificate,
		"PATCH /certificates/{name}":               s.updateCertificate,
		"PATCH /certificates/{name}/{$}":           s.updateCertificate,
		"PATCH /certificates/{name}/{version}":     s.updateCertificate,
		"DELETE /certificates/{name}":              certificates.delete(s.options.SettleAfter),
		"GET /certificates/{name}/versions":        s.listCertificateVersions,
		"POST /certificates/{name}/create":         s.createCertificate,
		"POST /certificates/{name}/import":         s.importCertificate,
		"GET /certificates/{name}/pending":         s.getPending,
		"PATCH /certificates/{name}/pending":       s.cancelPending,
		"DELETE /certificates/{name}/pending":      s.deletePending,
		"POST /certificates/{name}/pending/merge":  s.mergeCertificate,
		"GET /certificates/{name}/policy":          s.getPolicy,
		"PATCH /certificates/{name}/policy":        s.updatePolicy,
		"GET /deletedcertificates":                 certificates.listDeleted,
		"GET /deletedcertificates/{name}":          certificates.getDeleted,
		"DELETE /deletedcertificates/{name}":       certificates.purge(s.options.SettleAfter),
		"POST /deletedcertificates/{name}/recover": certificates.recover(s.options.SettleAfter),
		"GET /secrets":                             s.listSecrets,
		"GET /secrets/{name}":                      s.getSecret,
		"GET /secrets/{name}/{$}":                  s.getSecret,
		"GET /secrets/{name}/{version}":            s.getSecret,
		"PUT /secrets/{name}":                      s.setSecret,
		"PATCH /secrets/{name}/{version}":          s.updateSecret,
		"PATCH /secrets/{name}/{$}":                s.updateSecret,
		"GET /secrets/{name}/versions":             s.listSecretVersions,
		"DELETE /secrets/{name}":                   secrets.delete(s.options.SettleAfter),
		"GET /deletedsecrets":                      secrets.listDeleted,
		"GET /deletedsecrets/{name}":               secrets.getDeleted,
		"DELETE /deletedsecrets/{name}":            secrets.purge(s.options.SettleAfter),
		"POST /deletedsecrets/{name}/recover":      secrets.recover(s.options.SettleAfter),
		"POST /keys/{name}/create":                 s.createKey,
		"GET /keys/{name}":                         s.getKey,
		"GET /keys/{name}/{$}":                     s.getKey,
		"GET /keys/{name}/{version}":               s.getKey,
		"GET /keys/{name}/versions":                s.listKeyVersions,
		"DELETE /keys/{name}":                      plainKeys.delete(s.options.SettleAfter),
		"GET /deletedkeys/{name}":                  plainKeys.getDeleted,
		"DELETE /deletedkeys/{name}":               plainKeys.purge(s.options.SettleAfter),
		"POST /deletedkeys/{name}/recover":         plainKeys.recover(s.options.SettleAfter),
		"/": func(c *call) (reply, error) {
			return reply{}, notSimulated(c.path)
		},
	}
}

func notSimulated(path string) Refusal {
	return Refusal{Status: http.StatusNotImplemented, Code: "NotSupported", Message: path + " is not simulated with this method."}
}
