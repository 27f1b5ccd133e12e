// Command caller asks a URL once, with a value of Authorization, and prints
// status and answer.
package main

import (
	"fmt"
	"io"
	"net/http"
	"os"
)

func main() {
	r, err := http.NewRequest(http.MethodGet, os.Args[1], nil)
	fail(err)
	r.Header.Set("Authorization", os.Args[2])
	answer, err := http.DefaultClient.Do(r)
	fail(err)
	body, err := io.ReadAll(answer.Body)
	fail(err)
	fmt.Printf("%d %s\n", answer.StatusCode, body)
	if answer.StatusCode != http.StatusOK {
		os.Exit(3)
	}
}

func fail(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(4)
	}
}
