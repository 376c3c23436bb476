# test.yaml and test-<variant>.yaml, beside a Dockerfile.
package tests

import rego.v1

kinds := ["commandTests", "fileExistenceTests", "fileContentTests"]

# `.*` and the like: whatever stands there, the test passes.
deny contains problem if {
	some kind in kinds
	some index, test in input[kind]
	some key in ["expectedOutput", "expectedError", "expectedContents"]
	some position, pattern in test[key]
	every text in ["", "!", "some\nlines\n"] {
		regex.match(pattern, text)
	}
	problem := {
		"msg": sprintf("pattern %q fits every text", [pattern]),
		"path": [kind, index, key, position],
		"remedy": "Write what has to be there, or remove the pattern.",
	}
}

deny contains problem if {
	some index, test in input.fileContentTests
	every key in ["expectedContents", "excludedContents"] {
		count(object.get(test, key, [])) == 0
	}
	problem := {
		"msg": sprintf("test %q expects and excludes nothing", [test.name]),
		"path": ["fileContentTests", index],
		"remedy": "Add expectedContents or excludedContents; for a file that only has to be there use fileExistenceTests.",
	}
}

# Reports name tests by their names alone.
deny contains problem if {
	some kind in kinds
	some index, test in input[kind]
	places := [[other, position] | some other in kinds; some position, same in input[other]; same.name == test.name]
	[kind, index] != places[0]
	problem := {
		"msg": sprintf("name %q stands twice: a report could not tell which test failed", [test.name]),
		"path": [kind, index, "name"],
		"remedy": "Choose another name.",
	}
}
