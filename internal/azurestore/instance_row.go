package azurestore

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
	"github.com/Azure/azure-sdk-for-go/sdk/data/aztables"

	"certgate/internal/durable"
)

// version is what durable.Instance.ETag holds for this store: the row's ETag
// and the key of its due row, which the next turn has to delete without having
// to read first. An ended instance has no due row.
type version struct {
	due  string
	etag azcore.ETag
}

func (v version) String() string { return v.due + " " + string(v.etag) }

func (v version) ended() bool { return v.due == "" }

// parseVersion is ErrConflict for an instance that was not read from a row.
func parseVersion(inst *durable.Instance) (version, error) {
	due, etag, ok := strings.Cut(inst.ETag, " ")
	if !ok || etag == "" || !validID(inst.ID) {
		return version{}, durable.ErrConflict
	}
	return version{due: due, etag: azcore.ETag(etag)}, nil
}

// versionOf is the version of inst as it is stored under etag.
func versionOf(inst *durable.Instance, etag azcore.ETag) version {
	if inst.Status.Ended() {
		return version{etag: etag}
	}
	return version{due: dueKey(inst.DueAt, inst.ID), etag: etag}
}

// instanceRow is the row i|; commit marks the write.
func instanceRow(inst *durable.Instance, commit string) (row, error) {
	r, err := publicRow(inst, instanceKey(inst.ID))
	r.document("State", inst.State)
	r.columns[markColumn] = commit
	return r, err
}

// listRow is the row l|: the same without the state.
func listRow(inst *durable.Instance) (row, error) {
	return publicRow(inst, listKey(inst.CreatedAt, inst.ID))
}

func publicRow(inst *durable.Instance, key string) (row, error) {
	r := newRow(shardOfID(inst.ID), key)
	slim := *inst
	slim.Input, slim.State, slim.Output = nil, nil, nil // documents of their own: stored byte for byte
	for _, t := range times(&slim) {
		*t = t.UTC()
	}
	data, err := json.Marshal(slim)
	if err != nil {
		return r, fmt.Errorf("encode instance %s: %w", inst.ID, err)
	}
	r.document("Data", data)
	r.document("Input", inst.Input)
	r.document("Output", inst.Output)
	r.columns["Flow"], r.columns["Status"], r.columns["Step"] = readable(inst.Flow), string(inst.Status), readable(inst.Step)
	r.columns["Message"] = readable(inst.Custom.Message)
	r.columns["Claim"], r.columns["UpdatedAt"] = claimKey(inst.Claim), sortable(inst.UpdatedAt)
	r.columns["Seq"], r.columns["DueAt"] = aztables.EDMInt64(inst.Seq), inst.DueAt.UTC().Format(time.RFC3339Nano)
	return r, nil
}

// decodeInstance reads a row i| or l|. The ETag is set for the first. Its error is a
// *durable.UnreadableError.
func decodeInstance(e aztables.EDMEntity) (*durable.Instance, error) {
	inst, err := readInstance(e)
	if err != nil {
		unreadable := damaged(durable.RowInstance, lastPart(e.RowKey), e, err)
		unreadable.Flow = textOf(e, "Flow")
		return nil, unreadable
	}
	return inst, nil
}

func readInstance(e aztables.EDMEntity) (*durable.Instance, error) {
	var inst durable.Instance
	err := readData(e, &inst)
	if err != nil {
		return nil, err
	}
	for name, document := range map[string]*json.RawMessage{"Input": &inst.Input, "State": &inst.State, "Output": &inst.Output} {
		if *document, err = readJSON(e, name); err != nil {
			return nil, err
		}
	}
	if err := isInstance(&inst, e); err != nil {
		return nil, err
	}
	for _, t := range times(&inst) {
		*t = t.UTC()
	}
	if strings.HasPrefix(e.RowKey, "i|") {
		inst.ETag = versionOf(&inst, azcore.ETag(e.ETag)).String()
	}
	return &inst, nil
}

