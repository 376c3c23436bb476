# image.yaml, beside a Dockerfile.
package image

import rego.v1

longest_exception_days := 180

# As text: OPA's times end in the year 2262.
latest_expiry := time.format([time.add_date(time.now_ns(), 0, 0, longest_exception_days), "UTC", "2006-01-02"])

deny contains problem if {
	expires := substring(input.network.expires, 0, 10)
	expires > latest_expiry
	problem := {
		"msg": sprintf("the exception lasts until %s, longer than %d days from now", [expires, longest_exception_days]),
		"path": ["network", "expires"],
		"remedy": "Choose an earlier date: it can be renewed then, by somebody who looks at the reason again.",
	}
}
