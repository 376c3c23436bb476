package main

import (
	"bufio"
	"context"
	"fmt"
	"net"
	"os/exec"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// What docker gives a container between SIGTERM and SIGKILL.
const grace = 10 * time.Second

// checkSmoke starts the image as a container runtime would, waits until it is healthy and ends it.
func checkSmoke(found *findings, smoke Smoke, spec Spec) string {
	words := append(append([]string{}, spec.Image.Config.Entrypoint...), spec.Image.Config.Cmd...)
	if len(words) == 0 {
		found.add("the image has neither ENTRYPOINT nor CMD, so there is no service to start.")
		return ""
	}
	output := &capture{}
	process, err := command(context.Background(), words, spec.processEnvironment())
	if err == nil {
		process.Stdout, process.Stderr = output, output
		if err = process.Start(); err != nil {
			err = notStarted(err)
		}
	}
	if err != nil {
		found.add("the service %q %v.", words, err)
		return ""
	}
	ended := make(chan struct{})
	go func() {
		_ = process.Wait()
		close(ended)
	}()
	if waitUntilHealthy(found, smoke, process, ended) {
		endService(found, process, ended)
	}
	// Nothing of it may still be writing when its output is taken.
	_ = process.Process.Kill()
	<-ended
	return output.tail()
}

func waitUntilHealthy(found *findings, smoke Smoke, process *exec.Cmd, ended <-chan struct{}) bool {
	address := fmt.Sprintf("127.0.0.1:%d", smoke.Port)
	timeout := time.Duration(smoke.Timeout) * time.Millisecond
	deadline := time.Now().Add(timeout)
	for {
		answer, err := ask(address, smoke.Path, deadline)
		if err == nil && answer == smoke.Status {
			return true
		}
		select {
		case <-ended:
			found.add("the service ended with exit code %d before it was healthy.", exitCode(process.ProcessState))
			return false
		case <-time.After(50 * time.Millisecond):
		}
		if time.Now().After(deadline) {
			last := fmt.Sprintf("it answered with status %d, not %d", answer, smoke.Status)
			if err != nil {
				last = err.Error()
			}
			found.add("the service was not healthy at http://%s%s within %s: %s.", address, smoke.Path, timeout, last)
			return false
		}
	}
}

func endService(found *findings, process *exec.Cmd, ended <-chan struct{}) {
	if err := process.Process.Signal(syscall.SIGTERM); err != nil {
		<-ended
		found.add("the service ended by itself, with exit code %d.", exitCode(process.ProcessState))
		return
	}
	select {
	case <-ended:
	case <-time.After(grace):
		found.add("the service did not end within %s of SIGTERM.", grace)
	}
}

// ask sends one GET request and gives the status. Go's own client would make this program four times as large.
func ask(address, path string, deadline time.Time) (int, error) {
	connection, err := net.DialTimeout("tcp", address, time.Second)
	if err != nil {
		return 0, err
	}
	defer connection.Close()
	// A service that is still starting may have taken a connection that it never serves.
	if soon := time.Now().Add(5 * time.Second); soon.Before(deadline) {
		deadline = soon
	}
	if err := connection.SetDeadline(deadline); err != nil {
		return 0, err
	}
	request := "GET %s HTTP/1.1\r\nHost: %s\r\nUser-Agent: image-test\r\nAccept: */*\r\nConnection: close\r\n\r\n"
	if _, err := fmt.Fprintf(connection, request, path, address); err != nil {
		return 0, err
	}
	line, err := bufio.NewReader(connection).ReadString('\n')
	if err != nil {
		return 0, fmt.Errorf("the connection gave no HTTP status: %w", err)
	}
	protocol, rest, _ := strings.Cut(strings.TrimSpace(line), " ")
	code, _, _ := strings.Cut(rest, " ")
	status, err := strconv.Atoi(code)
	if err != nil || !strings.HasPrefix(protocol, "HTTP/") {
		return 0, fmt.Errorf("the answer is no HTTP: %q", strings.TrimSpace(line))
	}
	return status, nil
}
