package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"time"
)

// run starts the commands of a group in the image, as the image's user, and after those of the first group the service.
func run(spec Spec, group int) (Result, error) {
	if group < 0 || group >= len(spec.Groups) {
		return Result{}, fmt.Errorf("there is no group %d", group)
	}
	if err := exec.Command(os.Args[0], "probe").Run(); err != nil {
		return Result{CannotStart: err.Error()}, nil
	}
	result := Result{}
	if group == 0 {
		result.test("process", checkProcess)
	}
	for _, index := range spec.Groups[group] {
		test := spec.Suite.CommandTests[index]
		id := fmt.Sprintf("commandTests[%d]", index)
		result.test(id, func(found *findings) string { return checkCommand(found, test, spec) })
	}
	if smoke := spec.Suite.Smoke; smoke != nil && group == 0 {
		result.test("smoke", func(found *findings) string { return checkSmoke(found, *smoke, spec) })
	}
	return result, nil
}

// checkProcess sees what the user of the configuration comes to in the image.
func checkProcess(found *findings) string {
	if uid := os.Getuid(); uid == 0 {
		found.add("a process of the image runs as user 0, which is root.")
	}
	return ""
}

func checkCommand(found *findings, test CommandTest, spec Spec) string {
	expand := expander(spec.environment())
	environment := spec.processEnvironment()
	for _, variable := range append(append([]Variable{}, spec.Suite.GlobalEnvVars...), test.EnvVars...) {
		environment[variable.Key] = expand(variable.Value)
	}
	for _, command := range test.Setup {
		words := expandAll(expand, command)
		ended := execute(words, environment, spec.Limits)
		if problem := ended.problem(0); problem != "" {
			found.add("its setup %q %s", words, problem)
			return ended.output()
		}
	}
	ended := execute(expandAll(expand, append([]string{test.Command}, test.Args...)), environment, spec.Limits)
	if problem := ended.problem(test.ExitCode); problem != "" {
		found.add("it %s", problem)
	}
	if ended.err == nil {
		found.match("standard output", ended.stdout.String(), test.ExpectedOutput, test.ExcludedOutput)
		found.match("standard error", ended.stderr.String(), test.ExpectedError, test.ExcludedError)
	}
	return ended.output()
}

// processEnvironment is the image's, with what every container runtime adds.
func (spec Spec) processEnvironment() map[string]string {
	environment := spec.environment()
	for _, key := range []string{"PATH", "HOME", "HOSTNAME"} {
		if _, set := environment[key]; !set {
			environment[key] = os.Getenv(key)
		}
	}
	return environment
}

func expandAll(expand func(string) string, words []string) []string {
	expanded := make([]string, len(words))
	for index, word := range words {
		expanded[index] = expand(word)
	}
	return expanded
}

// execution of a command that has ended, or never began.
type execution struct {
	stdout, stderr capture
	exitCode       int
	err            error
}

func execute(words []string, environment map[string]string, limits Limits) *execution {
	ended := &execution{}
	cancelled, cancel := context.WithCancelCause(context.Background())
	defer cancel(nil)
	process, err := command(cancelled, words, environment)
	if err != nil {
		ended.err = err
		return ended
	}
	process.Stdout, process.Stderr = &ended.stdout, &ended.stderr
	done := make(chan struct{})
	go limits.watch(done, cancel)
	err = process.Run()
	close(done)
	var exit *exec.ExitError
	switch {
	case cancelled.Err() != nil:
		ended.err = context.Cause(cancelled)
	case errors.As(err, &exit):
		ended.exitCode = exitCode(exit.ProcessState)
	case errors.Is(err, exec.ErrWaitDelay):
		// It ended well and left something running.
	case err != nil:
		ended.err = notStarted(err)
	}
	if ended.err == nil && (ended.stdout.overflow || ended.stderr.overflow) {
		ended.err = fmt.Errorf("wrote more than %d bytes", largestOutput)
	}
	return ended
}

// command finds its program as a shell in the image would.
func command(cancelled context.Context, words []string, environment map[string]string) (*exec.Cmd, error) {
	if err := os.Setenv("PATH", environment["PATH"]); err != nil {
		return nil, err
	}
	process := exec.CommandContext(cancelled, words[0], words[1:]...)
	if process.Err != nil {
		return nil, notStarted(process.Err)
	}
	process.Env = []string{}
	for key, value := range environment {
		process.Env = append(process.Env, key+"="+value)
	}
	// What it leaves running in the background keeps its output open.
	process.WaitDelay = time.Second
	return process, nil
}

func notStarted(err error) error {
	// The program itself is there where its interpreter is missing, and the error names the program.
	if errors.Is(err, syscall.ENOENT) {
		return fmt.Errorf("could not be started, it or its interpreter is missing: %w", err)
	}
	return fmt.Errorf("could not be started: %w", err)
}

// problem says what is wrong with how it ended, without its subject.
func (ended *execution) problem(expected int) string {
	switch {
	case ended.err != nil:
		return ended.err.Error() + "."
	case ended.exitCode != expected:
		return fmt.Sprintf("ended with exit code %d, not %d.", ended.exitCode, expected)
	default:
		return ""
	}
}

// exitCode is a shell's: 128 and the signal's number for a process that was killed.
func exitCode(state *os.ProcessState) int {
	if status, ok := state.Sys().(syscall.WaitStatus); ok && status.Signaled() {
		return 128 + int(status.Signal())
	}
	return state.ExitCode()
}

func (ended *execution) output() string {
	parts := []string{}
	for _, stream := range []*capture{&ended.stdout, &ended.stderr} {
		if text := stream.tail(); text != "" {
			parts = append(parts, text)
		}
	}
	return strings.Join(parts, "\n")
}
