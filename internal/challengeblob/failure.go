package challengeblob

import (
	"errors"
	"fmt"
	"net/http"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
	"github.com/Azure/azure-sdk-for-go/sdk/storage/azblob/bloberror"

	"certgate/internal/azureerror"
	"certgate/internal/durable"
	"certgate/internal/issuance"
)

// role is the built-in role that allows everything done here.
const role = "Storage Blob Data Contributor"

// failure turns an error of the SDK into what the engine acts on; nil stays nil.
// What goes on from here holds no URL, because the URL may hold a SAS.
func (c *Container) failure(verb string, err error) error {
	if err == nil {
		return nil
	}
	var answer *azcore.ResponseError
	if !errors.As(err, &answer) {
		return azureerror.Unanswered("The storage account "+c.account, fmt.Sprintf("%s in container %s/%s", verb, c.account, c.name), err)
	}
	cause := fmt.Errorf("%s in container %s/%s: blob storage answered %d %s%s", verb, c.account, c.name, answer.StatusCode, answer.ErrorCode, requestID(answer.RawResponse))
	switch {
	case answer.StatusCode == http.StatusUnauthorized || answer.StatusCode == http.StatusForbidden:
		return &durable.Failure{Code: issuance.CodeStorageAccessDenied, Message: c.accessAdvice(bloberror.Code(answer.ErrorCode)), Err: cause}
	case answer.StatusCode == http.StatusNotFound:
		return &durable.Failure{
			Code:    issuance.CodeStorageContainerMissing,
			Message: fmt.Sprintf("The storage account %s has no container named %s. Create it, or correct BlobContainerUrl in the settings.", c.account, c.name),
			Err:     cause,
		}
	case answer.ErrorCode == string(bloberror.ContainerBeingDeleted):
		// The service keeps the name for at least 30 seconds.
		return &durable.RetryLater{After: 30 * time.Second, Reason: fmt.Sprintf("The container %s is being deleted.", c.name), Err: cause}
	case answer.StatusCode == http.StatusTooManyRequests:
		return &durable.RetryLater{After: 30 * time.Second, Reason: fmt.Sprintf("The storage account %s limits the rate of requests.", c.account), Err: cause}
	}
	return &durable.Transient{Public: fmt.Sprintf("The storage account %s answered with an error (%d %s).", c.account, answer.StatusCode, answer.ErrorCode), Err: cause}
}

// accessAdvice says what to change, by the service's code.
func (c *Container) accessAdvice(code bloberror.Code) string {
	switch code {
	case bloberror.AuthorizationFailure, bloberror.AuthorizationSourceIPMismatch:
		if c.access == byIdentity {
			return fmt.Sprintf("The firewall of the storage account %s refuses the app. Allow the app's subnet or outbound addresses under its networking settings.", c.account)
		}
	case bloberror.AuthorizationPermissionMismatch:
		if c.access == byIdentity {
			return fmt.Sprintf("The app's identity may not write to the container %s of the storage account %s. Give it the role %q; a new assignment takes some minutes to work.", c.name, c.account, role)
		}
	case "KeyBasedAuthenticationNotPermitted":
		return fmt.Sprintf("The storage account %s does not allow keys and shared access signatures made with them. Take them out of the settings and give the app's identity the role %q.", c.account, role)
	}
	switch c.access {
	case bySAS:
		return fmt.Sprintf("The storage account %s refused the shared access signature in BlobContainerUrl. Check that it has not expired, that it allows read, create, write and delete, and that the firewall lets the app in; better, remove it and give the app's identity the role %q.", c.account, role)
	case bySharedKey:
		return fmt.Sprintf("The storage account %s refused the access key. Check key and account name in the connection string, and the clock of this machine.", c.account)
	}
	return fmt.Sprintf("The storage account %s refused the app's identity. Give it the role %q on the container %s and check that the account's firewall lets the app in.", c.account, role, c.name)
}

// requestID is what Azure support asks for.
func requestID(r *http.Response) string {
	if r == nil || r.Header.Get("x-ms-request-id") == "" {
		return ""
	}
	return " (request " + r.Header.Get("x-ms-request-id") + ")"
}
