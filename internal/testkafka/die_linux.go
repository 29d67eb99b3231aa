package testkafka

import (
	"os/exec"
	"syscall"
)

// dieWithUs has the system kill the broker when the tests are killed, and keeps the terminal's Ctrl-C from it.
func dieWithUs(cmd *exec.Cmd) {
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGKILL}
}
