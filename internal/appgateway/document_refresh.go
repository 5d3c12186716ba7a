package appgateway

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

// refresh writes the wishes of the wants into the tag. The same wishes give the
// same tag, so that a repeat changes nothing. A gateway that has all the tags it
// can have is left alone: it reads the vault by itself every four hours.
func refresh(doc []byte, wants []issuance.Listener, refused map[string]error) ([]byte, error) {
	var wishes []string
	for _, l := range wants {
		if l.Refresh != "" && refused[l.Name] == nil {
			wishes = append(wishes, l.Name+" "+l.Refresh)
		}
	}
	tags := gjson.GetBytes(doc, "tags")
	if len(wishes) == 0 {
		return doc, nil
	}
	slices.Sort(wishes)
	text := wishes[0]
	if all := strings.Join(slices.Compact(wishes), "\n"); all != text {
		sum := sha256.Sum256([]byte(all))
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
