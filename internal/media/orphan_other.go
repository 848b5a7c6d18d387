//go:build !linux

package media

import "syscall"

func dieWithParent() *syscall.SysProcAttr { return nil }
