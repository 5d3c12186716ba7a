// Package notify tells people what happened: it posts alerts to webhooks (Slack,
// Microsoft Teams, generic JSON).
//
// Each (alert, receiver) is a durable instance of its own, with a day to be
// delivered in, so a receiver that is down holds up nobody: not the certificate,
// not the other receivers. The instance's id is made from what happened and from
// the receiver, so the same alert raised twice (steps may run twice) is one
// notification, and it goes along with every attempt: a receiver that must not
// take the same notification twice compares ids.
//
// A webhook's URL is a secret: whoever knows it can post. It stays in the
// settings. Rows hold a short hash of it, texts and logs its host.
package notify
