//go:build !linux

package testkafka

import "os/exec"

// dieWithUs cannot be had here: a killed test leaves its broker behind.
func dieWithUs(*exec.Cmd) {}
