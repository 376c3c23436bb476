# Workflows of GitHub Actions.
package workflow

import rego.v1

# Every action that is used, by steps and as a whole job.
uses contains [["jobs", id, "steps", index, "uses"], step.uses] if {
	some id, job in input.jobs
	some index, step in job.steps
}

uses contains [["jobs", id, "uses"], job.uses] if some id, job in input.jobs

# A tag can be moved to other code by whoever owns it.
deny contains problem if {
	some [path, action] in uses
	not startswith(action, "./")
	not regex.match(`@(sha256:[0-9a-f]{64}|[0-9a-f]{40})$`, action)
	problem := {
		"msg": sprintf("action %s is not pinned by a commit", [action]),
		"path": path,
		"remedy": "Write the 40 digits of the commit after the @, and the version as a comment.",
	}
}

deny contains problem if {
	not "permissions" in object.keys(input)
	problem := {
		"msg": "the workflow says nothing of permissions: its token may do what the repository's settings say",
		"path": ["jobs"],
		"remedy": "Add permissions: {} at the top, and to each job what it needs.",
	}
}

permissions contains [["permissions"], input.permissions]

permissions contains [["jobs", id, "permissions"], job.permissions] if some id, job in input.jobs

deny contains problem if {
	some [path, "write-all"] in permissions
	problem := {
		"msg": "the token may write everything",
		"path": path,
		"remedy": "Name the permissions that are needed.",
	}
}

# YAML 1.1 reads the key `on` as true.
triggers := object.get(input, "on", object.get(input, "true", {}))

# It runs with the repository's secrets, on what a stranger proposes.
deny contains problem if {
	triggered("pull_request_target")
	problem := {
		"msg": "trigger pull_request_target runs with secrets on code that nobody has reviewed",
		"path": ["on"],
		"remedy": "Use pull_request, which has no secrets.",
	}
}

triggered(name) if name in object.keys(triggers)

triggered(name) if name in triggers

triggered(name) if name == triggers

# Text of a stranger becomes part of a shell's script.
deny contains problem if {
	some id, job in input.jobs
	some index, step in job.steps
	regex.match(`\$\{\{[^}]*(github\.event\.|github\.head_ref|inputs\.)`, step.run)
	problem := {
		"msg": "text that others write is put into a script",
		"path": ["jobs", id, "steps", index, "run"],
		"remedy": "Pass it as a variable under env: and use that.",
	}
}

# GitHub ends a hanging job after six hours.
deny contains problem if {
	some id, job in input.jobs
	not job.uses
	not job["timeout-minutes"]
	problem := {
		"msg": sprintf("job %s has no timeout-minutes", [id]),
		"path": ["jobs", id],
		"remedy": "Add timeout-minutes:, some times what the job usually takes.",
	}
}
