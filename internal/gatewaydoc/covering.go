package gatewaydoc

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"github.com/tidwall/gjson"

	"certgate/internal/hostname"
	"certgate/internal/issuance"
)

// A hostname may be answered for today by a listener with a wildcard, with several
// hostnames or with none. A listener of its own takes it out of that one, so what
// protects there is taken over: the firewall policy, the SSL profile (client
// certificates, TLS versions), the error pages, the rewrite set, the check of tokens.
// Where the traffic goes is for the settings to say.

// protection is what a listener and its rule have for that.
type protection struct {
	Firewall   *reference
	SSLProfile *reference
	ErrorPages json.RawMessage
	Rewrites   *reference
	Tokens     *reference // of the rule: entraJWTValidationConfig
}

// covering finds the listener and the rule that answer for a hostname on the HTTPS
// port of a frontend beside the listeners for just this hostname.
func (d *Document) covering(host, frontend string, s Settings) (listener, rule *entry) {
	for _, r := range d.byPriority() {
		l, ok := d.listenerOf(r)
		if ok && l.isHTTPS() && !l.servesOnly(host) && d.on(l, frontend, s.httpsPort()) && covers(l.hosts, []string{strings.ToLower(host)}) {
			return l, r
		}
	}
	return nil, nil
}

// protectionFor is what a new listener for the hostname has to take over. What
// protects single paths cannot be, because the new rule has no paths.
func (d *Document) protectionFor(host, frontend string, s Settings) (protection, error) {
	l, rule := d.covering(host, frontend, s)
	if l == nil {
		return protection{}, nil
	}
	p := protection{
		Firewall: refOf(l, "firewallPolicy"), SSLProfile: refOf(l, "sslProfile"),
		Rewrites: refOf(rule, "rewriteRuleSet"), Tokens: refOf(rule, "entraJWTValidationConfig"),
	}
	if pages := l.get("properties.customErrorConfigurations"); len(pages.Array()) > 0 {
		p.ErrorPages = json.RawMessage(pages.Raw)
	}
	if m := d.mapOf(rule); m != nil {
		p.Rewrites = refOf(m, "defaultRewriteRuleSet")
		if paths := protectedPaths(m); len(paths) > 0 {
			return protection{}, refuse("The listener %s answers for %s today, and the rules %s of its path map %s have a firewall policy or a rewrite set for their paths, which a listener for %s alone would lose. Make the listener for %s by hand, with what protects it; certgate then gives it the certificate.",
				l.name, host, strings.Join(paths, ", "), m.name, host, host)
		}
	}
	return p, nil
}

// protectedPaths are the path rules with something of their own.
func protectedPaths(m *entry) (names []string) {
	common := m.get("properties.defaultRewriteRuleSet.id").String()
	for _, r := range m.get("properties.pathRules").Array() {
		rewrites := r.Get("properties.rewriteRuleSet.id").String()
		if r.Get("properties.firewallPolicy.id").String() != "" || rewrites != "" && !strings.EqualFold(rewrites, common) {
			names = append(names, r.Get("name").String())
		}
	}
	return names
}

// Remarks say where requests for a hostname went before it had certgate's listener,
// if that was somewhere else: sentences for people.
func (d *Document) Remarks(l issuance.Listener, s Settings) []string {
	var remarks []string
	for _, one := range d.sites(l) {
		remarks = append(remarks, d.remarks(one, s)...)
	}
	return remarks
}

func (d *Document) remarks(l site, s Settings) []string {
	var remarks []string
	for _, frontend := range d.publicNames() {
		before, rule := d.covering(l.Hostname, frontend, s)
		own := d.ruleOfOwn(l, frontend, s)
		if before == nil || own == nil {
			continue
		}
		was, is := d.leadsTo(rule), d.leadsTo(own)
		text := fmt.Sprintf("The listener %s, which answers for %s too, leads to %s (rule %s); that of %s alone leads to %s, as the settings say.", before.name, l.Hostname, was, rule.name, l.Hostname, is)
		if was != is && !slices.Contains(remarks, text) {
			remarks = append(remarks, text)
		}
	}
	return remarks
}

// Covering names the listener that answers for a hostname without a listener of its
// own, "" if there is none.
func (d *Document) Covering(host string, s Settings) string {
	for _, frontend := range d.publicNames() {
		if l, _ := d.covering(host, frontend, s); l != nil {
			return l.name
		}
	}
	return ""
}

// ruleOfOwn is the rule of a listener that certgate made, nil if somebody else did.
func (d *Document) ruleOfOwn(l site, frontend string, s Settings) *entry {
	for _, r := range d.lists[rules].entries {
		e, ok := d.listenerOf(r)
		if ok && e.servesOnly(l.Hostname) && d.on(e, frontend, s.httpsPort()) && numbered(of(l.Name, hostname.NthListenerName), e.name) > 0 {
			return r
		}
	}
	return nil
}

// leadsTo says where a rule sends requests.
func (d *Document) leadsTo(rule *entry) string {
	if m := d.mapOf(rule); m != nil {
		return "the path map " + m.name
	}
	if to := rule.get("properties.redirectConfiguration.id").String(); to != "" {
		return "the redirect " + lastSegment(to)
	}
	return fmt.Sprintf("the pool %s with the settings %s", lastSegment(rule.pool), lastSegment(rule.get("properties.backendHttpSettings.id").String()))
}

func (d *Document) mapOf(rule *entry) *entry {
	list := d.lists[pathMaps]
	if i := list.find(lastSegment(rule.pathMap)); rule.pathMap != "" && i >= 0 {
		return list.entries[i]
	}
	return nil
}

// refOf reads a reference of an entry; nil if it has none.
func refOf(e *entry, member string) *reference {
	id := gjson.Get(e.raw, "properties."+member+".id").String()
	if id == "" {
		return nil
	}
	return &reference{ID: id}
}
