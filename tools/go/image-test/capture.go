package main

import (
	"bytes"
	"strings"
	"sync"
)

// Beyond this nobody looks at an output, and a program that never stops writing must not fill the memory.
const largestOutput = 8 << 20

// What of an output is kept in a result.
const keptOutput = 4 << 10

// capture keeps what a program writes.
type capture struct {
	mutex    sync.Mutex
	text     bytes.Buffer
	overflow bool
}

func (kept *capture) Write(chunk []byte) (int, error) {
	kept.mutex.Lock()
	defer kept.mutex.Unlock()
	if kept.text.Len()+len(chunk) > largestOutput {
		kept.overflow = true
	} else {
		kept.text.Write(chunk)
	}
	return len(chunk), nil
}

func (kept *capture) String() string {
	kept.mutex.Lock()
	defer kept.mutex.Unlock()
	return kept.text.String()
}

// tail is the end of what was written, as text.
func (kept *capture) tail() string {
	text := strings.TrimRight(kept.String(), "\n")
	if len(text) > keptOutput {
		text = "..." + text[len(text)-keptOutput:]
	}
	return strings.ToValidUTF8(text, "\uFFFD")
}
