package process

import "time"

// Stop asks the child to end and kills its whole group when the grace is over.
// It returns when the child is gone; stopping twice is fine.
func (p *Process) Stop() {
	if p.ended() {
		return
	}
	grace := p.spec.Grace
	if grace == 0 {
		grace = 2 * time.Second
	}
	requestEnd(p.cmd)
	timer := time.NewTimer(grace)
	defer timer.Stop()
	select {
	case <-p.done:
		killGroup(p.cmd) // what it started and left behind
	case <-timer.C:
		p.Kill()
	}
}

// Kill ends the child and its group at once, as a crash would, and returns when
// the child is gone.
func (p *Process) Kill() {
	if p.ended() {
		return
	}
	killGroup(p.cmd)
	<-p.done
}
