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

// systemData is the member that every invocation has.
func systemData(function string) map[string]any {
	return map[string]any{
		"MethodName": function,
		"UtcNow":     netUTC(time.Now()),
		"RandGuid":   uuid.NewString(),
	}
}

// queueMessage is what the payload needs of a message.
type queueMessage struct {
	id, popReceipt               string // empty: the function is run by /admin
	content                      []byte // decoded
	dequeueCount                 int64
	inserted, expires, visibleAt time.Time
}

// byHand is the message of a run by /admin.
func byHand(content string) queueMessage {
	return queueMessage{content: []byte(content), inserted: time.Now().Truncate(time.Second), expires: netMaxTime, visibleAt: netMaxTime}
}

func queuePayload(function string, t *queueTrigger, m queueMessage) payload {
	p := payload{Data: map[string]any{}, Metadata: map[string]any{
		"DequeueCount":    encoded(m.dequeueCount),
		"InsertionTime":   netTime(m.inserted.UTC()),
		"ExpirationTime":  netTime(m.expires.UTC()),
		"NextVisibleTime": netTime(m.visibleAt.UTC()),
		"sys":             systemData(function),
	}}
	p.Data[t.binding] = encoded(string(m.content))
	if t.binary {
		p.Data[t.binding] = base64.StdEncoding.EncodeToString(m.content)
	}
	if m.id == "" {
		p.Metadata[t.binding] = p.Data[t.binding]
	} else {
		p.Metadata["Id"], p.Metadata["PopReceipt"] = encoded(m.id), encoded(m.popReceipt)
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
		return encoded(netString(text))
	default:
		return encoded(netNumber(string(raw)))
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

func timerPayload(function string, t *timerTrigger, status timerStatus, pastDue bool) payload {
	info := map[string]any{
		"Schedule":       map[string]any{"AdjustForDST": !t.schedule.constant},
		"ScheduleStatus": nil,
		"IsPastDue":      pastDue,
	}
	if t.monitored {
		info["ScheduleStatus"] = map[string]any{
			"Last": netTime(status.Last), "Next": netTime(status.Next), "LastUpdated": netTime(status.LastUpdated),
		}
	}
	return payload{
		Data:     map[string]any{t.binding: info},
		Metadata: map[string]any{"sys": systemData(function)},
	}
}
