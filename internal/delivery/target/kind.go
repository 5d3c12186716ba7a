package target

import (
	"encoding/json"
	"time"
)

// bicepType is that of Bicep, which has none of its own.
const bicepType = "text/plain; charset=utf-8"

// Kind is one way in which a certificate reaches whoever serves it.
type Kind struct {
	Name string
	// Arrives is how long it may take until a new version is served, if the target does
	// not say otherwise.
	Arrives time.Duration
	// Late is what to do where a version has not arrived in time: a sentence.
	Late string
	// Read takes the members of the target that are this kind's own, a JSON object, and
	// says what is wrong with them. What it finds it puts into the target.
	Read func(t *Target, own json.RawMessage) error
	// Fits says what keeps the kind from serving a certificate that is not ordered yet, and
	// what is not known of that; nil where everything fits.
	Fits func(o Offer) (problem, note string)
	// DocumentType is the media type of what the owner deploys; "" is YAML.
	DocumentType string
}
