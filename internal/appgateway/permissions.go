package appgateway

import (
	"context"
	"net/http"
	"net/url"
	"strings"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore/runtime"
	"github.com/tidwall/gjson"

	"certgate/internal/gatewaydoc"
)

// permissionsVersion of Microsoft.Authorization.
const permissionsVersion = "2022-04-01"

// maxPermissionPages bounds the pages of one answer; one is usual.
const maxPermissionPages = 20

// Permissions are what the app's identity may do at a scope: one entry for each
// role assignment that reaches it.
type Permissions []permission

type permission struct{ actions, notActions []string }

// Permissions asks ARM for them. The scope is a resource id: the gateway's own
// or that of something it is joined to. Asking changes nothing. Errors: as Read.
func (c *Client) Permissions(ctx context.Context, scope string) (Permissions, error) {
	next, err := c.request(ctx, http.MethodGet, scope+"/providers/Microsoft.Authorization/permissions")
	if err != nil {
		return nil, c.explain("read the permissions on", err)
	}
	next.Raw().URL.RawQuery = url.Values{"api-version": {permissionsVersion}}.Encode()
	var all Permissions
	for range maxPermissionPages {
		resp, err := c.do(next)
		if err != nil {
			return nil, c.explain("read the permissions on", err)
		}
		raw, err := runtime.Payload(resp)
		if err != nil {
			return nil, c.explain("read the permissions on", err)
		}
		gjson.GetBytes(raw, "value").ForEach(func(_, v gjson.Result) bool {
			all = append(all, permission{actions: texts(v.Get("actions")), notActions: texts(v.Get("notActions"))})
			return true
		})
		link := gjson.GetBytes(raw, "nextLink").String()
		if link == "" {
			break
		}
		if next, err = runtime.NewRequest(ctx, http.MethodGet, link); err != nil {
			return nil, c.explain("read the permissions on", err)
		}
	}
	return all, nil
}

// Allow reports whether some assignment has the action and does not take it away
// again. What one assignment excludes another may still grant.
func (p Permissions) Allow(action string) bool {
	for _, one := range p {
		if covered(one.actions, action) && !covered(one.notActions, action) {
			return true
		}
	}
	return false
}

// covered compares as Azure does: without case, * is any run of characters. A *
// between slashes can be nothing at all, slash included: the built-in role
// Managed Identity Operator has userAssignedIdentities/*/assign/action and grants
// userAssignedIdentities/assign/action with it.
func covered(patterns []string, action string) bool {
	action = strings.ToLower(action)
	for _, pattern := range patterns {
		pattern = strings.ToLower(pattern)
		if gatewaydoc.Matches(pattern, action) || gatewaydoc.Matches(strings.ReplaceAll(pattern, "/*/", "/"), action) {
			return true
		}
	}
	return false
}

func texts(array gjson.Result) []string {
	var out []string
	for _, v := range array.Array() {
		out = append(out, v.String())
	}
	return out
}
