package durable

// Codes of failures that the engine itself decides. Published, like the codes
// of the flows.
const (
	CodeStepTimedOut         = "StepTimedOut"         // not done within the step's limit
	CodeStepFailedRepeatedly = "StepFailedRepeatedly" // out of attempts
	CodeStepKeptCrashing     = "StepKeptCrashing"     // its message ended in the poison queue
)

// Codes lists them, so that a test can hold the documentation against them.
func Codes() []string {
	return []string{CodeStepTimedOut, CodeStepFailedRepeatedly, CodeStepKeptCrashing}
}
