package principal

import (
	"context"
	"crypto"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync"
	"time"

	"github.com/coreos/go-oidc/v3/oidc"
	"github.com/go-jose/go-jose/v4"
	"golang.org/x/sync/singleflight"
)

const (
	// freshFor is how long a key that the issuer has withdrawn can still be used.
	freshFor = time.Hour
	// usableFor bridges an issuer that does not answer: Entra publishes new keys
	// days before it signs with them.
	usableFor = 24 * time.Hour
	// askEvery bounds what unknown key ids, which anybody can send, cost the
	// issuer. It is also how long a key may be new before it works.
	askEvery = 30 * time.Second
	// askFor bounds one fetch, both documents together.
	askFor = 10 * time.Second

	maxKeyDocument = 1 << 20
)

// keys are an issuer's signing keys by key id: fetched when a token first needs
// them, again when they are old or lack a key. It stands in for the library's
// remote key set, which keeps withdrawn keys for ever and lets every unknown key
// id cause a request.
type keys struct {
	issuer string
	client *http.Client
	now    func() time.Time
	flight singleflight.Group

	mu        sync.Mutex
	known     map[string]jose.JSONWebKey
	fetchedAt time.Time
	askedAt   time.Time
	failure   error // of the last fetch
}

func newKeys(issuer string, client *http.Client, now func() time.Time) *keys {
	c := *client
	c.CheckRedirect = func(r *http.Request, via []*http.Request) error {
		if r.URL.Scheme != "https" || len(via) > 3 {
			return errors.New("redirected away from https, or too often")
		}
		return nil
	}
	return &keys{issuer: issuer, client: &c, now: now}
}

// find returns the key of this id; nil if the issuer has none. The error says
// that the issuer could not be asked.
func (k *keys) find(ctx context.Context, id string) (*jose.JSONWebKey, error) {
	if key, sure, err := k.look(id); sure {
		return key, err
	}
	select {
	case <-k.flight.DoChan("", func() (any, error) { k.refresh(ctx); return nil, nil }):
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	key, _, err := k.look(id)
	return key, err
}

// look answers from memory. sure means that there is no need to ask the issuer.
func (k *keys) look(id string) (key *jose.JSONWebKey, sure bool, err error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	age := k.now().Sub(k.fetchedAt)
	if found, ok := k.known[id]; ok && age < usableFor {
		key = &found
	}
	if key == nil {
		err = k.failure
	}
	return key, key != nil && age < freshFor, err
}

// refresh asks the issuer, unless that was done a moment ago. One caller's going
// away must not fail it for the others who wait for it.
func (k *keys) refresh(ctx context.Context) {
	k.mu.Lock()
	lately := k.now().Sub(k.askedAt) < askEvery
	k.mu.Unlock()
	if lately {
		return
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), askFor)
	defer cancel()
	known, err := k.ask(ctx)
	k.mu.Lock()
	defer k.mu.Unlock()
	k.askedAt, k.failure = k.now(), err
	if err == nil {
		k.known, k.fetchedAt = known, k.askedAt
	}
}

func (k *keys) ask(ctx context.Context) (map[string]jose.JSONWebKey, error) {
	provider, err := oidc.NewProvider(oidc.ClientContext(ctx, k.client), k.issuer)
	if err != nil {
		return nil, fmt.Errorf("discover the issuer: %w", err)
	}
	var document struct {
		JWKS string `json:"jwks_uri"`
	}
	if err := provider.Claims(&document); err != nil {
		return nil, fmt.Errorf("read the discovery document: %w", err)
	}
	if !strings.HasPrefix(document.JWKS, "https://") {
		return nil, fmt.Errorf("its jwks_uri %q is not https", document.JWKS)
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, document.JWKS, nil)
	if err != nil {
		return nil, fmt.Errorf("its jwks_uri: %w", err)
	}
	resp, err := k.client.Do(req)
	if err != nil {
		return nil, fmt.Errorf("get the key set: %w", err)
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		return nil, fmt.Errorf("get the key set: %s", resp.Status)
	}
	return readKeys(io.LimitReader(resp.Body, maxKeyDocument))
}

// readKeys reads a key set (RFC 7517 section 5). Keys of unknown kinds, without
// an id or not for signatures are left out, as the RFC asks for.
func readKeys(r io.Reader) (map[string]jose.JSONWebKey, error) {
	var set struct {
		Keys []json.RawMessage `json:"keys"`
	}
	if err := json.NewDecoder(r).Decode(&set); err != nil {
		return nil, fmt.Errorf("read the key set: %w", err)
	}
	known := map[string]jose.JSONWebKey{}
	for _, raw := range set.Keys {
		var key jose.JSONWebKey
		if json.Unmarshal(raw, &key) != nil || key.KeyID == "" || key.Use != "" && key.Use != "sig" || !key.Valid() || !key.IsPublic() {
			continue
		}
		known[key.KeyID] = key
	}
	if len(known) == 0 {
		return nil, errors.New("the key set has no key for signatures")
	}
	return known, nil
}

func keySet(key *jose.JSONWebKey) oidc.KeySet {
	return &oidc.StaticKeySet{PublicKeys: []crypto.PublicKey{key.Key}}
}
