package vaultsim

import (
	"encoding/base64"
	"net/http"
	"net/url"
	"slices"
	"strconv"
)

// maxPage is the service's page size, and the largest that a caller may want.
const maxPage = 25

type listReply struct {
	Value    []any   `json:"value"`
	NextLink *string `json:"nextLink"` // null at the end
}

// list answers one page of the items that show returns (nil leaves one out),
// in the order of their keys. The token names the last key that was seen, so
// items that come and go between two pages neither repeat nor hide others.
func list(c *call, keys []string, show func(key string) any) (reply, error) {
	size := maxPage
	if want := c.query.Get("maxresults"); want != "" {
		n, err := strconv.Atoi(want)
		if err != nil || n < 1 || n > maxPage {
			return reply{}, badParameter("maxresults must be between 1 and %d", maxPage)
		}
		size = n
	}
	after, err := base64.RawURLEncoding.DecodeString(c.query.Get("$skiptoken"))
	if err != nil {
		return reply{}, badParameter("$skiptoken is not one of this vault")
	}
	slices.Sort(keys)
	out := listReply{Value: []any{}}
	last := ""
	for _, key := range keys {
		if key <= string(after) {
			continue
		}
		x := show(key)
		if x == nil {
			continue
		}
		if len(out.Value) == size {
			next := c.base + c.path + "?" + c.nextQuery(last).Encode()
			out.NextLink = &next
			break
		}
		out.Value, last = append(out.Value, x), key
	}
	return reply{status: http.StatusOK, body: out}, nil
}

// nextQuery keeps what the caller asked for and moves the token.
func (c *call) nextQuery(last string) url.Values {
	q := url.Values{}
	for name, values := range c.query {
		q[name] = values
	}
	q.Set("$skiptoken", base64.RawURLEncoding.EncodeToString([]byte(last)))
	return q
}
