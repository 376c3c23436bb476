package main

import (
	"context"
	"fmt"
	"os"
	"strconv"
	"strings"
	"time"
)

// Limits end a command that hangs. Time in which it waits for a busy machine or a slow emulator does not count.
type Limits struct {
	// Idle is how long it may go on without using the processor, in milliseconds.
	Idle int64 `json:"idle"`
	// Processor is how much processor time it may use, with all that it starts, in milliseconds.
	Processor int64 `json:"processor"`
}

// Less of its time than this share on a processor is idleness: a second in five minutes.
const idleShare = 300

// watch cancels what has reached a limit before it ended.
func (limits Limits) watch(ended <-chan struct{}, cancel context.CancelCauseFunc) {
	idle := time.Duration(limits.Idle) * time.Millisecond
	processor := time.Duration(limits.Processor) * time.Millisecond
	ticker := time.NewTicker(min(max(idle/20, 10*time.Millisecond), 5*time.Second))
	defer ticker.Stop()
	began := processorTime()
	since, last := time.Now(), began
	for {
		select {
		case <-ended:
			return
		case <-ticker.C:
		}
		used := processorTime()
		switch {
		case used-began >= processor:
			cancel(fmt.Errorf("used %s of processor time and did not end", processor))
			return
		// Less than before, where something was left behind by what started it.
		case used < last || used-last >= idle/idleShare:
			since, last = time.Now(), used
		case time.Since(since) >= idle:
			cancel(fmt.Errorf("did nothing for %s and did not end", idle))
			return
		}
	}
}

// processUsage is a line of /proc/<pid>/stat (proc_pid_stat(5)), as far as it is needed here.
type processUsage struct {
	parent int
	// own is the process's time, waited that of its children that ended.
	own, waited time.Duration
}

// processorTime is what was used by all that this process started, as far as it still runs or was waited for.
func processorTime() time.Duration {
	entries, err := os.ReadDir("/proc")
	if err != nil {
		return 0
	}
	processes := map[int]processUsage{}
	for _, entry := range entries {
		pid, err := strconv.Atoi(entry.Name())
		if err != nil {
			continue
		}
		// It may have ended since the folder was read.
		if text, err := os.ReadFile("/proc/" + entry.Name() + "/stat"); err == nil {
			processes[pid] = parseUsage(string(text))
		}
	}
	self := os.Getpid()
	total := processes[self].waited
	for pid, process := range processes {
		if pid != self && descends(processes, pid, self) {
			total += process.own + process.waited
		}
	}
	return total
}

// Builders without process sandboxes show the whole machine's processes.
func descends(processes map[int]processUsage, pid, ancestor int) bool {
	for range processes {
		if pid == ancestor {
			return true
		}
		pid = processes[pid].parent
	}
	return false
}

func parseUsage(stat string) processUsage {
	// The name stands in parentheses and may hold anything; behind it come state, parent and so on.
	fields := strings.Fields(stat[strings.LastIndex(stat, ")")+1:])
	if len(fields) < 15 {
		return processUsage{}
	}
	number := func(index int) int64 {
		value, _ := strconv.ParseInt(fields[index], 10, 64)
		return value
	}
	// A hundredth of a second on every Linux that Go runs on.
	const tick = 10 * time.Millisecond
	ticks := func(index int) time.Duration { return time.Duration(number(index)+number(index+1)) * tick }
	return processUsage{parent: int(number(1)), own: ticks(11), waited: ticks(13)}
}
