package target

import (
	"encoding/json"
	"time"
)

// endpoint is any host and port that speaks TLS: another gateway, a mail server, a
// proxy in a data centre. Whoever runs it fetches the certificate; certgate looks.
func endpoint() Kind {
	return Kind{
		Name: "endpoint", Arrives: 24 * time.Hour,
		Late: "Check whatever brings the certificate from Key Vault to this server, and whether the server reads it again without a restart.",
		Read: func(_ *Target, own json.RawMessage) error { return strict(own, &struct{}{}) },
	}
}
