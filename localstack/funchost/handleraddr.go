package funchost

// HandlerAddr is where the running handler listens, host:port; "" if there is
// none. It is for measurements that must not include the host.
func (h *Host) HandlerAddr() string {
	s := h.supervisor.Load()
	if s == nil {
		return ""
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.current == nil || s.current.gone() {
		return ""
	}
	return s.current.address
}
