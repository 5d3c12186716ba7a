package azurestore

import (
	"errors"
	"fmt"
	"net/http"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"

	"certgate/internal/azureerror"
	"certgate/internal/durable"
)

// ServiceError is an answer of the storage service that was not expected. It
// replaces the SDK's error, whose text is the whole exchange with a URL that
// may hold a signature.
type ServiceError struct {
	Status int    // HTTP status
	Code   string // the service's error code, such as "ServerBusy"; may be empty
}

func (e *ServiceError) Error() string {
	text := fmt.Sprintf("storage answered %d %s", e.Status, e.Code)
	if e.Status == http.StatusForbidden {
		text += " (does the identity have the roles Storage Table Data Contributor and Storage Queue Data Contributor?)"
	}
	return text
}

// TooLargeError says that something does not fit into the table. No retry
// mends it.
type TooLargeError struct {
	What  string
	Size  int // bytes, or items of mail
	Limit int
}

func (e *TooLargeError) Error() string {
	return fmt.Sprintf("%s is too large for the table: %d of at most %d", e.What, e.Size, e.Limit)
}

// Is makes it durable.ErrUnstorable.
func (e *TooLargeError) Is(target error) bool { return target == durable.ErrUnstorable }

// clean takes out of an SDK error what must not be shown: request URLs and
// response dumps.
func clean(err error) error {
	var response *azcore.ResponseError
	if errors.As(err, &response) {
		return &ServiceError{Status: response.StatusCode, Code: response.ErrorCode}
	}
	return azureerror.WithoutURL(err)
}

// code is the service's error code of err, or "".
func code(err error) string {
	var service *ServiceError
	if errors.As(err, &service) {
		return service.Code
	}
	return ""
}

// missing reports whether err says that a row is not there.
func missing(err error) bool {
	return code(err) == "ResourceNotFound" || code(err) == "EntityNotFound"
}

// stale reports whether err says that an If-Match did not hold.
func stale(err error) bool {
	return code(err) == "UpdateConditionNotSatisfied" || code(err) == "ConditionNotMet"
}

// exists reports whether err says that a row is there already.
func exists(err error) bool { return code(err) == "EntityAlreadyExists" }
