package boundary

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"encoding/xml"
	"fmt"
	"io"
	"net/http"
	"strconv"

	"certgate/internal/durable"
	"certgate/localstack/fault"
	"certgate/localstack/storagedoor"
)

// numberHeader marks a request on its way to storage and back.
const numberHeader = "X-Boundary-Request"

// Hooks see the two boundaries around the row, and keep the ledger.
func (k *Killer) Hooks() storagedoor.Hooks {
	return storagedoor.Hooks{Before: k.before, OnAnswer: k.answered}
}

func (k *Killer) before(service string, r *http.Request) fault.Fault {
	kind := storagedoor.Kind(service, r)
	if kind != "table batch" && kind != "queue put" {
		return fault.Fault{}
	}
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return fault.Fault{Drop: true} // the client died while it wrote
	}
	r.Body = io.NopCloser(bytes.NewReader(body))
	var content any
	if kind == "queue put" {
		content, err = readMessage(body)
	} else {
		content, err = readWrite(body)
	}
	if err != nil {
		k.fail(err)
		return fault.Fault{}
	}
	if w, ok := content.(write); ok && w.turn() && k.at == BeforeRow && k.strike(k.ledger.killed, k.ledger.stepOf(w)) {
		return fault.Fault{Drop: true}
	}
	number := strconv.FormatInt(k.numbers.Add(1), 10)
	k.underWay.Store(number, content)
	r.Header.Set(numberHeader, number)
	return fault.Fault{}
}

func (k *Killer) answered(_ string, r *http.Request, status int) {
	content, ok := k.underWay.LoadAndDelete(r.Header.Get(numberHeader))
	if !ok || status >= 300 {
		return
	}
	switch c := content.(type) {
	case durable.Message:
		k.ledger.queued(c)
	case write:
		step, ok := k.ledger.stored(c)
		switch {
		case ok && k.at == BeforeMessage:
			k.strike(k.ledger.killed, step)
		case c.start() && k.at == BeforeFirstMessage:
			k.strike(k.ledger.killed, Start(c.inst.Flow))
		}
	}
}

// readMessage reads the body of a message that is put into a queue.
func readMessage(body []byte) (m durable.Message, err error) {
	var put struct{ MessageText string }
	if err := xml.Unmarshal(body, &put); err != nil {
		return m, fmt.Errorf("read a queue message: %w", err)
	}
	text, err := base64.StdEncoding.DecodeString(put.MessageText)
	if err != nil {
		return m, fmt.Errorf("read a queue message: %w", err)
	}
	if err := json.Unmarshal(text, &m); err != nil {
		return m, fmt.Errorf("read a queue message: %w", err)
	}
	return m, nil
}
