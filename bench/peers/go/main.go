// Go, on the same work as bench/ringback. See bench/README.md for the protocol.
package main

import (
	"fmt"
	"os"
	"strconv"
	"strings"
	"syscall"
	"time"
	"unsafe"
)

type workload = func(count uint64) uint64

var workloads = map[string]workload{
	"spawn":                spawn,
	"spawn_future":         spawnFuture,
	"yield":                yield,
	"ping_pong":            pingPong,
	"queue":                queue,
	"queue_threads":        queue, // as many threads as the program is given processors
	"sleepers":             sleepers,
	"queue_threads_locked": queueLocked,
	"sleepers_spread":      sleepersSpread,
	"pool_inside":          pool,
	"pool_outside":         pool, // there is no outside in Go
	"pool_round_trip":      poolRoundTrip,
	"cancel":               cancel,
	"timeout":              timeout,
	"echo":                 echo,
	"http":                 serveHTTP,
	"fan_out":              fanOut,
}

func cpu() int64 {
	var now syscall.Timespec
	const processCPU = 2
	syscall.Syscall(syscall.SYS_CLOCK_GETTIME, processCPU, uintptr(unsafe.Pointer(&now)), 0)
	return now.Nano()
}

func peakBytes() int64 {
	status, _ := os.ReadFile("/proc/self/status")
	_, after, _ := strings.Cut(string(status), "VmHWM:")
	kib, _ := strconv.ParseInt(strings.Fields(after)[0], 10, 64)
	return kib * 1024
}

func main() {
	if len(os.Args) == 3 {
		count, _ := strconv.ParseUint(os.Args[2], 10, 64)
		if run, found := workloads[os.Args[1]]; found && count > 0 {
			report(run, count)
			return
		}
	}
	fmt.Fprintln(os.Stderr, "usage: go_peer WORKLOAD COUNT, with WORKLOAD one of")
	for name := range workloads {
		fmt.Fprintln(os.Stderr, " ", name)
	}
	os.Exit(2)
}

func report(run workload, count uint64) {
	bytes, wall, cpuBefore := peakBytes(), time.Now(), cpu()
	checksum := run(count)
	cpuAfter, wallNs := cpu(), time.Since(wall).Nanoseconds()
	fmt.Printf("{\"workload\": %q, \"operations\": %d, \"checksum\": %d, \"wall_ns\": %d, \"cpu_ns\": %d, \"bytes\": %d}\n",
		os.Args[1], count, checksum, wallNs, cpuAfter-cpuBefore, peakBytes()-bytes)
}
