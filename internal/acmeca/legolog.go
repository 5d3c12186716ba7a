package acmeca

import (
	"io"
	stdlog "log"

	"github.com/go-acme/lego/v4/log"
)

// SetLegoOutput sends what lego itself prints (a line for each repeated bad
// nonce) to w, for the whole process. By default it goes to standard error,
// which the Functions host takes for errors.
func SetLegoOutput(w io.Writer) { log.Logger = stdlog.New(w, "", 0) }
