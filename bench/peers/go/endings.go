package main

import (
	"context"
	"errors"
	"runtime"
	"sync"
	"sync/atomic"
	"time"
)

// Goroutines that wait, all with one context; cancelled and waited for.
func cancel(count uint64) uint64 {
	never, stop := context.WithCancel(context.Background())
	var cancelled uint64
	var ended sync.WaitGroup
	ended.Add(int(count))
	for i := uint64(0); i < count; i++ {
		go func() {
			<-never.Done()
			if errors.Is(never.Err(), context.Canceled) {
				atomic.AddUint64(&cancelled, 1)
			}
			ended.Done()
		}()
	}
	runtime.Gosched() // now all wait
	stop()
	ended.Wait()
	return cancelled
}

func timeout(count uint64) uint64 {
	happened := make(chan struct{})
	close(happened)
	var done uint64
	for i := uint64(0); i < count; i++ {
		limit := time.NewTimer(time.Second)
		select {
		case <-happened:
			done++
		case <-limit.C:
		}
		limit.Stop()
	}
	return done
}
