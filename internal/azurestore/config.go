package azurestore

import (
	"context"
	"errors"
	"fmt"
	"regexp"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
	"github.com/Azure/azure-sdk-for-go/sdk/data/aztables"
	"github.com/Azure/azure-sdk-for-go/sdk/storage/azqueue"
)

// The names in the storage account if the Config has none.
const (
	DefaultTable = "certgate"
	DefaultQueue = "certgate-steps"
)

// Config says where the storage is and who asks. Either ConnectionString is
// set (the emulator), or Credential with the service URLs (Azure).
type Config struct {
	ConnectionString string

	Credential azcore.TokenCredential
	TableURL   string // https://<account>.table.core.windows.net
	QueueURL   string // https://<account>.queue.core.windows.net

	Table string // 3-63 letters and digits, a letter first; default DefaultTable
	Queue string // 3-56 lower-case letters, digits and single hyphens; default DefaultQueue

	// Now is the clock for lock expiry; default time.Now.
	Now func() time.Time
	// ClientOptions go to the SDK clients: transport, retries, cloud.
	ClientOptions azcore.ClientOptions
}

// errConnectionString replaces the SDK's parse errors: what they quote is a secret.
var errConnectionString = errors.New("the storage connection string is not valid: it needs AccountName and AccountKey, or an endpoint and SharedAccessSignature")

var (
	tableName = regexp.MustCompile(`^[A-Za-z][A-Za-z0-9]{2,62}$`)
	queueName = regexp.MustCompile(`^[a-z0-9](-?[a-z0-9]){2,}$`)
)

// maxQueueName leaves room for "-poison", which the host appends, in the 63
// characters that the service allows.
const maxQueueName = 56

// Store implements durable.Store, durable.Mailbox and durable.Archive, and locks.
type Store struct {
	table *aztables.Client
	name  string
	now   func() time.Time
	told  told
}

// New makes a store. It sends nothing: the table is made when it is first missed.
func New(c Config) (*Store, error) {
	s := &Store{name: c.Table, now: c.Now}
	if s.name == "" {
		s.name = DefaultTable
	}
	if s.now == nil {
		s.now = time.Now
	}
	if !tableName.MatchString(s.name) {
		return nil, fmt.Errorf("table name %q is not 3 to 63 letters and digits with a letter first", s.name)
	}
	options := &aztables.ClientOptions{ClientOptions: c.ClientOptions}
	var service *aztables.ServiceClient
	var err error
	switch {
	case c.ConnectionString != "":
		if service, err = aztables.NewServiceClientFromConnectionString(c.ConnectionString, options); err != nil {
			return nil, errConnectionString
		}
	case c.Credential == nil || c.TableURL == "":
		return nil, errors.New("table storage needs a connection string, or a credential and the table service URL")
	default:
		if service, err = aztables.NewServiceClient(c.TableURL, c.Credential, options); err != nil {
			return nil, fmt.Errorf("make table client: %w", err)
		}
	}
	s.table = service.NewClient(s.name)
	return s, nil
}

// Ensure makes the table if it is missing. Calling it is not needed, but it
// finds a missing permission early.
func (s *Store) Ensure(ctx context.Context) error {
	_, err := s.table.CreateTable(ctx, nil)
	if err = clean(err); err != nil && code(err) != string(aztables.TableAlreadyExists) {
		return fmt.Errorf("create table %s: %w", s.name, err)
	}
	return nil
}

// withTable runs do, and once more if the table was missing.
func (s *Store) withTable(ctx context.Context, do func() error) error {
	err := do()
	if code(err) != string(aztables.TableNotFound) {
		return err
	}
	if err := s.Ensure(ctx); err != nil {
		return err
	}
	return do()
}

// NewQueue makes a queue. It sends nothing: the queue is made when it is first
// missed.
func NewQueue(c Config) (*Queue, error) {
	q := &Queue{name: c.Queue}
	if q.name == "" {
		q.name = DefaultQueue
	}
	if !queueName.MatchString(q.name) || len(q.name) > maxQueueName {
		return nil, fmt.Errorf("queue name %q is not 3 to 56 lower-case letters, digits and single hyphens", q.name)
	}
	options := &azqueue.ClientOptions{ClientOptions: c.ClientOptions}
	var service *azqueue.ServiceClient
	var err error
	switch {
	case c.ConnectionString != "":
		if service, err = azqueue.NewServiceClientFromConnectionString(c.ConnectionString, options); err != nil {
			return nil, errConnectionString
		}
	case c.Credential == nil || c.QueueURL == "":
		return nil, errors.New("queue storage needs a connection string, or a credential and the queue service URL")
	default:
		if service, err = azqueue.NewServiceClient(c.QueueURL, c.Credential, options); err != nil {
			return nil, fmt.Errorf("make queue client: %w", err)
		}
	}
	q.client, q.poison = service.NewQueueClient(q.name), service.NewQueueClient(q.name+poisonSuffix)
	return q, nil
}
