package funchost

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"mime"
	"net/http"
)

// readReply applies the platform's rules to the answer of a trigger function:
// 2xx, a JSON content type, a JSON object. It returns the lines of "Logs".
func readReply(response *http.Response) (logs []string, err error) {
	body, err := io.ReadAll(io.LimitReader(response.Body, maxReply))
	if err != nil {
		return nil, fmt.Errorf("read reply: %w", err)
	}
	if response.StatusCode/100 != 2 {
		return nil, netFailure(response.StatusCode, http.StatusText(response.StatusCode)) // its Logs are lost
	}
	if len(body) == 0 {
		return nil, errEmptyReply
	}
	contentType := response.Header.Get("Content-Type")
	if mediaType, _, err := mime.ParseMediaType(contentType); err != nil || mediaType != "application/json" && mediaType != "text/json" {
		return nil, fmt.Errorf("reply has content type %q, not application/json: %s", contentType, excerpt(body))
	}
	body = bytes.TrimSpace(body)
	if len(body) == 0 || string(body) == "null" {
		return nil, errEmptyReply
	}
	var reply struct {
		Outputs map[string]json.RawMessage
		Logs    []json.RawMessage
	}
	if err := json.Unmarshal(body, &reply); err != nil {
		return nil, fmt.Errorf("reply is not the JSON object {Outputs, Logs, ReturnValue}: %w: %s", err, excerpt(body))
	}
	for _, raw := range reply.Logs {
		var line string
		if json.Unmarshal(raw, &line) != nil {
			line = string(raw)
		}
		logs = append(logs, line)
	}
	return logs, nil
}
