package gatewaydoc

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"slices"
	"strings"

	"github.com/tidwall/gjson"
	"github.com/tidwall/sjson"

	"certgate/internal/issuance"
)

const (
	// refreshTag says for which certificates the gateway was asked to read the
	// vault again. Only that it changes matters; the text is for people.
	refreshTag = "certgate-refresh"
	maxTags    = 50 // of an ARM resource
)

// wish notes Listener.Refresh, and reports whether the tag lacks it.
func (d *Document) wish(l issuance.Listener) bool {
	if l.Refresh == "" {
		return false
	}
	text := l.Name + " " + l.Refresh
	if !slices.Contains(d.refreshes, text) {
		d.refreshes = append(d.refreshes, text)
	}
	return gjson.Get(d.raw, "tags."+refreshTag).String() != text
}

// refresh writes the wishes into the tag. The same wishes give the same tag, so
// that a repeat changes nothing. A gateway that has all the tags it can have is
// left alone: it reads the vault by itself every four hours.
func (d *Document) refresh(doc []byte) ([]byte, error) {
	tags := gjson.GetBytes(doc, "tags")
	if len(d.refreshes) == 0 {
		return doc, nil
	}
	wishes := slices.Sorted(slices.Values(d.refreshes))
	text := wishes[0]
	if len(wishes) > 1 {
		sum := sha256.Sum256([]byte(strings.Join(wishes, "\n")))
		text = fmt.Sprintf("%d certificates %s", len(wishes), hex.EncodeToString(sum[:8]))
	}
	switch {
	case tags.Get(refreshTag).String() == text:
		return doc, nil
	case !tags.IsObject():
		return sjson.SetRawBytes(doc, "tags", []byte(encode(map[string]string{refreshTag: text})))
	case !tags.Get(refreshTag).Exists() && len(tags.Map()) >= maxTags:
		return doc, nil
	}
	return sjson.SetRawBytes(doc, "tags."+refreshTag, []byte(encode(text)))
}
