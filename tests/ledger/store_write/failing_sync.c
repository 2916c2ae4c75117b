/* tests/ledger/store_write/failing_sync.c: preloaded into a writer, lets the n-th fdatasync fail with EIO, and all later
 * ones succeed, as Linux does after it has told an error once. FAIL_SYNC_AT: n. FAIL_SYNC_LOG: a file that gets one byte for
 * each call after the failed one. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

static int calls;

int fdatasync(int descriptor) {
    static int (*real)(int);
    const char* at = getenv("FAIL_SYNC_AT");
    const char* log = getenv("FAIL_SYNC_LOG");
    int call = __atomic_add_fetch(&calls, 1, __ATOMIC_SEQ_CST);
    if (!real) real = (int (*)(int))dlsym(RTLD_NEXT, "fdatasync");
    if (at && call == atoi(at)) {
        errno = EIO;
        return -1;
    }
    if (at && log && call > atoi(at)) {
        int file = open(log, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
        if (file >= 0) {
            if (write(file, "x", 1) != 1) abort();
            close(file);
        }
    }
    return real(descriptor);
}
