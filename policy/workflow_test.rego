package workflow_test

import data.workflow
import rego.v1

places(problems) := {problem.path | some problem in problems}

commit := "4b825dc642cb6eb9a060e54bf8d69288fbee4904"

workflow_of(step) := {
	"on": ["push"],
	"permissions": {},
	"jobs": {"build": {"runs-on": "ubuntu-24.04", "timeout-minutes": 10, "steps": [step]}},
}

test_pinned_actions_are_fine if {
	every action in [sprintf("actions/checkout@%s", [commit]), "./.github/actions/setup"] {
		count(workflow.deny) == 0 with input as workflow_of({"uses": action})
	}
}

test_action_by_tag if {
	every action in ["actions/checkout@v5", "actions/checkout", "docker://alpine:3"] {
		places(workflow.deny) == {["jobs", "build", "steps", 0, "uses"]} with input as workflow_of({"uses": action})
	}
}

test_called_workflow_by_tag if {
	places(workflow.deny) == {["jobs", "call", "uses"]} with input as {
		"on": "push",
		"permissions": {},
		"jobs": {"call": {"uses": "example/ci/.github/workflows/build.yml@main"}},
	}
}

test_no_permissions if {
	places(workflow.deny) == {["jobs"]} with input as object.remove(workflow_of({"run": "true"}), ["permissions"])
}

test_token_that_may_write_everything if {
	places(workflow.deny) == {["permissions"]} with input as object.union(workflow_of({"run": "true"}), {"permissions": "write-all"})
	places(workflow.deny) == {["jobs", "build", "permissions"]} with input as object.union(
		workflow_of({"run": "true"}),
		{"jobs": {"build": {"permissions": "write-all"}}},
	)
}

test_trigger_with_secrets if {
	every trigger in ["pull_request_target", ["push", "pull_request_target"], {"pull_request_target": {}}] {
		places(workflow.deny) == {["on"]} with input as json.patch(workflow_of({"run": "true"}), [{"op": "replace", "path": "on", "value": trigger}])
	}
}

test_trigger_under_a_key_read_as_true if {
	patched := json.patch(workflow_of({"run": "true"}), [
		{"op": "remove", "path": "on"},
		{"op": "add", "path": "true", "value": "pull_request_target"},
	])
	places(workflow.deny) == {["on"]} with input as patched
}

test_text_of_others_in_a_script if {
	every text in ["github.event.issue.title", "github.head_ref", "inputs.name"] {
		places(workflow.deny) == {["jobs", "build", "steps", 0, "run"]} with input as workflow_of({"run": sprintf("echo ${{ %s }}", [text])})
	}
}

test_own_values_in_a_script_are_fine if {
	count(workflow.deny) == 0 with input as workflow_of({"run": "echo ${{ github.sha }}"})
}

test_no_timeout if {
	places(workflow.deny) == {["jobs", "build"]} with input as json.remove(workflow_of({"run": "true"}), ["jobs/build/timeout-minutes"])
}
