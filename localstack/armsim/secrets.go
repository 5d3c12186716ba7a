package armsim

import (
	"context"
	"encoding/base64"
	"errors"
	"fmt"

	"certgate/localstack/vaultsim/bundle"
)

// maxPFX is the largest certificate that a v2 gateway takes, in bytes.
const maxPFX = 16 << 10

// checkSecrets reads every certificate that the document has in a vault, as
// the gateway does on each change. Whatever the change is about, one that
// cannot be read fails it; nil if all is well. The service documents two detail
// codes, so a missing secret has the code of a forbidden one.
func (s *Server) checkSecrets(ctx context.Context, doc object) *errorBody {
	if s.options.Secrets == nil {
		return nil
	}
	v, err := view(doc)
	if err != nil {
		return &errorBody{Code: "InternalServerError", Message: err.Error(), Details: []Detail{}}
	}
	var details []Detail
	for _, cert := range v.Properties.SSLCertificates {
		id := cert.Properties.KeyVaultSecretID
		if id == "" {
			continue
		}
		if v.Identity == nil || len(v.Identity.UserAssigned) == 0 {
			details = append(details, Detail{"ApplicationGatewayKeyVaultSecretAccessDenied",
				fmt.Sprintf("Access denied for KeyVault Secret '%s' of certificate '%s/sslCertificates/%s': the Application Gateway has no user-assigned identity.", id, v.ID, cert.Name)})
			continue
		}
		value, _, err := s.options.Secrets.ReadSecret(ctx, id)
		var refusal interface{ HTTPStatus() int }
		switch {
		case errors.As(err, &refusal):
			details = append(details, Detail{"ApplicationGatewayKeyVaultSecretAccessDenied",
				fmt.Sprintf("Access denied for KeyVault Secret '%s' of certificate '%s/sslCertificates/%s' for Application Gateway '%s'. Make sure that Identity assigned to Application Gateway has access to the KeyVault associated with secret (the vault answered %d).", id, v.ID, cert.Name, v.ID, refusal.HTTPStatus())})
		case err != nil:
			details = append(details, Detail{"ApplicationGatewayKeyVaultSecretAccessDenied",
				fmt.Sprintf("KeyVault Secret '%s' of certificate '%s/sslCertificates/%s' cannot be read: the vault cannot be reached.", id, v.ID, cert.Name)})
		case !usable(value):
			details = append(details, Detail{"ApplicationGatewaySslCertificateInvalidData",
				fmt.Sprintf("Data for certificate '%s/sslCertificates/%s' from KeyVault Secret '%s' is invalid: it must be a PFX with an exportable private key, at most %d bytes.", v.ID, cert.Name, id, maxPFX)})
		}
	}
	if details == nil {
		return nil
	}
	return &errorBody{Code: "ApplicationGatewayKeyVaultSecretException",
		Message: fmt.Sprintf("Problem occurred while accessing and validating KeyVault Secrets associated with Application Gateway '%s'. See details below:", v.ID), Details: details}
}

// usable: a PFX with its private key. PEM is none, whatever its content type.
func usable(value string) bool {
	if base64.StdEncoding.DecodedLen(len(value)) > maxPFX {
		return false
	}
	b, err := bundle.ParsePFX(value, "")
	if err != nil {
		return false
	}
	_, err = b.Leaf()
	return err == nil
}
