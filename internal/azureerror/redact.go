package azureerror

import (
	"errors"
	"fmt"
	"net/url"
	"strings"
)

// WithoutQuery takes the query out of the URL in an error of the transport. That of an
// operation has 3 kB of signed parameters: whoever has them may follow the operation.
func WithoutQuery(err error) error {
	var failed *url.Error
	if !errors.As(err, &failed) {
		return err
	}
	address, _, _ := strings.Cut(failed.URL, "?")
	return fmt.Errorf("%s %s: %w", failed.Op, address, failed.Err)
}

// WithoutURL leaves the whole URL out, which may hold a signature or name people: of
// "Post <URL>: dial tcp …" the cause alone says enough.
func WithoutURL(err error) error {
	if quoted := (*url.Error)(nil); errors.As(err, &quoted) {
		return quoted.Err
	}
	return err
}
