package certimport

import "fmt"

// Reason says, for machines, why an upload is refused. The strings are
// published: clients branch on them.
type Reason string

const (
	PrivateKeyMissing      Reason = "PrivateKeyMissing"
	PrivateKeyNotValid     Reason = "PrivateKeyNotValid"     // not a private key, or more than one
	PrivateKeyNotSupported Reason = "PrivateKeyNotSupported" // its kind, size or encryption
	PasswordMissing        Reason = "PasswordMissing"
	PasswordWrong          Reason = "PasswordWrong"

	CertificateMissing       Reason = "CertificateMissing"
	CertificateNotValid      Reason = "CertificateNotValid" // not a certificate
	CertificateNotForServers Reason = "CertificateNotForServers"
	CertificateChainNotValid Reason = "CertificateChainNotValid"
	CertificateExpired       Reason = "CertificateExpired"
	CertificateNotYetValid   Reason = "CertificateNotYetValid"
	CertificateTooLarge      Reason = "CertificateTooLarge" // for an Application Gateway

	KeyDoesNotFit  Reason = "PrivateKeyDoesNotFitCertificate"
	HostNotCovered Reason = "CertificateDoesNotCoverHostname"
)

// Reasons lists every reason.
func Reasons() []Reason {
	return []Reason{PrivateKeyMissing, PrivateKeyNotValid, PrivateKeyNotSupported, PasswordMissing, PasswordWrong,
		CertificateMissing, CertificateNotValid, CertificateNotForServers, CertificateChainNotValid,
		CertificateExpired, CertificateNotYetValid, CertificateTooLarge, KeyDoesNotFit, HostNotCovered}
}

// Error is a refused upload. Sentence says what is wrong, Fix what to send
// instead; neither has anything of the key or the password.
type Error struct {
	Reason   Reason
	Sentence string
	Fix      string
}

func (e *Error) Error() string { return e.Sentence }

func refuse(reason Reason, fix, sentence string, args ...any) *Error {
	return &Error{Reason: reason, Fix: fix, Sentence: fmt.Sprintf(sentence, args...)}
}
