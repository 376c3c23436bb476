package image_test

import data.image
import rego.v1

places(problems) := {problem.path | some problem in problems}

today := time.parse_ns("2006-01-02", "2026-01-01")

exception(expires) := {"network": {"reason": "the vendor's installer", "expires": expires}}

test_exception_of_180_days_is_fine if {
	count(image.deny) == 0 with input as exception("2026-06-30") with time.now_ns as today
}

test_exception_of_181_days if {
	every expires in ["2026-07-01", "2026-07-01T00:00:00Z", "2999-01-01"] {
		places(image.deny) == {["network", "expires"]} with input as exception(expires) with time.now_ns as today
	}
}

test_no_exception_is_fine if count(image.deny) == 0 with input as {"owner": "platform"}
