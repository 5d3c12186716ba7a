package hostname

// Reason says, for machines, why a hostname is refused. The strings are
// published: clients branch on them.
type Reason string

const (
	Empty           Reason = "HostnameMissing"
	IsURL           Reason = "HostnameIsUrl"
	HasPort         Reason = "HostnameHasPort"
	IsAddress       Reason = "HostnameIsIpAddress"
	SingleLabel     Reason = "HostnameIsSingleLabel"
	TooLong         Reason = "HostnameTooLong"
	BadCharacter    Reason = "HostnameHasInvalidCharacter"
	Malformed       Reason = "HostnameMalformed"
	IsWildcard      Reason = "HostnameIsWildcard"
	MisplacedStar   Reason = "HostnameHasMisplacedWildcard"
	IsPublicSuffix  Reason = "HostnameIsPublicSuffix"
	ReservedTopName Reason = "HostnameIsReserved"
)

// Reasons lists every reason.
func Reasons() []Reason {
	return []Reason{Empty, IsURL, HasPort, IsAddress, SingleLabel, TooLong, BadCharacter, Malformed,
		IsWildcard, MisplacedStar, IsPublicSuffix, ReservedTopName}
}

// Error is a refused hostname. Its text is one or two sentences for the person
// who sent it: what is wrong and what to send instead.
type Error struct {
	Reason   Reason
	Sentence string
}

func (e *Error) Error() string { return e.Sentence }
