// Package azurestore keeps instances in Azure Table Storage and sends messages
// to Azure Queue Storage.
//
// One table holds everything. The partition key is the shard of the claim, so
// that whatever changes together lies together and one Create, Commit, Post or
// Load is exactly one HTTP request (an entity-group transaction):
//
//	i|<id>                        the instance
//	h|<id>|<seq>|<time>|<commit>  a history row
//	c|<claim hash>                a held claim; every Post touches it, so its ETag is the mark of the inbox
//	c|<claim hash>|<item id>      a piece of mail; beside the claim, so Inbox is one range
//	d|<due minute>|<id>           the index of active instances by due time
//	e|<end>|<id>                  the index of those that have ended, by time
//	l|<inverted time>|<id>        the copy that lists are made of, newest first
//
// The partition "lock" holds a row for each lock, the partition "records" what
// is remembered of each certificate:
//
//	n|<name>                      the record
//	d|<next check>|<name>         the index of those that are looked at again, by time
//	e|<expiry>|<name>             the copy that the list by expiry is made of
//
// The partition "document" holds small documents of no instance, such as what
// is known of the certificate authority's limits.
//
// A list row is a whole copy of its instance without the state. It is written
// with every turn in the same transaction, which costs bytes but no request;
// in return a page of a list is one query per shard, however long it is.
//
// A request whose answer was lost is repeated by the SDK, and the repetition
// finds its own work done and looks like a conflict. Instances, mail and locks
// therefore carry the id of the write, and a conflict with oneself is success.
package azurestore
