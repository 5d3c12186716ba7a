package issuance

import (
	"bytes"
	"encoding/json"
	"slices"

	"certgate/internal/issuance/managed"
)

// TagOptions is the vault's tag with the options of a certificate and the name of the
// install that made it, as JSON. Published.
const TagOptions = "Certgate"

// LongestTag is the limit of Azure for the value of a tag, in characters.
const LongestTag = 256

// longestInstall is the longest name of an app in Azure.
const longestInstall = 60

type optionsTag struct {
	Install string `json:"install,omitempty"`
	managed.Options
}

// OptionsInTag is the tag of a version; "" for none. A name of an install that is longer
// than Azure allows is left out.
func OptionsInTag(install string, o managed.Options) string {
	if len(install) > longestInstall {
		install = ""
	}
	if install == "" && o == (managed.Options{}) {
		return ""
	}
	var out bytes.Buffer
	e := json.NewEncoder(&out)
	e.SetEscapeHTML(false)
	if e.Encode(optionsTag{install, o}) != nil {
		return ""
	}
	return string(bytes.TrimSuffix(out.Bytes(), []byte("\n")))
}

// OptionsFit reports whether a tag has room for the options, whatever install makes it.
func OptionsFit(o managed.Options) bool {
	return len(OptionsInTag(string(bytes.Repeat([]byte("x"), longestInstall)), o)) <= LongestTag
}

// OptionsOf reads the tag. What is not as certgate writes it, because somebody changed it,
// is left to the settings.
func OptionsOf(tag string) managed.Options {
	var t optionsTag
	if json.Unmarshal([]byte(tag), &t) != nil {
		return managed.Options{}
	}
	if !slices.Contains(managed.KeyTypes(), t.KeyType) {
		t.KeyType = ""
	}
	if t.Issuer == "" { // without one they would be any issuer's
		t.Profile, t.PreferredChain = "", ""
	}
	return t.Options
}
