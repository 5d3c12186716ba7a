// Package target says where else certificates are served than on the gateway: the
// targets of the setting InstallTargets, and what each kind of target means.
//
// A kind is a value. A new one is a file with a function that returns it, and its line
// in kinds.go. A target is chosen by hostname patterns that the settings have: whoever
// asks for a certificate cannot aim at a resource.
package target
