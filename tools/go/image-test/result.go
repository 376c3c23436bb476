package main

import (
	"fmt"
	"regexp"
	"time"
)

// Result is what `provider/tests` reads back.
type Result struct {
	Nonce string `json:"nonce"`
	// Builder is the platform of the machine that runs the builds, e.g. linux/amd64; of `look` only.
	Builder string `json:"builder,omitempty"`
	// CannotStart says why nothing can be started here but image-test itself: the emulator does not reach what it starts.
	CannotStart string       `json:"cannotStart,omitempty"`
	Tests       []TestResult `json:"tests"`
}

// TestResult has no problems where the test passed.
type TestResult struct {
	ID           string   `json:"id"`
	Problems     []string `json:"problems"`
	Output       string   `json:"output,omitempty"`
	Milliseconds int64    `json:"milliseconds"`
}

// findings of one test: what was expected and what was found, a sentence each.
type findings []string

func (found *findings) add(format string, arguments ...any) {
	*found = append(*found, fmt.Sprintf(format, arguments...))
}

// match adds what of a text is not as the patterns say.
func (found *findings) match(what, text string, expected, excluded []string) {
	for _, pattern := range expected {
		if matches, ok := found.matches(pattern, text); ok && !matches {
			found.add("%s does not match %q: %s", what, pattern, excerpt(text))
		}
	}
	for _, pattern := range excluded {
		if matches, ok := found.matches(pattern, text); ok && matches {
			found.add("%s matches %q, which is excluded: %s", what, pattern, excerpt(text))
		}
	}
}

// matches says in its second result whether the pattern could be used.
func (found *findings) matches(pattern, text string) (bool, bool) {
	expression, err := regexp.Compile(pattern)
	if err != nil {
		found.add("%q is no Go regular expression: %v", pattern, err)
		return false, false
	}
	return expression.MatchString(text), true
}

func (result *Result) test(id string, check func(found *findings) (output string)) {
	began := time.Now()
	found := findings{}
	output := check(&found)
	test := TestResult{ID: id, Problems: found, Milliseconds: time.Since(began).Milliseconds()}
	if len(found) > 0 {
		test.Output = output
	}
	result.Tests = append(result.Tests, test)
}

func excerpt(text string) string {
	const most = 200
	switch {
	case text == "":
		return "it is empty"
	case len(text) > most:
		return fmt.Sprintf("it begins with %q", text[:most])
	default:
		return fmt.Sprintf("it is %q", text)
	}
}
