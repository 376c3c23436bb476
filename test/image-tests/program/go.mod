module factory/test/image-tests/program

go 1.26
