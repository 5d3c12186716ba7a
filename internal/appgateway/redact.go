package appgateway

import (
	"errors"
	"fmt"
	"net/url"
	"strings"
)

// withoutQuery takes the query out of the URL in an error of the transport. That of
// an operation has 3 kB of signed parameters: whoever has them may follow the
// operation.
func withoutQuery(err error) error {
	var failed *url.Error
	if !errors.As(err, &failed) {
		return err
	}
	address, _, _ := strings.Cut(failed.URL, "?")
	return fmt.Errorf("%s %s: %w", failed.Op, address, failed.Err)
}
