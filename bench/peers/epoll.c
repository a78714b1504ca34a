/* The limit: what a message costs when nothing but the system's calls is left. Lines are echoed, a chunk at a time, or
 * said to everybody, what came in one turn of the loop with one write for each member. It keeps no queue for clients that
 * do not read; nobody would run it. */

#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/tcp.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

enum { MAX_CLIENTS = 65536, MAX_EVENTS = 1024, CHUNK_BYTES = 65536, BATCH_BYTES = 1 << 20, LONGEST_LINE = 65 };

/* What a client has begun to say: lines here are of one length, and no longer. */
static struct { char bytes[LONGEST_LINE]; unsigned char length, is_member; } clients[MAX_CLIENTS];
static int last_client;
static char batch[BATCH_BYTES];
static size_t batch_length;

static void write_all(int fd, const char *bytes, size_t length) {
  while (length > 0) {
    ssize_t count = write(fd, bytes, length);
    if (count < 0 && errno == EAGAIN) { usleep(100); continue; }
    if (count <= 0) return;
    bytes += count;
    length -= count;
  }
}

static void tell_all(void) {
  for (int fd = 0; batch_length > 0 && fd <= last_client; fd++)
    if (clients[fd].is_member) write_all(fd, batch, batch_length);
  batch_length = 0;
}

static void leave(int fd) {
  memset(&clients[fd], 0, sizeof clients[fd]);
  close(fd);
}

static void hear(int fd, int is_room) {
  static char chunk[LONGEST_LINE + CHUNK_BYTES];
  size_t begun = clients[fd].length;
  memcpy(chunk, clients[fd].bytes, begun);
  ssize_t count = read(fd, chunk + begun, CHUNK_BYTES);
  if (count <= 0) { leave(fd); return; }
  char *end = memrchr(chunk, '\n', begun + count);
  size_t whole = end ? end + 1 - chunk : 0;
  size_t rest = begun + count - whole;
  if (rest > LONGEST_LINE) { leave(fd); return; }
  clients[fd].length = rest;
  memcpy(clients[fd].bytes, chunk + whole, rest);
  if (!is_room) { write_all(fd, chunk, whole); return; }
  if (batch_length + whole > BATCH_BYTES) tell_all();
  memcpy(batch + batch_length, chunk, whole);
  batch_length += whole;
}

static void welcome(int listener, int epoll) {
  int on = 1;
  for (int fd; (fd = accept4(listener, 0, 0, SOCK_NONBLOCK)) >= 0;) {
    struct epoll_event event = {.events = EPOLLIN, .data.fd = fd};
    if (fd >= MAX_CLIENTS) { close(fd); continue; }
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &event);
    clients[fd].is_member = 1;
    if (fd > last_client) last_client = fd;
  }
}

int main(int count, char **arguments) {
  if (count < 3) return 2;
  int is_room = strcmp(arguments[2], "room") == 0, on = 1;
  struct rlimit files;
  getrlimit(RLIMIT_NOFILE, &files);
  files.rlim_cur = files.rlim_max;
  setrlimit(RLIMIT_NOFILE, &files);
  struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(atoi(arguments[1]))};
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  int listener = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0), epoll = epoll_create1(0);
  setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  if (bind(listener, (struct sockaddr *)&address, sizeof address) || listen(listener, 4096)) return 1;
  struct epoll_event event = {.events = EPOLLIN, .data.fd = listener}, events[MAX_EVENTS];
  epoll_ctl(epoll, EPOLL_CTL_ADD, listener, &event);
  for (;;) {
    int ready = epoll_wait(epoll, events, MAX_EVENTS, -1);
    for (int i = 0; i < ready; i++) {
      if (events[i].data.fd == listener) welcome(listener, epoll);
      else hear(events[i].data.fd, is_room);
    }
    tell_all();
  }
}
