// image-test runs the tests of one image inside a build on it: `look` beside the image's files, `run` in the image itself.
// It always ends with 0 and says in its result what failed, so that a failed build means that it could not run at all.
package main

import (
	"encoding/json"
	"fmt"
	"os"
	"strconv"
)

const usage = "usage: image-test look SPEC ROOT RESULT | image-test run SPEC GROUP RESULT | image-test probe"

func main() {
	if len(os.Args) == 2 && os.Args[1] == "probe" {
		return
	}
	if len(os.Args) != 5 {
		fail(usage)
	}
	mode, specFile, argument, resultFile := os.Args[1], os.Args[2], os.Args[3], os.Args[4]
	spec, err := readSpec(specFile)
	if err != nil {
		fail(err)
	}
	// Opened before the root changes, and without creating: the image's user may write this file, not its folder.
	out, err := os.OpenFile(resultFile, os.O_WRONLY|os.O_TRUNC, 0)
	if err != nil {
		fail(err)
	}
	var result Result
	switch mode {
	case "look":
		result, err = look(spec, argument)
	case "run":
		var group int
		if group, err = strconv.Atoi(argument); err == nil {
			result, err = run(spec, group)
		}
	default:
		err = fmt.Errorf("%s", usage)
	}
	if err != nil {
		fail(err)
	}
	result.Nonce = spec.Nonce
	if err := json.NewEncoder(out).Encode(result); err != nil {
		fail(err)
	}
	if err := out.Close(); err != nil {
		fail(err)
	}
}

func fail(reason any) {
	fmt.Fprintln(os.Stderr, "image-test:", reason)
	os.Exit(1)
}
