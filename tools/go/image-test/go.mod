module factory/tools/image-test

go 1.26
