package stack_test

import data.stack
import rego.v1

places(problems) := {problem.path | some problem in problems}

with_setting(key, value) := {"config": {"factory:registry": "registry.example.com", key: value}}

test_encrypted_secret_is_fine if count(stack.deny) == 0 with input as with_setting("secret:key", {"secure": "v1:abc"})

test_plain_secret if {
	places(stack.deny) == {["config", "secret:key"]} with input as with_setting("secret:key", "hunter2")
}

test_no_tls_to_another_machine if {
	places(stack.deny) == {["config", "factory:insecureRegistry"]} with input as with_setting("factory:insecureRegistry", true)
}

test_no_tls_on_this_machine_is_fine if {
	every registry in ["127.0.0.1:5000", "localhost:5000/team", "[::1]:5000"] {
		count(stack.deny) == 0 with input as {"config": {"factory:registry": registry, "factory:insecureRegistry": true}}
	}
}

test_name_that_only_begins_like_this_machine if {
	count(stack.deny) == 1 with input as {"config": {"factory:registry": "localhost.example.com", "factory:insecureRegistry": true}}
}

test_part_of_a_public_registry_is_fine if {
	count(stack.deny) == 0 with input as with_setting("factory:allowedRegistries", ["quay.io/prometheus", "registry.example.com"])
}

test_all_of_a_public_registry if {
	places(stack.deny) == {["config", "factory:allowedRegistries", 1]} with input as with_setting("factory:allowedRegistries", ["quay.io/prometheus", "quay.io"])
}