// isInstance says what makes a document that could be decoded no instance, or not the
// one of its row.
func isInstance(inst *durable.Instance, e aztables.EDMEntity) error {
	active := !inst.Status.Ended()
	switch {
	case inst.ID != lastPart(e.RowKey) || !validID(inst.ID):
		return errors.New("it has another id than its row")
	case inst.Claim == "" || durable.ShardOf(inst.Claim) != e.PartitionKey || shardOfID(inst.ID) != e.PartitionKey:
		return errors.New("its claim is not one of its partition")
	case !slices.Contains(durable.RuntimeStatuses(), inst.Status):
		return errors.New("its status is none that there is")
	case inst.Flow == "" || inst.CreatedAt.IsZero() || inst.Seq < 1:
		return errors.New("it has no flow, no time or no turn")
	case active && (inst.Step == "" || inst.DueAt.IsZero()):
		return errors.New("it has not ended and is in no step")
	case active && strings.HasPrefix(e.RowKey, "i|") && len(inst.State) == 0:
		return errors.New("it has not ended and has no state")
	}
	return nil
}

func times(i *durable.Instance) []*time.Time {
	return []*time.Time{&i.CreatedAt, &i.UpdatedAt, &i.StepSince, &i.DueAt, &i.LeaseUntil}
}

// indexes adds the rows by which inst is found: its due row, in place of the one
// before if that was another, its row among those that have ended, and its list row.
func (t *transaction) indexes(inst *durable.Instance, was version) error {
	key := dueKey(inst.DueAt, inst.ID)
	if inst.Status.Ended() {
		key = endedKey(inst.UpdatedAt, inst.ID)
	}
	if key != was.due {
		t.put(aztables.TransactionTypeInsertReplace, newRow(shardOfID(inst.ID), key), nil, "index row")
		if was.due != "" {
			t.delete(shardOfID(inst.ID), was.due, azcore.ETagAny)
		}
	}
	if inst.Hidden {
		return nil
	}
	list, err := listRow(inst)
	t.put(aztables.TransactionTypeInsertReplace, list, nil, "list row of instance "+inst.ID)
	return err
}

// history adds a history row; none if the event has no kind.
func (t *transaction) history(id string, e durable.Event, commit string) error {
	if e.Kind == "" {
		return nil
	}
	r := newRow(shardOfID(id), historyKey(id, e, commit))
	e.Time, e.Since = e.Time.UTC(), e.Since.UTC()
	data, err := json.Marshal(e)
	r.document("Data", data)
	r.columns["Kind"], r.columns["Step"], r.columns["Message"] = e.Kind, readable(e.Step), readable(e.Message)
	t.put(aztables.TransactionTypeInsertReplace, r, nil, "history row of instance "+id)
	return err
}

// mail adds or replaces an item.
func (t *transaction) mail(kind aztables.TransactionType, claim string, item durable.Item, commit string) error {
	r := newRow(durable.ShardOf(claim), itemKey(claim, item.ID))
	r.document("Body", item.Body)
	r.document("Answer", item.Answer)
	item.Body, item.Answer = nil, nil
	item.PostedAt, item.AnsweredAt = item.PostedAt.UTC(), item.AnsweredAt.UTC()
	data, err := json.Marshal(item)
	r.document("Data", data)
	r.columns[markColumn] = commit
	t.put(kind, r, nil, "item "+item.ID)
	return err
}

// decodeItem reads a piece of mail. Its error is a *durable.UnreadableError.
func decodeItem(e aztables.EDMEntity) (item durable.Item, err error) {
	err = readData(e, &item)
	for name, document := range map[string]*json.RawMessage{"Body": &item.Body, "Answer": &item.Answer} {
		if err == nil {
			*document, err = documentOf(e, name) // whose form is between writer and reader
		}
	}
	if err == nil && escape(item.ID) != lastPart(e.RowKey) {
		err = errors.New("it has another id than its row")
	}
	if err != nil {
		return durable.Item{}, damaged(durable.RowMail, "", e, err)
	}
	return item, nil
}

// decodeEvent reads a row of the history. In the place of one that cannot be read is
// an event that says so, with the turn and the time that are in the key; the error is
// a *durable.UnreadableError.
func decodeEvent(e aztables.EDMEntity) (event durable.Event, err error) {
	if err = readData(e, &event); err == nil && event.Kind == "" {
		err = errors.New("it has no kind")
	}
	if err == nil {
		return event, nil
	}
	event = durable.Event{Kind: durable.EventUnreadable, Message: "This part of the history cannot be read."}
	if parts := strings.Split(e.RowKey, "|"); len(parts) == 5 {
		event.Seq, _ = strconv.ParseInt(parts[2], 10, 64)
		event.Time, _ = time.Parse(sortableForm, parts[3])
	}
	return event, damaged(durable.RowHistory, "", e, err)
}
