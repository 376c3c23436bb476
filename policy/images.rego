# images.yaml, in the project's root.
package images

import rego.v1

# `1\.29` also allows 21.29 and 1.290-rc1.
deny contains problem if {
	some index, image in input.images
	not regex.match(`^\^.*\$$`, image.allowTags)
	problem := {
		"msg": sprintf("allowTags %s also allows tags that only contain it", [image.allowTags]),
		"path": ["images", index, "allowTags"],
		"remedy": sprintf("Write '^%s$', which is a whole tag.", [trim_right(trim_left(image.allowTags, "^"), "$")]),
	}
}

repositories contains [["catalogues", index, "repository"], catalogue.repository] if {
	some index, catalogue in input.catalogues
}

repositories contains [["images", index, "source", "repository"], image.source.repository] if {
	some index, image in input.images
}

# What is fetched without TLS can be anybody's, and what stands in an address is in every log.
deny contains problem if {
	some [path, address] in repositories
	not regex.match(`^https://[^@]+$`, address)
	problem := {
		"msg": "the repository's address is not https, or holds a user",
		"path": path,
		"remedy": "Write it as https://host/path; git's own configuration has the credentials.",
	}
}
