package tests_test

import data.tests
import rego.v1

places(problems) := {problem.path | some problem in problems}

command(changes) := {"commandTests": [object.union({"name": "says its version", "command": "python3"}, changes)]}

test_usual_tests_are_fine if {
	count(tests.deny) == 0 with input as object.union(
		command({"expectedOutput": [`^Python 3\.13`, "^$", "a*b"]}),
		{"fileContentTests": [{"name": "user", "path": "/etc/passwd", "excludedContents": ["bash"]}]},
	)
}

test_pattern_that_fits_everything if {
	every pattern in [".*", "", "a*", `\s*`] {
		places(tests.deny) == {["commandTests", 0, "expectedError", 0]} with input as command({"expectedError": [pattern]})
	}
}

test_content_of_nothing if {
	every test in [{}, {"expectedContents": []}] {
		places(tests.deny) == {["fileContentTests", 0]} with input as {"fileContentTests": [object.union({"name": "a", "path": "/a"}, test)]}
	}
}

test_same_name_twice if {
	places(tests.deny) == {["fileExistenceTests", 0, "name"]} with input as object.union(
		command({}),
		{"fileExistenceTests": [{"name": "says its version", "path": "/usr/bin/python3"}]},
	)
}
