package azuredns

import (
	"context"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore/runtime"
	"github.com/tidwall/gjson"

	"certgate/internal/dnsproviders"
)

// tries bounds how often one call reads and writes anew when others write, too.
const tries = 5

// recordSet is the TXT record set of a name as it was read.
type recordSet struct {
	etag   string // "" if there is none
	ttl    int64
	meta   string   // raw JSON
	values []string // a long value comes as several strings: joined here
}

// Ensure adds the values. A set that stands keeps its TTL and its metadata.
func (a *Account) Ensure(ctx context.Context, z dnsproviders.Zone, c dnsproviders.Change) (dnsproviders.Receipt, error) {
	return "", a.edit(ctx, "add", z, c, func(values []string) []string {
		for _, v := range c.Values {
			if !slices.Contains(values, v) {
				values = append(values, v)
			}
		}
		return values
	})
}

// Remove takes the values away, and the set with the last one: an empty set would
// still make the name exist.
func (a *Account) Remove(ctx context.Context, z dnsproviders.Zone, c dnsproviders.Change, _ dnsproviders.Receipt) error {
	return a.edit(ctx, "remove", z, c, func(values []string) []string {
		return slices.DeleteFunc(values, func(v string) bool { return slices.Contains(c.Values, v) })
	})
}

// Settled is true: Azure DNS does not tell when its servers have a change.
func (a *Account) Settled(context.Context, dnsproviders.Zone, dnsproviders.Receipt) (bool, error) {
	return true, nil
}

// edit reads the set, changes its values and writes it back, until nobody came
// in between.
func (a *Account) edit(ctx context.Context, verb string, z dnsproviders.Zone, c dnsproviders.Change, change func([]string) []string) error {
	verb += " TXT values at " + c.Name
	id := z.ID + "/TXT/" + z.Relative(c.Name, "@")
	var err error
	for range tries {
		var set recordSet
		if set, err = a.read(ctx, id); err != nil {
			return explain(verb, z.Name, c.Name, err)
		}
		after := change(slices.Clone(set.values))
		if slices.Equal(after, set.values) {
			return nil
		}
		if err = a.write(ctx, id, set, after, c.TTL); err == nil {
			return nil
		}
		if !isOutdated(err) {
			return explain(verb, z.Name, c.Name, err)
		}
	}
	return dnsproviders.Conflict(c.Name, fmt.Errorf("%s: changed by others %d times: %w", verb, tries, err))
}

// read gets the set; one that is not there has no etag.
func (a *Account) read(ctx context.Context, id string) (recordSet, error) {
	req, err := a.request(ctx, http.MethodGet, id)
	if err != nil {
		return recordSet{}, err
	}
	raw, err := a.do(req)
	if isMissing(err) {
		return recordSet{}, nil
	}
	if err != nil {
		return recordSet{}, err
	}
	return parse(raw), nil
}

func parse(raw []byte) recordSet {
	body := gjson.ParseBytes(raw)
	set := recordSet{etag: body.Get("etag").String(), ttl: body.Get("properties.TTL").Int(), meta: body.Get("properties.metadata").Raw}
	for _, record := range body.Get("properties.TXTRecords").Array() {
		var value strings.Builder
		for _, part := range record.Get("value").Array() {
			value.WriteString(part.String())
		}
		set.values = append(set.values, value.String())
	}
	return set
}

// write puts the values in place of what was read, or deletes the set if there
// are none.
func (a *Account) write(ctx context.Context, id string, old recordSet, values []string, ttl time.Duration) error {
	method := http.MethodPut
	if len(values) == 0 {
		method = http.MethodDelete
	}
	req, err := a.request(ctx, method, id)
	if err != nil {
		return err
	}
	if old.etag != "" {
		req.Raw().Header.Set("If-Match", old.etag)
	} else {
		req.Raw().Header.Set("If-None-Match", "*")
	}
	if method == http.MethodPut {
		if err := runtime.MarshalAsJSON(req, document(old, values, ttl)); err != nil {
			return err
		}
	}
	_, err = a.do(req)
	return err
}
