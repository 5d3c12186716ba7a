package durable

// LeaseHolder is the delivery whose run has taken the lease of an exclusive step.
type LeaseHolder struct {
	Message string `json:"message,omitempty"`
	Count   int    `json:"count,omitempty"`
}

func (d Delivery) holder() LeaseHolder { return LeaseHolder{Message: d.Message, Count: d.Count} }

// outlived reports whether the run that took the lease is over, so that no run
// has to wait for its end. It is if its own message comes again: the host gives a
// message back when its invocation has failed, as with the death of the handler,
// or when the host itself has not been heard of for ten minutes, which no run
// lasts. Another message for the same turn says nothing of it.
func (h LeaseHolder) outlived(d Delivery) bool {
	return h.Message != "" && h.Message == d.Message && d.Count > h.Count
}
