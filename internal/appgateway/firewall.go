package appgateway

import (
	"context"
	"strings"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore/runtime"
	"github.com/tidwall/gjson"

	"certgate/internal/gatewaydoc"
)

// ruleSetsFor is how long the rule sets of a firewall policy are remembered.
const ruleSetsFor = 10 * time.Minute

// policyRules are what is remembered of a firewall policy.
type policyRules struct {
	old    bool
	readAt time.Time
}

// knowRuleSets tells the document whether one of its firewall policies has a rule
// set that leaves the gateway less room. A policy that cannot be read is taken for a
// new one: then the service itself refuses what is too much.
func (c *Client) knowRuleSets(ctx context.Context, doc *gatewaydoc.Document) {
	for _, id := range doc.FirewallPolicies() {
		if c.oldRules(ctx, id) {
			doc.HasOldRuleSet()
		}
	}
}

func (c *Client) oldRules(ctx context.Context, id string) bool {
	key := strings.ToLower(id)
	c.mu.Lock()
	known, ok := c.policies[key]
	c.mu.Unlock()
	if ok && time.Since(known.readAt) < ruleSetsFor {
		return known.old
	}
	found := policyRules{readAt: time.Now()}
	if resp, err := c.get(ctx, id); err == nil {
		if raw, err := runtime.Payload(resp); err == nil {
			for _, set := range gjson.GetBytes(raw, "properties.managedRules.managedRuleSets").Array() {
				found.old = found.old || gatewaydoc.OldRuleSet(set.Get("ruleSetType").String(), set.Get("ruleSetVersion").String())
			}
		}
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.policies == nil {
		c.policies = map[string]policyRules{}
	}
	c.policies[key] = found
	return found.old
}
