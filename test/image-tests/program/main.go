// What stands in tested images that have nothing else: no shell, no library.
package main

import (
	"fmt"
	"net"
	"os"
	"os/signal"
	"strconv"
	"strings"
	"syscall"
	"time"
)

func main() {
	arguments := os.Args[1:]
	if len(arguments) == 0 {
		os.Exit(0)
	}
	switch arguments[0] {
	case "print":
		fmt.Println(strings.Join(arguments[1:], " "))
	case "complain":
		fmt.Fprintln(os.Stderr, strings.Join(arguments[1:], " "))
	case "variable":
		fmt.Println(os.Getenv(arguments[1]))
	case "whoami":
		folder, _ := os.Getwd()
		fmt.Println(os.Getuid(), os.Getgid(), folder)
	case "exit":
		code, _ := strconv.Atoi(arguments[1])
		os.Exit(code)
	case "write":
		if err := os.WriteFile(arguments[1], nil, 0o644); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
	case "exists":
		if _, err := os.Stat(arguments[1]); err != nil {
			os.Exit(1)
		}
	case "connect":
		if _, err := net.Dial("tcp", arguments[1]); err != nil {
			fmt.Println(err)
			os.Exit(1)
		}
	case "wait":
		time.Sleep(time.Hour)
	case "work":
		seconds, _ := strconv.Atoi(arguments[1])
		for end := time.Now().Add(time.Duration(seconds) * time.Second); time.Now().Before(end); {
		}
	case "look", "run":
		// Put in the place of image-test, as if that had been killed.
		os.Exit(137)
	case "serve":
		serve(arguments[1], arguments[2:])
	}
}

// serve answers /healthz with a status, on port 8080; with "deaf" it takes no notice of SIGTERM.
func serve(status string, options []string) {
	if len(options) > 0 && options[0] == "deaf" {
		signal.Ignore(syscall.SIGTERM)
	}
	listener, err := net.Listen("tcp", "127.0.0.1:8080")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	fmt.Println("serving with", status)
	for {
		connection, err := listener.Accept()
		if err != nil {
			return
		}
		request := make([]byte, 4096)
		count, _ := connection.Read(request)
		answer := status
		if !strings.HasPrefix(string(request[:count]), "GET /healthz HTTP/1.1\r\n") {
			answer = "404"
		}
		fmt.Fprintf(connection, "HTTP/1.1 %s Whatever\r\nContent-Length: 0\r\n\r\n", answer)
		connection.Close()
	}
}
