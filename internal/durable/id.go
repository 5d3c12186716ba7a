package durable

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
)

// Shards is the number of partitions that instances are spread over. Everything
// that must change together (row, history, claim, mail, indexes) shares one.
// A timer reads all of them, so the number is also the price of an idle sweep.
// It is part of the stored format: changing it orphans stored rows.
const Shards = 4

// ShardOf is the partition of a claim: "0" to "3".
func ShardOf(claim string) string {
	sum := sha256.Sum256([]byte(claim))
	return string(rune('0' + sum[0]%Shards))
}

// NewID makes an instance id of 32 characters. Its first character is the
// claim's shard, so that an id alone finds its partition.
func NewID(claim string) string {
	var b [16]byte
	rand.Read(b[:]) // never fails: crypto/rand crashes the process instead
	return ShardOf(claim) + hex.EncodeToString(b[:])[1:]
}

// onceID is the id of the one instance that there ever is for a key.
func onceID(claim, key string) string {
	sum := sha256.Sum256([]byte(key))
	return ShardOf(claim) + hex.EncodeToString(sum[:16])[1:]
}
