package api

import "log/slog"

// secret is a member of a body that must not show: not in a log, not in a print
// of the struct around it, not in a reply. string(s) is the only way to it.
type secret string

const redacted = "(not shown)"

func (secret) String() string               { return redacted }
func (secret) GoString() string             { return redacted }
func (secret) LogValue() slog.Value         { return slog.StringValue(redacted) }
func (secret) MarshalText() ([]byte, error) { return []byte(redacted), nil }
