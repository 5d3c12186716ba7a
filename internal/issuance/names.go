package issuance

// names are all hostnames of the certificate.
func (s *State) names() []string { return []string{s.Hostname} }
