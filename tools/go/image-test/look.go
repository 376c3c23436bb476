package main

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"strings"
	"syscall"
)

// A file beyond this is no text that a pattern is meant for.
const largestFile = 64 << 20

// look checks what needs nothing to run: the configuration, and the files below root. They are the image's as it was
// built, seen by root as container-structure-test sees them.
func look(spec Spec, root string) (Result, error) {
	// The image's links lead where they would lead in the image.
	if err := syscall.Chroot(root); err != nil {
		return Result{}, fmt.Errorf("chroot %s: %w", root, err)
	}
	if err := os.Chdir("/"); err != nil {
		return Result{}, err
	}
	result := Result{Builder: os.Getenv("BUILDPLATFORM")}
	result.test("user", func(found *findings) string { return checkUser(found, spec.Image) })
	result.test("platform", func(found *findings) string { return checkPlatform(found, spec) })
	if test := spec.Suite.MetadataTest; test != nil {
		result.test("metadataTest", func(found *findings) string { return checkMetadata(found, *test, spec) })
	}
	expand := expander(spec.environment())
	for index, test := range spec.Suite.FileExistenceTests {
		test.Path = expand(test.Path)
		id := fmt.Sprintf("fileExistenceTests[%d]", index)
		result.test(id, func(found *findings) string { return checkExistence(found, test) })
	}
	for index, test := range spec.Suite.FileContentTests {
		test.Path = expand(test.Path)
		id := fmt.Sprintf("fileContentTests[%d]", index)
		result.test(id, func(found *findings) string { return checkContent(found, test) })
	}
	return result, nil
}

func checkExistence(found *findings, test FileExistenceTest) string {
	info, err := os.Lstat(test.Path)
	if err != nil {
		// A part of the path that is no folder is as good as nothing there.
		absent := errors.Is(err, fs.ErrNotExist) || errors.Is(err, syscall.ENOTDIR)
		if test.ShouldExist && absent {
			found.add("%s does not exist.", test.Path)
		} else if !absent {
			found.add("%s cannot be looked at: %v.", test.Path, err)
		}
		return ""
	}
	mode := info.Mode()
	if !test.ShouldExist {
		found.add("%s exists (%s), and should not.", test.Path, mode)
		return ""
	}
	if test.Permissions != "" && test.Permissions != mode.String() {
		found.add("%s has the permissions %s, not %s.", test.Path, mode, test.Permissions)
	}
	bits := map[string]fs.FileMode{"any": 0o111, "owner": 0o100, "group": 0o010, "other": 0o001}
	if bit, asked := bits[test.IsExecutableBy]; asked && mode&bit == 0 {
		found.add("%s is not executable by %s: its permissions are %s.", test.Path, test.IsExecutableBy, mode)
	}
	if owner, ok := info.Sys().(*syscall.Stat_t); ok {
		if test.UID != nil && *test.UID != int(owner.Uid) {
			found.add("%s belongs to user %d, not %d.", test.Path, owner.Uid, *test.UID)
		}
		if test.GID != nil && *test.GID != int(owner.Gid) {
			found.add("%s belongs to group %d, not %d.", test.Path, owner.Gid, *test.GID)
		}
	}
	return ""
}

func checkContent(found *findings, test FileContentTest) string {
	text, err := readText(test.Path)
	if err != nil {
		found.add("%s cannot be read: %v.", test.Path, err)
		return ""
	}
	found.match(test.Path, text, test.ExpectedContents, test.ExcludedContents)
	return ""
}

func readText(path string) (string, error) {
	// A pipe or device would never end.
	info, err := os.Stat(path)
	if err != nil {
		return "", err
	}
	if !info.Mode().IsRegular() {
		return "", fmt.Errorf("it is no file (%s)", info.Mode())
	}
	if info.Size() > largestFile {
		return "", fmt.Errorf("it has %d bytes, and %d is the most", info.Size(), largestFile)
	}
	file, err := os.Open(path)
	if err != nil {
		return "", err
	}
	defer file.Close()
	var text strings.Builder
	_, err = io.Copy(&text, file)
	return text.String(), err
}

// expander replaces $NAME and ${NAME} as container-structure-test does: by the image's environment, what is not set by nothing.
func expander(environment map[string]string) func(string) string {
	return func(text string) string {
		return os.Expand(text, func(key string) string { return environment[key] })
	}
}
