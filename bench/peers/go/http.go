package main

import (
	"fmt"
	"io"
	"net"
	"net/http"
	"sync"
)

func hello(writer http.ResponseWriter, _ *http.Request) {
	writer.Header().Set("Content-Type", "text/plain; charset=utf-8")
	io.WriteString(writer, "Hello, world!")
}

// Serves until count connections have ended.
func serveHTTP(count uint64) uint64 {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		panic(err)
	}
	fmt.Println("port", listener.Addr().(*net.TCPAddr).Port)
	var peers sync.WaitGroup
	peers.Add(int(count))
	mux := http.NewServeMux()
	mux.HandleFunc("/", hello)
	server := http.Server{Handler: mux, ConnState: func(_ net.Conn, state http.ConnState) {
		if state == http.StateClosed {
			peers.Done()
		}
	}}
	go server.Serve(listener)
	peers.Wait()
	server.Close()
	return count
}
