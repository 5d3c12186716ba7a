package bench

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"runtime"
	"strings"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/data/aztables"
	"golang.org/x/sync/errgroup"

	"certgate/internal/azurestore"
	"certgate/internal/durable"
	"certgate/internal/issuance"
	"certgate/internal/issuance/managed"
)

const (
	// found is how many of what is stored each sweep is to find: silent instances,
	// instances older than the retention, certificates that are due for a look.
	found = 20
	// minSize leaves something that no sweep finds.
	minSize = 100
	// perRecord is how many instances a certificate has had: an issue, renewals.
	perRecord = 10
	// seedState is about the size of the state of a certificate's instance.
	seedState = 1500
	// seedBatch is what one transaction of the service takes.
	seedBatch = 100
	// seedWriters write at the same time, one partition each or more.
	seedWriters = 8
	// retained is the default of HistoryRetentionDays.
	retained = 90 * 24 * time.Hour
)

// seeder makes a part of the rows.
type seeder struct {
	book  *rowBook
	store *azurestore.Store // writes into the book
	now   time.Time
	rows  int

	full map[string][]aztables.TransactionAction // by partition, less than a batch each
	send func(batch []aztables.TransactionAction)
}

// seed stores so many instances as certgate would have left them, and a tenth of it
// certificates. It returns how many rows that are.
func seed(ctx context.Context, connection, table string, size int, now time.Time) (rows int, err error) {
	service, err := aztables.NewServiceClientFromConnectionString(connection, nil)
	if err != nil {
		return 0, fmt.Errorf("seed: %w", err)
	}
	client := service.NewClient(table)
	if _, err := client.CreateTable(ctx, nil); err != nil {
		return 0, fmt.Errorf("seed: make table %s: %w", table, err)
	}
	write, ctx := errgroup.WithContext(ctx)
	write.SetLimit(seedWriters)
	send := func(batch []aztables.TransactionAction) {
		write.Go(func() error {
			_, err := client.SubmitTransaction(ctx, batch, nil)
			return err
		})
	}
	// Making the rows takes as long as storing them: each processor makes a part.
	makers := make([]*seeder, runtime.NumCPU())
	var makeRows errgroup.Group
	for i := range makers {
		makers[i] = &seeder{book: &rowBook{}, now: now, full: map[string][]aztables.TransactionAction{}, send: send}
		makeRows.Go(func() error { return makers[i].make(ctx, connection, table, size, i, len(makers)) })
	}
	if err := errors.Join(makeRows.Wait(), write.Wait()); err != nil {
		return 0, fmt.Errorf("seed: %w", err)
	}
	for _, s := range makers {
		rows += s.rows
	}
	return rows, nil
}

// make makes every n-th instance and certificate, from the first on.
func (s *seeder) make(ctx context.Context, connection, table string, size, first, n int) (err error) {
	config := azurestore.Config{ConnectionString: connection, Table: table}
	config.ClientOptions.Transport = s.book
	if s.store, err = azurestore.New(config); err != nil {
		return err
	}
	for i := first; i < size && ctx.Err() == nil; i += n {
		if err := s.instance(ctx, i); err != nil {
			return fmt.Errorf("instance %d: %w", i, err)
		}
		s.flush()
	}
	for i := first; i < size/perRecord && ctx.Err() == nil; i += n {
		if err := s.record(ctx, i); err != nil {
			return fmt.Errorf("certificate %d: %w", i, err)
		}
		s.flush()
	}
	for _, batch := range s.full {
		if len(batch) > 0 {
			s.send(batch)
		}
	}
	return ctx.Err()
}

// instance writes one that ended within the retention. The first ones are silent,
// the next ones older than it.
func (s *seeder) instance(ctx context.Context, i int) error {
	created := s.now.Add(-24*time.Hour - time.Duration(i)*time.Second)
	if i >= found && i < 2*found {
		created = created.Add(-retained)
	}
	hostname := fmt.Sprintf("h%d.example.test", i)
	claim := issuance.Claim(hostname)
	inst := &durable.Instance{
		ID: durable.NewID(claim), Flow: issuance.FlowAddCertificate, Claim: claim, Status: durable.Running, Step: "CheckDnsResolutionStep", Seq: 1,
		Input: json.RawMessage(fmt.Sprintf(`{"hostnames":[{"hostname":%q}]}`, hostname)), State: filler(seedState), RequestedBy: "operations@example.test",
		CreatedAt: created, UpdatedAt: created, StepSince: created, DueAt: created,
	}
	if err := s.store.Create(ctx, inst, durable.Event{}); err != nil {
		return err
	}
	if i < found {
		return nil
	}
	inst.Status, inst.Step, inst.Seq, inst.UpdatedAt = durable.Completed, "", 12, created.Add(20*time.Second)
	inst.Custom = durable.CustomStatus{Status: string(durable.Completed), Message: "Certbot function successfully completed."}
	inst.Output = json.RawMessage(fmt.Sprintf(`{"hostname":%q,"certificateName":%q}`, hostname, strings.ReplaceAll(hostname, ".", "-")))
	return s.store.Commit(ctx, inst, durable.Change{})
}

// record writes a certificate that needs no look for a while, but for the
// first ones.
func (s *seeder) record(ctx context.Context, i int) error {
	next := s.now.Add(time.Hour + time.Duration(i)*time.Second)
	if i < found {
		next = s.now.Add(-time.Hour)
	}
	hostname := fmt.Sprintf("h%d.example.test", i)
	return s.store.SaveRecord(ctx, &managed.Record{
		Name: strings.ReplaceAll(hostname, ".", "-"), Hostnames: []string{hostname}, Served: managed.ServedCurrent,
		NotBefore: s.now.Add(-30 * 24 * time.Hour), NotAfter: s.now.Add(60*24*time.Hour + time.Duration(i)*time.Second), NextCheck: next,
	})
}

// flush takes what the store has written into batches, and sends full ones.
func (s *seeder) flush() {
	for key, entity := range s.book.take() {
		batch := append(s.full[key.partition], aztables.TransactionAction{ActionType: aztables.TransactionTypeAdd, Entity: entity})
		s.rows++
		if len(batch) == seedBatch {
			s.send(batch)
			batch = nil
		}
		s.full[key.partition] = batch
	}
}
