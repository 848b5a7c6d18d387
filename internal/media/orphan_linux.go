package media

import "syscall"

// dieWithParent lets the kernel kill the child when we die, however that happens. Elsewhere, and as a second line here,
// the child notices that its standard input has ended.
func dieWithParent() *syscall.SysProcAttr {
	return &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
}
