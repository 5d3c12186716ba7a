package keyvault

import (
	"errors"
	"fmt"
	"net/http"
	"time"

	"certgate/internal/azureerror"
	"certgate/internal/durable"
	"certgate/internal/issuance"
)

// object is what a call was about.
type object struct{ kind, name string }

func certificateObject(name string) object { return object{"certificate", name} }
func secretObject(name string) object      { return object{"secret", name} }

// officer is the built-in role that allows everything done here to the object.
func (o object) officer() string {
	if o.kind == "secret" {
		return "Key Vault Secrets Officer"
	}
	return "Key Vault Certificates Officer"
}

func (o object) String() string {
	if o.name == "" {
		return o.kind + "s"
	}
	return o.kind + " " + o.name
}

// failure turns an error of the SDK into what the engine acts on: a Failure for
// what a person must mend, RetryLater for a limit, Transient for what may pass. The
// texts in it are for people; the SDK's own words go to the log. nil stays nil,
// and what is one of the three already stays as it is.
func (v *Vault) failure(verb string, o object, err error) error {
	var (
		failed    *durable.Failure
		later     *durable.RetryLater
		transient *durable.Transient
	)
	if err == nil || errors.As(err, &failed) || errors.As(err, &later) || errors.As(err, &transient) {
		return err
	}
	r, ok := asRefusal(err)
	if !ok {
		return azureerror.Unanswered("Key Vault "+v.name, fmt.Sprintf("%s %s", verb, o), err)
	}
	cause := fmt.Errorf("%s %s: %w", verb, o, r)
	switch {
	case r.status == http.StatusUnauthorized || r.status == http.StatusForbidden:
		return &durable.Failure{Code: issuance.CodeVaultAccessDenied, Message: v.accessAdvice(o, r), Err: cause}
	case r.status == http.StatusBadRequest:
		return &durable.Failure{Code: issuance.CodeVaultRefused, Message: fmt.Sprintf("Key Vault %s refused %s: %s", v.name, o, orUnstated(r.message)), Err: cause}
	case r.status == http.StatusConflict:
		return v.conflict(o, r, cause)
	case r.status == http.StatusTooManyRequests:
		// The service's documents ask for a back-off of 1, 2, 4, 8 and 16 seconds.
		return &durable.RetryLater{After: orElse(r.retryAfter, 31*time.Second), Reason: fmt.Sprintf("Key Vault %s limits the rate of requests.", v.name), Err: cause}
	}
	return &durable.Transient{After: r.retryAfter, Public: fmt.Sprintf("Key Vault %s answered with an error (%d).", v.name, r.status), Err: cause}
}

// accessAdvice says who must give what. Access that was given minutes ago may
// still be refused.
func (v *Vault) accessAdvice(o object, r *refusal) string {
	switch r.inner {
	case "ForbiddenByRbac":
		return fmt.Sprintf("The app's identity may not use %ss in Key Vault %s. Give it the role %q on the vault; a new assignment takes some minutes to work.", o.kind, v.name, o.officer())
	case "ForbiddenByFirewall", "ForbiddenByConnection":
		return fmt.Sprintf("The firewall of Key Vault %s refuses the app%s. Allow the app's subnet, outbound addresses or private endpoint under the vault's networking settings.", v.name, r.from())
	case "AccessDenied", "ForbiddenByPolicy":
		return fmt.Sprintf("The access policies of Key Vault %s do not let the app's identity use %ss. Add a policy for it, or switch the vault to role-based access and give it the role %q.", v.name, o.kind, o.officer())
	case "SecretDisabled", "CertificateDisabled", "KeyDisabled":
		return fmt.Sprintf("%s %s in Key Vault %s is disabled. Enable its current version.", capital(o.kind), o.name, v.name)
	}
	if r.status == http.StatusUnauthorized {
		return fmt.Sprintf("Key Vault %s does not accept the app's identity. Check that the identity belongs to the vault's tenant and has the role %q.", v.name, o.officer())
	}
	return fmt.Sprintf("Key Vault %s refused access to %s. Check that the app's identity has the role %q and that the vault's firewall lets the app in%s.", v.name, o, o.officer(), r.from())
}

// conflict sorts out the meanings of 409.
func (v *Vault) conflict(o object, r *refusal, cause error) error {
	switch {
	case r.inner == "ObjectIsDeletedButRecoverable":
		return v.softDeleted(o, cause)
	case r.passes():
		// Delete, recover and purge take up to two minutes to be seen everywhere.
		return &durable.RetryLater{After: 15 * time.Second, Reason: fmt.Sprintf("Key Vault %s is still deleting, recovering or purging %s.", v.name, o), Err: cause}
	case r.code == "Forbidden":
		return v.operationPending(o, cause)
	}
	return &durable.Transient{After: r.retryAfter, Public: fmt.Sprintf("Key Vault %s reports a conflict on %s: %s", v.name, o, orUnstated(r.message)), Err: cause}
}

func (v *Vault) operationPending(o object, cause error) error {
	return &durable.RetryLater{After: 30 * time.Second, Reason: fmt.Sprintf("Another operation on %s is pending in Key Vault %s.", o, v.name), Err: cause}
}

func orElse(d, fallback time.Duration) time.Duration {
	if d > 0 {
		return d
	}
	return fallback
}

func orUnstated(message string) string {
	if message == "" {
		return "no reason given."
	}
	return message
}

func capital(word string) string { return string(word[0]-'a'+'A') + word[1:] }

// softDeleted is the failure of a name that a deleted object blocks.
func (v *Vault) softDeleted(o object, cause error) error {
	return &durable.Failure{
		Code: issuance.CodeNameSoftDeleted,
		Message: fmt.Sprintf("Key Vault %[1]s keeps a deleted %[2]s named %[3]s, which blocks the name. "+
			"Recover it (az keyvault %[2]s recover --vault-name %[1]s --name %[3]s) or remove it for good (az keyvault %[2]s purge --vault-name %[1]s --name %[3]s), then try again.", v.name, o.kind, o.name),
		Err: cause,
	}
}
