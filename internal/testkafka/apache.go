package testkafka

import (
	"bytes"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"time"
)

// Apache is one Apache Kafka node in a process of its own, which a test may kill and start again.
type Apache struct {
	dir                    string
	clientPort, quorumPort int

	mu   sync.Mutex
	cmd  *exec.Cmd     // guarded by mu; nil while it is down
	gone chan struct{} // guarded by mu; closed when cmd has ended
}

// startLimit bounds the wait for the port. Two busy cores took 20 s.
const startLimit = 90 * time.Second

// kafkaFolder is the checkout's kafka/, found from this file, wherever the test runs.
func kafkaFolder() string {
	_, file, _, _ := runtime.Caller(0)
	return filepath.Join(filepath.Dir(file), "..", "..", "kafka")
}

// Missing says what this machine lacks to run Apache Kafka, and how to get it. Empty: nothing.
func Missing() string {
	if _, err := exec.LookPath("java"); err != nil {
		return "no java here; install a Java 17 runtime or newer (Debian: apt-get install default-jre-headless)"
	}
	jars, _ := filepath.Glob(filepath.Join(kafkaFolder(), "..", ".cache", "kafka", "kafka_2.13-*.jar"))
	if len(jars) == 0 {
		return "no jars in .cache/kafka; get them with kafka/fetch (it needs mvn)"
	}
	return ""
}

// StartApache starts a node that keeps its data in a folder, on two free ports, and waits until it answers.
func StartApache(dir string) (*Apache, error) {
	if why := Missing(); why != "" {
		return nil, errors.New(why)
	}
	ports, err := freePorts(2)
	if err != nil {
		return nil, err
	}
	a := &Apache{dir: dir, clientPort: ports[0], quorumPort: ports[1]}
	return a, a.Start()
}

// Addr is where clients find it.
func (a *Apache) Addr() string { return net.JoinHostPort("127.0.0.1", strconv.Itoa(a.clientPort)) }

// Start starts it, again after Kill, and waits until it answers. After a Kill that takes some seconds more: the node waits for
// its own old session to end.
func (a *Apache) Start() error {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.cmd != nil {
		return errors.New("it is running")
	}
	cmd := exec.Command(filepath.Join(kafkaFolder(), "start")) //nolint:gosec,noctx // our own script; it lives until Kill
	cmd.Env = append(os.Environ(), "KAFKA_DATA="+a.dir, "KAFKA_PORT="+strconv.Itoa(a.clientPort), "KAFKA_QUORUM_PORT="+strconv.Itoa(a.quorumPort))
	var said bytes.Buffer
	cmd.Stdout, cmd.Stderr = &said, &said
	dieWithUs(cmd)
	started, gone := make(chan error, 1), make(chan struct{})
	go func() { // a thread of its own: Linux ties "die with us" to the thread that started the child
		runtime.LockOSThread()
		err := cmd.Start()
		started <- err
		if err == nil {
			_ = cmd.Wait()
			close(gone)
		}
	}()
	if err := <-started; err != nil {
		return err
	}
	a.cmd, a.gone = cmd, gone
	if err := a.await(); err != nil {
		a.killHolding()
		return fmt.Errorf("%w; it said: %s", err, lastLines(said.String()))
	}
	return nil
}

func (a *Apache) await() error {
	limit := time.After(startLimit)
	for {
		conn, err := net.DialTimeout("tcp", a.Addr(), time.Second) //nolint:noctx // bounded by the loop
		if err == nil {
			return conn.Close()
		}
		select {
		case <-a.gone:
			return errors.New("it ended at once")
		case <-limit:
			return fmt.Errorf("no answer in %s", startLimit)
		case <-time.After(100 * time.Millisecond):
		}
	}
}

// Kill ends it as a power cut would end the process: SIGKILL, nothing said before.
func (a *Apache) Kill() {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.killHolding()
}

func (a *Apache) killHolding() {
	if a.cmd == nil {
		return
	}
	_ = a.cmd.Process.Kill()
	<-a.gone
	a.cmd = nil
}

func lastLines(s string) string {
	lines := strings.Split(strings.TrimSpace(s), "\n")
	return strings.Join(lines[max(0, len(lines)-15):], "\n")
}

func freePorts(n int) ([]int, error) {
	var ports []int
	for range n {
		l, err := net.Listen("tcp", "127.0.0.1:0") //nolint:noctx // closed below
		if err != nil {
			return nil, err
		}
		defer l.Close()
		ports = append(ports, l.Addr().(*net.TCPAddr).Port) //nolint:forcetypeassert // a TCP listener has one
	}
	return ports, nil
}
