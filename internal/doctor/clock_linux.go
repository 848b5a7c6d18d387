package doctor

import "golang.org/x/sys/unix"

// clockSynchronised asks the kernel whether something keeps its clock right.
func clockSynchronised() (yes, known bool) {
	var t unix.Timex
	state, err := unix.Adjtimex(&t)
	return state != unix.TIME_ERROR && t.Status&unix.STA_UNSYNC == 0, err == nil
}
