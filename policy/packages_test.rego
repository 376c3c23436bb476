package packages_test

import data.packages
import rego.v1

places(problems) := {problem.path | some problem in problems}

test_usual_packages_are_fine if {
	count(packages.deny) == 0 with input as {
		"debian": {"suite": "trixie", "packages": ["libc6", "python3"]},
		"python": {"requirements": ["flask>=3", "waitress==3.0.2", "nh3[extra]==0.3.7"]},
	}
}

test_way_in if {
	places(packages.deny) == {["debian", "packages", 1]} with input as {"debian": {"packages": ["libc6", "sudo"]}}
}

test_requirement_from_elsewhere if {
	every requirement in ["--extra-index-url=x", "flask @ https://example.org/flask.whl", "git+https://example.org/flask"] {
		places(packages.deny) == {["python", "requirements", 0]} with input as {"python": {"requirements": [requirement]}}
	}
}
