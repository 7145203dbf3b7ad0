/* Counts the calls by which a process changes (or reads) files below a folder, and at the k-th of them kills the
   process or lets the call fail. Preloaded; does nothing until `torture_arm`. See shim.py. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/types.h>
#include <sys/uio.h>
#include <unistd.h>

enum { CHANGES = 1, READS = 2 };
#define MOST_FDS 65536

static char root[PATH_MAX];
static size_t root_length;
static int kinds, error_number, is_lasting;
static long at;
static atomic_long *count;
static _Atomic unsigned char ours[MOST_FDS];

/* Watch calls on files below `folder`. At the `k`-th of the asked kinds (1 changes, 2 reads, 3 both) fail with `error`,
   or die where it is 0; with `lasting` fail from there on. k = 0 only counts. `counter` is a file that holds the count.
   Returns 0, or -1 where the counter cannot be used. */
int torture_arm(const char *folder, long k, int asked, int error, int lasting, const char *counter) {
    int fd = open(counter, O_RDWR);
    if (fd < 0) return -1;
    void *memory = mmap(NULL, sizeof(atomic_long), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    close(fd);
    if (memory == MAP_FAILED) return -1;
    strncpy(root, folder, sizeof root - 1);
    root_length = strlen(root);
    at = k, error_number = error, is_lasting = lasting, count = memory, kinds = asked;
    return 0;
}

static int is_below(const char *path) {
    return kinds && path && strncmp(path, root, root_length) == 0;
}

static int is_below_at(int folder, const char *path) {
    if (!kinds || !path) return 0;
    if (path[0] == '/') return is_below(path);
    if (folder >= 0 && folder < MOST_FDS) return ours[folder];
    return 0;
}

/* Returns the error to fail with, 0 to go on. */
static int struck(int kind) {
    if (!(kinds & kind)) return 0;
    long now = atomic_fetch_add(count, 1) + 1;
    if (!at || now < at || (now > at && !is_lasting)) return 0;
    if (!error_number) { kill(getpid(), SIGKILL); for (;;) pause(); }
    return error_number;
}

#define REAL(name) static __typeof__(name) *real; if (!real) real = (__typeof__(name) *)dlsym(RTLD_NEXT, #name)
#define STRIKE(kind, result) do { int e_ = struck(kind); if (e_) { errno = e_; return result; } } while (0)
#define IS_OURS(fd) ((fd) >= 0 && (fd) < MOST_FDS && ours[fd])

static int opened(int fd, int below) {
    if (fd >= 0 && fd < MOST_FDS) ours[fd] = below;
    return fd;
}

#define OPENING(name)                                                          \
    int name(const char *path, int flags, ...) {                               \
        REAL(name);                                                            \
        mode_t mode = 0;                                                       \
        if (flags & (O_CREAT | O_TMPFILE)) { va_list more; va_start(more, flags); mode = va_arg(more, mode_t); va_end(more); } \
        int below = is_below(path);                                            \
        if (below) STRIKE(flags & (O_CREAT | O_TRUNC) ? CHANGES : READS, -1);  \
        return opened(real(path, flags, mode), below);                         \
    }
OPENING(open)
OPENING(open64)

#define OPENING_AT(name)                                                       \
    int name(int folder, const char *path, int flags, ...) {                   \
        REAL(name);                                                            \
        mode_t mode = 0;                                                       \
        if (flags & (O_CREAT | O_TMPFILE)) { va_list more; va_start(more, flags); mode = va_arg(more, mode_t); va_end(more); } \
        int below = is_below_at(folder, path);                                 \
        if (below) STRIKE(flags & (O_CREAT | O_TRUNC) ? CHANGES : READS, -1);  \
        return opened(real(folder, path, flags, mode), below);                 \
    }
OPENING_AT(openat)
OPENING_AT(openat64)

int close(int fd) {
    REAL(close);
    if (fd >= 0 && fd < MOST_FDS) ours[fd] = 0;
    return real(fd);
}

#define ON_FD(type, name, kind, parameters, arguments)                         \
    type name parameters { REAL(name); if (IS_OURS(fd)) STRIKE(kind, -1); return real arguments; }
ON_FD(ssize_t, write, CHANGES, (int fd, const void *data, size_t size), (fd, data, size))
ON_FD(ssize_t, pwrite, CHANGES, (int fd, const void *data, size_t size, off_t place), (fd, data, size, place))
ON_FD(ssize_t, pwrite64, CHANGES, (int fd, const void *data, size_t size, off64_t place), (fd, data, size, place))
ON_FD(ssize_t, writev, CHANGES, (int fd, const struct iovec *parts, int number), (fd, parts, number))
ON_FD(int, fsync, CHANGES, (int fd), (fd))
ON_FD(int, fdatasync, CHANGES, (int fd), (fd))
ON_FD(int, ftruncate, CHANGES, (int fd, off_t size), (fd, size))
ON_FD(int, ftruncate64, CHANGES, (int fd, off64_t size), (fd, size))
ON_FD(int, fchmod, CHANGES, (int fd, mode_t mode), (fd, mode))
ON_FD(ssize_t, read, READS, (int fd, void *data, size_t size), (fd, data, size))
ON_FD(ssize_t, pread, READS, (int fd, void *data, size_t size, off_t place), (fd, data, size, place))
ON_FD(ssize_t, pread64, READS, (int fd, void *data, size_t size, off64_t place), (fd, data, size, place))

#define ON_PATH(name, parameters, arguments, path)                             \
    int name parameters { REAL(name); if (is_below(path)) STRIKE(CHANGES, -1); return real arguments; }
ON_PATH(rename, (const char *from, const char *to), (from, to), from)
ON_PATH(unlink, (const char *path), (path), path)
ON_PATH(mkdir, (const char *path, mode_t mode), (path, mode), path)
ON_PATH(rmdir, (const char *path), (path), path)
ON_PATH(chmod, (const char *path, mode_t mode), (path, mode), path)

#define ON_PATH_AT(name, parameters, arguments)                                \
    int name parameters { REAL(name); if (is_below_at(folder, path)) STRIKE(CHANGES, -1); return real arguments; }
ON_PATH_AT(renameat, (int folder, const char *path, int other, const char *to), (folder, path, other, to))
ON_PATH_AT(unlinkat, (int folder, const char *path, int flags), (folder, path, flags))
ON_PATH_AT(mkdirat, (int folder, const char *path, mode_t mode), (folder, path, mode))
