package azureerror

import (
	"regexp"
	"strings"
)

// tracing matches the ids that services put into their sentences for their own support.
var tracing = regexp.MustCompile(`(?i)[\s(\[,;.]*\b(correlation|request|tracking|activity|operation)[ _-]?id\b[\s:='"]*[0-9a-f-]{8,}['")\]]*\.?`)

// maxSentence bounds what is stored and shown of a service's sentence, in characters.
const maxSentence = 600

// Sentence takes the ids for support and the line breaks out of what a service says.
func Sentence(text string) string {
	text = strings.Join(strings.Fields(tracing.ReplaceAllString(text, "")), " ")
	if runes := []rune(text); len(runes) > maxSentence {
		return string(runes[:maxSentence]) + "…"
	}
	return text
}
