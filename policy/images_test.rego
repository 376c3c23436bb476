package images_test

import data.images
import rego.v1

places(problems) := {problem.path | some problem in problems}

nginx(tags) := {"images": [{"name": "nginx", "repoURL": "docker.io/library/nginx", "allowTags": tags}]}

test_whole_tag_is_fine if count(images.deny) == 0 with input as nginx(`^1\.29\.\d+$`)

test_no_pattern_is_fine if count(images.deny) == 0 with input as {"images": [{"name": "nginx"}]}

test_part_of_a_tag if {
	some tags in [`1\.29`, `^1\.29`, `1\.29$`]
	places(images.deny) == {["images", 0, "allowTags"]} with input as nginx(tags)
}

test_remedy_keeps_the_pattern if {
	some problem in images.deny with input as nginx(`^1\.29`)
	startswith(problem.remedy, `Write '^1\.29$'`)
}

elsewhere(address) := {"images": [{"name": "payments", "source": {"repository": address}}]}

test_https_is_fine if count(images.deny) == 0 with input as elsewhere("https://github.com/example/payments")

test_source_without_tls if {
	places(images.deny) == {["images", 0, "source", "repository"]} with input as elsewhere("http://github.com/example/payments")
}

test_source_with_user if {
	count(images.deny) == 1 with input as elsewhere("https://token@github.com/example/payments")
}

test_catalogue_without_tls if {
	places(images.deny) == {["catalogues", 0, "repository"]} with input as {"catalogues": [{"repository": "git://github.com/example/images"}]}
}
