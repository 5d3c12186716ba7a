package durable

// Codes of failures that the engine itself decides. Published, like the codes
// of the flows.
const (
	CodeStepTimedOut         = "StepTimedOut"         // not done within the step's limit
	CodeStepFailedRepeatedly = "StepFailedRepeatedly" // out of attempts
	CodeStepKeptCrashing     = "StepKeptCrashing"     // its message ended in the poison queue
	CodeStepUnknown          = "StepUnknown"          // of no release that has run since the step was due
	CodeInstanceDamaged      = "InstanceDamaged"      // its stored row cannot be read
)

// Codes lists them, so that a test can hold the documentation against them.
func Codes() []string {
	return []string{CodeStepTimedOut, CodeStepFailedRepeatedly, CodeStepKeptCrashing, CodeStepUnknown, CodeInstanceDamaged}
}
