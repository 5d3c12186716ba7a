package vaultsim

import "unicode/utf8"

// The service's limits for tags.
const (
	maxTags      = 15
	maxTagLength = 256
)

func checkTags(tags map[string]string) error {
	if len(tags) > maxTags {
		return badParameter("Property tags has invalid value: there are %d tags, at most %d are allowed", len(tags), maxTags)
	}
	for name, value := range tags {
		if utf8.RuneCountInString(name) > maxTagLength || utf8.RuneCountInString(value) > maxTagLength {
			return badParameter("Property tags has invalid value: names and values have at most %d characters", maxTagLength)
		}
	}
	return nil
}
