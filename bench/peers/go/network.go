package main

import (
	"encoding/binary"
	"fmt"
	"io"
	"net"
	"os"
	"sync"
	"sync/atomic"
)

// Serves until count connections have ended.
func echo(count uint64) uint64 {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		panic(err)
	}
	fmt.Println("port", listener.Addr().(*net.TCPAddr).Port)
	var ended uint64
	var peers sync.WaitGroup
	for i := uint64(0); i < count; i++ {
		peer, err := listener.Accept()
		if err != nil {
			panic(err)
		}
		peers.Add(1)
		go func() {
			defer peers.Done()
			defer peer.Close()
			buffer := make([]byte, 4096)
			for {
				got, err := peer.Read(buffer)
				if err == io.EOF {
					atomic.AddUint64(&ended, 1)
					return
				}
				if err != nil {
					return
				}
				if _, err = peer.Write(buffer[:got]); err != nil {
					return
				}
			}
		}()
	}
	peers.Wait()
	return ended
}

func call(address string, i uint64) (uint64, error) {
	stream, err := net.Dial("tcp", address)
	if err != nil {
		return 0, err
	}
	defer stream.Close()
	var bytes [8]byte
	binary.LittleEndian.PutUint64(bytes[:], i)
	if _, err = stream.Write(bytes[:]); err != nil {
		return 0, err
	}
	if _, err = io.ReadFull(stream, bytes[:]); err != nil {
		return 0, err
	}
	return binary.LittleEndian.Uint64(bytes[:]), nil
}

// Calls the server at the port in BENCH_PORT, all at once.
func fanOut(count uint64) uint64 {
	address := "127.0.0.1:" + os.Getenv("BENCH_PORT")
	var sum uint64
	var ended sync.WaitGroup
	ended.Add(int(count))
	for i := uint64(0); i < count; i++ {
		go func(i uint64) {
			defer ended.Done()
			value, err := call(address, i)
			if err != nil {
				panic(err)
			}
			atomic.AddUint64(&sum, value)
		}(i)
	}
	ended.Wait()
	return sum
}
