# packages.yaml, beside a Dockerfile.
package packages

import rego.v1

# Ways in, and ways up: a container is entered and given rights from outside.
unwanted := {"openssh-server", "dropbear-bin", "inetutils-telnetd", "rsh-redone-server", "sudo", "sudo-rs", "opendoas"}

deny contains problem if {
	some index, name in input.debian.packages
	name in unwanted
	problem := {
		"msg": sprintf("package %s lets somebody in, or gives rights, inside a container", [name]),
		"path": ["debian", "packages", index],
		"remedy": "Remove it; the platform that runs the container does that from outside.",
	}
}

# pip takes options and addresses in place of a name: the lock would then come from somewhere else than the index.
deny contains problem if {
	some index, requirement in input.python.requirements
	regex.match(`^\s*-|://|@`, requirement)
	problem := {
		"msg": sprintf("requirement %q is an option of pip, or names an address", [requirement]),
		"path": ["python", "requirements", index],
		"remedy": "Name the package and its version; pip's configuration says where packages come from.",
	}
}
