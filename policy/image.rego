# image.yaml, beside a Dockerfile.
package image

import rego.v1

# An image without them has nobody who is asked when it has to change, and a label that says nothing.
deny contains problem if {
	some key in ["owner", "description"]
	not input[key]
	problem := {
		"msg": sprintf("there is no %s", [key]),
		"path": [],
		"remedy": sprintf("Add %s: to the file.", [key]),
	}
}

longest_exception_days := 180

deny contains problem if {
	expires := time.parse_ns("2006-01-02", input.network.expires)
	expires > time.add_date(time.now_ns(), 0, 0, longest_exception_days)
	problem := {
		"msg": sprintf("the exception lasts until %s, longer than %d days from now", [input.network.expires, longest_exception_days]),
		"path": ["network", "expires"],
		"remedy": "Choose an earlier date: it can be renewed then, by somebody who looks at the reason again.",
	}
}
