package image_test

import data.image
import rego.v1

complete := {"owner": "platform", "description": "a base"}

places(problems) := {problem.path | some problem in problems}

test_complete_is_fine if count(image.deny) == 0 with input as complete

test_no_owner if count(image.deny) == 1 with input as object.remove(complete, ["owner"])

test_neither_owner_nor_description if count(image.deny) == 2 with input as {}

exception(expires) := object.union(complete, {"network": {"reason": "vendor's installer", "expires": expires}})

today := time.parse_ns("2006-01-02", "2026-01-01")

test_exception_of_180_days_is_fine if {
	count(image.deny) == 0 with input as exception("2026-06-30") with time.now_ns as today
}

test_exception_of_181_days if {
	places(image.deny) == {["network", "expires"]} with input as exception("2026-07-01") with time.now_ns as today
}
