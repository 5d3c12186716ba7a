// Package process runs the child processes of the local stack: the storage
// emulator, the test CA, its DNS server and the handler itself.
//
// A child runs in a process group of its own, so that stopping it also stops
// what it started; it writes straight into a log file, so that nothing is lost
// when either side is killed; it is up when a condition says so, not after a
// while; and it does not outlive its parent (on Linux the kernel sees to that,
// even if the parent is killed).
package process
