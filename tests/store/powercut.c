/* A file system that loses, at a power cut, whatever was not fsynced: recorded, not simulated.
 *
 * Loaded with LD_PRELOAD, it intercepts fsync and fdatasync below POWERCUT_ROOT. For a regular
 * file it keeps a copy of the content, for a folder a list of its names; and it appends one line
 * to POWERCUT_LOG, so that any prefix of the log says what the disk would hold (powercut.py).
 *
 *   F <inode> <copy> <path>     the content of a file became durable
 *   D <inode> <list> <path>     the names in a folder became durable
 *   L - <list> -                with POWERCUT_LIVE: all names there are just now, durable or not
 *
 * An inode is device:number:birth time, because numbers are used again.
 */
#define _GNU_SOURCE
#include <dirent.h>
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static pthread_mutex_t turn = PTHREAD_MUTEX_INITIALIZER;
static long copies = 0;

static void fail(const char *what) {
    dprintf(2, "powercut: %s: %s\n", what, strerror(errno));
    _exit(97);
}

static int inode_of(int folder, const char *name, int flags, char *text, size_t size, int *kind) {
    struct statx found;
    if (statx(folder, name, flags | AT_SYMLINK_NOFOLLOW, STATX_TYPE | STATX_INO | STATX_BTIME,
              &found) != 0)
        return -1;
    snprintf(text, size, "%u.%u:%llu:%lld.%u", found.stx_dev_major, found.stx_dev_minor,
             (unsigned long long)found.stx_ino, (long long)found.stx_btime.tv_sec,
             found.stx_btime.tv_nsec);
    *kind = S_ISDIR(found.stx_mode) ? 'D' : S_ISREG(found.stx_mode) ? 'F' : '?';
    return 0;
}

static int new_copy(char *name, size_t size) {
    char path[4096];
    snprintf(name, size, "%d-%ld", getpid(), ++copies);
    snprintf(path, sizeof path, "%s.d/%s", getenv("POWERCUT_LOG"), name);
    int copy = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (copy < 0) fail(path);
    return copy;
}

/* Read through the caller's own descriptor where possible: to open and close another one would
 * drop the POSIX locks that SQLite holds on the file. */
static void copy_content(int fd, int copy) {
    char buffer[1 << 16];
    off_t at = 0;
    int own = -1;
    for (;;) {
        ssize_t got = pread(own < 0 ? fd : own, buffer, sizeof buffer, at);
        if (got < 0 && errno == EBADF && own < 0) {
            char path[64];
            snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
            own = open(path, O_RDONLY | O_CLOEXEC);
            if (own < 0) fail(path);
            continue;
        }
        if (got < 0) fail("reading what was synced");
        if (got == 0) break;
        if (write(copy, buffer, (size_t)got) != got) fail("copying what was synced");
        at += got;
    }
    if (own >= 0) close(own);
}

/* One entry a line of three fields, ended by a NUL: names may hold anything else. */
static void list_names(const char *path, const char *prefix, int out, int deep) {
    DIR *folder = opendir(path);
    if (folder == NULL) return; /* gone in the meantime: live listings only */
    struct dirent *entry;
    while ((entry = readdir(folder)) != NULL) {
        char inode[128], below[4096], line[4096];
        int kind;
        if (!strcmp(entry->d_name, ".") || !strcmp(entry->d_name, "..")) continue;
        if (inode_of(dirfd(folder), entry->d_name, 0, inode, sizeof inode, &kind) != 0) continue;
        snprintf(line, sizeof line, "%c %s %s%s", kind, inode, prefix, entry->d_name);
        if (write(out, line, strlen(line) + 1) < 0) fail("listing");
        if (deep && kind == 'D') {
            char inner[4096];
            snprintf(below, sizeof below, "%s/%s", path, entry->d_name);
            snprintf(inner, sizeof inner, "%s%s/", prefix, entry->d_name);
            list_names(below, inner, out, deep);
        }
    }
    closedir(folder);
}

static void append(const char *line) {
    int log = open(getenv("POWERCUT_LOG"), O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0600);
    if (log < 0 || write(log, line, strlen(line)) < 0) fail("writing the log");
    close(log);
}

static void record(int fd) {
    char link[64], path[4096], inode[128], name[64], line[8192];
    int kind;
    const char *root = getenv("POWERCUT_ROOT");
    snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
    ssize_t length = readlink(link, path, sizeof path - 1);
    if (root == NULL || length < 0) return;
    path[length] = 0;
    size_t top = strlen(root);
    if (strncmp(path, root, top) != 0 || (path[top] != 0 && path[top] != '/')) return;
    if (inode_of(fd, "", AT_EMPTY_PATH, inode, sizeof inode, &kind) != 0) fail("statx");
    if (getenv("POWERCUT_LIVE") != NULL) {
        int live = new_copy(name, sizeof name);
        list_names(root, "", live, 1);
        close(live);
        snprintf(line, sizeof line, "L - %s -\n", name);
        append(line);
    }
    int copy = new_copy(name, sizeof name);
    if (kind == 'D')
        list_names(link, "", copy, 0);
    else
        copy_content(fd, copy);
    close(copy);
    snprintf(line, sizeof line, "%c %s %s %s\n", kind, inode, name, path);
    append(line);
}

static int synced(int fd, const char *symbol) {
    int (*real)(int) = (int (*)(int))dlsym(RTLD_NEXT, symbol);
    pthread_mutex_lock(&turn);
    int kept = errno;
    record(fd);
    errno = kept;
    pthread_mutex_unlock(&turn);
    return real(fd);
}

int fsync(int fd) { return synced(fd, "fsync"); }
int fdatasync(int fd) { return synced(fd, "fdatasync"); }
