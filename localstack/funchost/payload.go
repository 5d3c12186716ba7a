package funchost

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"strconv"
	"strings"
	"time"

	"github.com/google/uuid"
)

// payload is the body of a trigger invocation.
type payload struct {
	Data     map[string]any
	Metadata map[string]any
}

// The platform's encoding rule: objects stay JSON objects, dates are ISO
// strings, and everything else (text, numbers) becomes a JSON string that holds
// its JSON text. A queue message is therefore encoded twice.

// encoded is the JSON text of v, as Newtonsoft writes it: without escaping for HTML.
func encoded(v any) string {
	var b bytes.Buffer
	encoder := json.NewEncoder(&b)
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(v); err != nil {
		panic("funchost: encode payload: " + err.Error()) // only maps, text and numbers come here
	}
	return strings.TrimSuffix(b.String(), "\n")
}

func (p payload) body() []byte { return []byte(encoded(p)) }

// isoTime is .NET's DateTimeOffset in JSON.
func isoTime(t time.Time) string { return t.Format("2006-01-02T15:04:05.9999999-07:00") }

// systemData is the member that every invocation has.
func systemData(function string) map[string]any {
	return map[string]any{
		"MethodName": function,
		"UtcNow":     time.Now().UTC().Format("2006-01-02T15:04:05.9999999Z"),
		"RandGuid":   uuid.NewString(),
	}
}

// queueMessage is what the payload needs of a message. A manual trigger has
// only content.
type queueMessage struct {
	id, popReceipt               string
	content                      []byte // decoded
	dequeueCount                 int64
	inserted, expires, visibleAt time.Time
}

func queuePayload(function string, t *queueTrigger, m queueMessage) payload {
	p := payload{Data: map[string]any{}, Metadata: map[string]any{
		"DequeueCount":    encoded(m.dequeueCount),
		"Id":              encoded(m.id),
		"PopReceipt":      encoded(m.popReceipt),
		"InsertionTime":   isoTime(m.inserted),
		"ExpirationTime":  isoTime(m.expires),
		"NextVisibleTime": isoTime(m.visibleAt),
		"sys":             systemData(function),
	}}
	if t.binary {
		p.Data[t.binding] = base64.StdEncoding.EncodeToString(m.content)
	} else {
		p.Data[t.binding] = encoded(string(m.content))
	}
	applyBindingData(p.Metadata, m.content)
	return p
}

// applyBindingData copies the platform's quirk: if the message is a JSON
// object, its members, arrays and nulls aside, are merged into Metadata without
// regard to case, and win. A message with a member "id" hides its own Id.
func applyBindingData(metadata map[string]any, content []byte) {
	if !json.Valid(content) {
		return
	}
	decoder := json.NewDecoder(bytes.NewReader(content))
	decoder.UseNumber()
	if opening, err := decoder.Token(); err != nil || opening != json.Delim('{') {
		return
	}
	for decoder.More() {
		name, err := decoder.Token()
		var raw json.RawMessage
		if err != nil || decoder.Decode(&raw) != nil {
			return // not reached: the content is valid
		}
		if value := bindingValue(raw); value != nil {
			setFold(metadata, name.(string), value)
		}
	}
}

// bindingValue is an object as it is, a scalar as .NET's text of it, encoded;
// nil for arrays and null.
func bindingValue(raw json.RawMessage) any {
	switch raw[0] {
	case '{':
		return raw
	case '[', 'n':
		return nil
	case 't', 'f': // .NET writes True and False
		text, _ := strconv.ParseBool(string(raw))
		return encoded(map[bool]string{true: "True", false: "False"}[text])
	case '"':
		var text string
		json.Unmarshal(raw, &text) // valid, see above
		return encoded(text)
	default:
		return encoded(string(raw))
	}
}

// setFold sets the key that equals name without regard to case, or adds it.
// Keys that end in "trigger" never leave the platform.
func setFold(metadata map[string]any, name string, value any) {
	if strings.HasSuffix(strings.ToLower(name), "trigger") {
		return
	}
	for key := range metadata {
		if strings.EqualFold(key, name) {
			name = key
			break
		}
	}
	metadata[name] = value
}

// timerStatus is the memory of a timer.
type timerStatus struct {
	last, next, updated time.Time
}

// netTime is .NET's DateTime in JSON; its zero value has no zone.
func netTime(t time.Time) string {
	if t.IsZero() {
		return "0001-01-01T00:00:00"
	}
	return t.Format("2006-01-02T15:04:05.9999999Z07:00")
}

func timerPayload(function string, t *timerTrigger, status timerStatus) payload {
	info := map[string]any{
		"Schedule":       map[string]any{"AdjustForDST": !t.schedule.constant},
		"ScheduleStatus": nil,
		"IsPastDue":      false,
	}
	if t.monitored {
		info["ScheduleStatus"] = map[string]any{
			"Last": netTime(status.last), "Next": netTime(status.next), "LastUpdated": netTime(status.updated),
		}
	}
	return payload{
		Data:     map[string]any{t.binding: info},
		Metadata: map[string]any{"sys": systemData(function)},
	}
}
